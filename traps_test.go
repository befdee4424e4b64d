package vialambda_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

// TestTrapE2AfterARedirect follows a redirect, after which the request has no
// Host of its own, and calls URLs without a path: the function always sees the
// URL's host and a path that begins with a slash.
func TestTrapE2AfterARedirect(t *testing.T) {
	for format := vialambda.RESTAPI; format <= vialambda.ALBMultiValue; format++ {
		var seen []string
		functions := locallambda.Functions{"shop": locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen = append(seen, r.Host+r.RequestURI)
			if r.URL.Path == "/old" {
				w.Header().Set("Location", "http+lambda://prod.shop")
				w.WriteHeader(http.StatusFound)
			}
		}))}
		c := client(&vialambda.Transport{Invoker: functions, Format: format})
		for _, url := range []string{"http+lambda://shop/old", "http+lambda://shop", "http+lambda://shop?x=1"} {
			resp, err := c.Get(url)
			if err != nil {
				t.Fatalf("%v: GET %s: %v", format, url, err)
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusOK {
				t.Errorf("%v: GET %s: %s", format, url, resp.Status)
			}
		}
		want := "shop.lambda.internal/old prod.shop.lambda.internal/ shop.lambda.internal/ shop.lambda.internal/?x=1"
		if got := strings.Join(seen, " "); got != want {
			t.Errorf("%v: the function saw\n%s, want\n%s", format, got, want)
		}
	}
}

// TestTrapC5C6EventsOfAClient: what frameworks ask for without looking is there
// however little the caller says.
func TestTrapC5C6EventsOfAClient(t *testing.T) {
	for format := vialambda.RESTAPI; format <= vialambda.ALBMultiValue; format++ {
		f := answering(`{"statusCode":200}`)
		get(t, &vialambda.Transport{Invoker: f, Format: format}, "http+lambda://f/?a=1")
		e := f.event(t)
		for _, name := range []string{"host", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-port", "x-amzn-trace-id"} {
			if !has(e["headers"], name) && !has(e["multiValueHeaders"], name) {
				t.Errorf("%v: C5: the event has no %s", format, name)
			}
		}
		if !has(e["queryStringParameters"], "a") && !has(e["multiValueQueryStringParameters"], "a") {
			t.Errorf("%v: C6: the event has no map with the query", format)
		}
	}
}

// has reports whether a JSON object has a member, whatever the case of its name.
func has(object any, name string) bool {
	members, _ := object.(map[string]any)
	for key := range members {
		if strings.EqualFold(key, name) {
			return true
		}
	}
	return false
}

// TestTrapA1A2ThroughAServer: a function that fails is never a 2xx, in any
// format and mode, nor when what it fails with looks like an answer.
func TestTrapA1A2ThroughAServer(t *testing.T) {
	for _, document := range []string{
		`{"errorMessage":"boom","errorType":"X"}`,
		`{"statusCode":200,"body":"all is well"}`,
		`"boom"`, `null`, ``,
	} {
		failed := vialambda.InvokerFunc(func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) {
			r := result(document)
			r.FunctionError = "Unhandled"
			return r, nil
		})
		for format := vialambda.RESTAPI; format <= vialambda.Raw; format++ {
			tr := &vialambda.Transport{Invoker: locallambda.Functions{"f": failed}, Format: format}
			resp, err := tr.RoundTrip(newRequest(t, "GET", "http+lambda://f/", nil))
			if err == nil {
				resp.Body.Close()
				t.Errorf("%v, %s: %s, want an error", format, document, resp.Status)
			}
			tr.ErrorResponses = true
			resp, body := get(t, tr, "http+lambda://f/")
			if resp.StatusCode < 500 || strings.Contains(body, "boom") || strings.Contains(body, "all is well") {
				t.Errorf("%v, %s: %s %q, want the front door's own 5xx", format, document, resp.Status, body)
			}
		}
	}
}

// TestTrapB6B18Cookies: several Set-Cookie arrive as several through every
// format, and as a browser's jar wants them.
func TestTrapB6B18Cookies(t *testing.T) {
	app := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for _, c := range []http.Cookie{{Name: "a", Value: "1"}, {Name: "b", Value: "2", Expires: time.Unix(1445412480, 0).UTC()}, {Name: "c", Value: "3"}} {
			http.SetCookie(w, &c)
		}
	})
	direct := httptest.NewRecorder()
	app.ServeHTTP(direct, httptest.NewRequestWithContext(t.Context(), "GET", "/", nil))
	want, _ := json.Marshal(direct.Result().Header["Set-Cookie"])
	for format := vialambda.RESTAPI; format <= vialambda.ALBMultiValue; format++ {
		resp, _ := get(t, &vialambda.Transport{Invoker: locallambda.Functions{"f": locallambda.HTTP(app)}, Format: format}, "http+lambda://f/")
		if got, _ := json.Marshal(resp.Header["Set-Cookie"]); string(got) != string(want) {
			t.Errorf("%v: cookies %s, want %s", format, got, want)
		}
	}
}
