package event

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// TestRESTFront: an event is the same, byte for byte, whether its front was made before
// or not, and is made of that front.
func TestRESTFront(t *testing.T) {
	changes := map[string]func(*Request){
		"nothing":        func(*Request) {},
		"root":           func(r *Request) { r.Path = "/" },
		"no path":        func(r *Request) { r.Path = "" },
		"route":          func(r *Request) { r.Route = Route{Key: "GET /items/{id}", Resource: "/items/{id}"} },
		"default route":  func(r *Request) { r.Route = Route{Key: "$default", Resource: "/other"} },
		"stage":          func(r *Request) { r.Stage = `pr"od` },
		"no stage":       func(r *Request) { r.Stage = "" },
		"no host":        func(r *Request) { r.Host = "" },
		"escapes":        func(r *Request) { r.AccountID, r.APIID, r.DomainName, r.Host = `a"b`, "c\\d\n", `e".f`, "g\th\x7f\xe4" },
		"another source": func(r *Request) { r.SourceIP = "2001:db8::7" },
		"authorizer":     func(r *Request) { r.Authorizer = json.RawMessage(` {"principalId":"7"} `) },
		"identity":       func(r *Request) { r.Identity = json.RawMessage(`{"userArn":"arn","sourceIp":"192.0.2.1"}`) },
		"forwarded":      func(r *Request) { r.Header["X-Forwarded-For"] = []string{"192.0.2.9"} },
		"forwarded, low": func(r *Request) { r.Header["x-forwarded-port"] = []string{"80", "81"} },
		"forwarded, add": func(r *Request) { r.Add[0] = Field{"X-Forwarded-Proto", []string{"http"}} },
		"between": func(r *Request) {
			r.Header["X-Forwarded-Host"] = []string{"h"}
			r.Header["X-Forwarded-Prefix"] = []string{""}
		},
		"a Host of its own": func(r *Request) { r.Header["Host"] = []string{"dropped"} },
		"no fields":         func(r *Request) { r.Header = nil },
		"user agent":        func(r *Request) { r.Header = http.Header{"User-Agent": {`a"b`}} },
	}
	for name, change := range changes {
		r := newRequest("/items/42?page=2")
		change(r)
		for f := RESTAPI; f <= ALBMultiValue; f++ {
			r.Front = nil
			want := mustEncode(t, f, r, nil)
			front := NewRESTFront(r)
			r.Front = front
			if got := mustEncode(t, f, r, nil); string(got) != string(want) {
				t.Errorf("%s, %s: got\n%s\nwant\n%s", name, encodeFormatName(f), got, want)
			}
			r.Front = new(RESTFront)
			if again := NewRESTFront(r); *again != *front {
				t.Errorf("%s: of a request that has another: %v", name, again)
			}
		}
	}

	other := newRequest("/")
	other.AccountID, other.SourceIP, other.Stage = "222222222222", "198.51.100.7", "other"
	r := newRequest("/items/42")
	r.Front = NewRESTFront(other)
	got := string(mustEncode(t, RESTAPI, r, nil))
	for text, times := range map[string]int{"222222222222": 1, "198.51.100.7": 3, `"stage":"other"`: 1} {
		if n := strings.Count(got, text); n != times {
			t.Errorf("%q %d times in %s, not %d: the front was not used", text, n, got, times)
		}
	}
}
