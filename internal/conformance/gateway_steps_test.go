package conformance

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vialambda/vialambda/internal/conformance/contract"
)

// gatewayStep is what a client does once.
type gatewayStep struct {
	Name string `json:"name"`
	// Kind is call; impatient: the client waits a second only; parallel: Times
	// calls at once, whose JSON is {"n": 0…}; stream: the client makes the file
	// Release when it has the first part; gone: it goes away then.
	Kind    string            `json:"kind"`
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Query   []contract.Pair   `json:"query"`
	Header  map[string]string `json:"header"`
	JSON    any               `json:"json,omitempty"`
	Form    []contract.Pair   `json:"form,omitempty"`
	Body    []byte            `json:"body,omitempty"`
	Times   int               `json:"times,omitempty"`
	Release string            `json:"release,omitempty"`

	// check says what is wrong with the answer; "" if nothing.
	check func(gatewayAnswer) string
	// later is asked when the client has ended and all files are there.
	later func(t *testing.T)
}

// gatewayAnswer is what a client tells of a step.
type gatewayAnswer struct {
	Status int
	URL    string            // where redirects have led
	Header map[string]string // names in lower case
	Body   []byte            // decoded
	Error  string
	Events []string
}

func (a gatewayAnswer) echo() (e contract.Echo) {
	json.Unmarshal(a.Body, &e) // what is none has none of its fields
	return e
}

// gatewaySteps are the steps that every client takes. dir is for the files for
// which functions wait; id begins the request ids.
func gatewaySteps(g *runningGateway, m gatewayMode, fn gatewayFunction, dir, id string) []gatewayStep {
	base := m.base(fn.name)
	file := func(name string) string { return filepath.Join(dir, name) }
	until := func(name string) []contract.Pair { return []contract.Pair{{"until", file(name)}} }
	query := []contract.Pair{{"x", "1"}, {"x", "2 & 3"}, {"p", "a+b"}, {"ü", "世界"}, {"x", "4%"}}
	form := []contract.Pair{{"a", "1"}, {"a", "2"}, {"b", "x y"}, {"c", "é&="}}
	asked := map[string]string{"X-Request-Id": id + "-query"}
	steps := []gatewayStep{
		{Name: "query", URL: base + "/echo/x", Query: query, Header: asked, check: func(a gatewayAnswer) string {
			return say(a, a.Status == 200 && a.echo().Method == "GET" && a.echo().Path == "/echo/x" &&
				slices.Equal(byName(a.echo().Query), byName(query)) && a.Header["x-request-id"] == id+"-query")
		}},
		{Name: "JSON", Method: "POST", URL: base + "/echo", JSON: map[string]any{"name": "Grüße"}, check: func(a gatewayAnswer) string {
			return say(a, a.Status == 200 && a.echo().Method == "POST" && headerOf(a, "Content-Type", "application/json") &&
				string(canonicalJSON(a.echo().Body)) == `{"name":"Grüße"}`)
		}},
		{Name: "binary request", Method: "POST", URL: base + "/echo", Body: contract.Binary(), Header: map[string]string{"Content-Type": contract.BinaryType},
			check: func(a gatewayAnswer) string {
				return say(a, a.Status == 200 && bytes.Equal(a.echo().Body, contract.Binary()))
			}},
		{Name: "binary answer", URL: base + "/binary", check: func(a gatewayAnswer) string {
			return say(a, a.Status == 200 && bytes.Equal(a.Body, contract.Binary()))
		}},
		{Name: "form", Method: "POST", URL: base + "/form", Form: form, check: func(a gatewayAnswer) string {
			var got []contract.Pair
			err := json.Unmarshal(a.Body, &got)
			return say(a, a.Status == 200 && err == nil && slices.Equal(byName(got), byName(form)))
		}},
		{Name: "redirect", URL: base + "/redirect", check: redirected(base)},
		{Name: "redirect to the Host", URL: base + "/absolute", check: redirected(base)},
		{Name: "cookies", URL: base + "/cookies", check: func(a gatewayAnswer) string {
			return say(a, a.Status == 200 && string(a.Body) == "cookies")
		}},
		{Name: "cookies sent back", URL: base + "/echo", check: func(a gatewayAnswer) string {
			return say(a, slices.Equal(byName(a.echo().Cookies), []contract.Pair{{"a", "1"}, {"b", "2"}, {"c", "3"}}))
		}},
		{Name: "gzip", URL: base + "/gzip", Header: map[string]string{"Accept-Encoding": "gzip"}, check: func(a gatewayAnswer) string {
			return say(a, a.Status == 200 && bytes.Equal(a.Body, gunzip(contract.Gzip())))
		}},
		{Name: "HEAD", Method: "HEAD", URL: base + "/utf8", check: func(a gatewayAnswer) string {
			return say(a, a.Status == 200 && len(a.Body) == 0 && strings.HasPrefix(a.Header["content-type"], "text/plain"))
		}},
		{Name: "204", URL: base + "/nocontent", check: func(a gatewayAnswer) string { return say(a, a.Status == 204 && len(a.Body) == 0) }},
		{Name: "error status", URL: base + "/status/418", check: func(a gatewayAnswer) string {
			return say(a, a.Status == 418 && string(a.Body) == "status 418")
		}},
		{Name: "function error", URL: base + "/crash", check: func(a gatewayAnswer) string {
			return say(a, a.Status == 502 && !containsAny(string(a.Body), "secret", "arn:", "Traceback", "ValueError", "Runtime.", "exit status"))
		}},
		{Name: "timeout", URL: m.base("brief-"+fn.name) + "/wait", Query: until("timeout"), check: status(504)},
		{Name: "at once", Kind: "parallel", Method: "POST", URL: base + "/echo", Times: 4, check: func(a gatewayAnswer) string {
			return say(a, slices.Equal(a.Events, []string{"0", "1", "2", "3"}))
		}},
		{Name: "async", Method: "POST", URL: m.base("later-"+fn.name) + "/touch", Query: []contract.Pair{{"file", file("async")}},
			Header: map[string]string{"Prefer": "respond-async"}, check: status(202), later: appears(file("async"))},
		{Name: "async not allowed", Method: "POST", URL: base + "/touch", Query: []contract.Pair{{"file", file("sync")}},
			Header: map[string]string{"Prefer": "respond-async"}, check: func(a gatewayAnswer) string {
				return say(a, a.Status == 200 && strings.TrimSpace(string(a.Body)) == `"touched"`)
			}},
		{Name: "not configured", URL: m.unknown + "/echo", check: status(m.refused)},
		goneStep(g, fn, base, file("gone"), id),
	}
	if fn.streams {
		steps = append(steps, streamSteps(base, file)...)
	}
	if m.proxied() {
		steps = append(steps, gatewayStep{Name: "another host", URL: "http://example.invalid/", check: func(a gatewayAnswer) string {
			return say(a, a.Status == 403 && strings.Contains(string(a.Body), "NO_PROXY"))
		}})
	}
	if m.proxy != "" { // which, unlike HTTP_PROXY, is for https too
		tunnel := strings.ToLower(id) + ".lambda.internal"
		steps = append(steps, gatewayStep{Name: "CONNECT", URL: "https://" + tunnel + "/", check: func(a gatewayAnswer) string {
			return say(a, a.Error != "" && a.Status == 0)
		}, later: logged(g, `"method":"CONNECT","host":"`+tunnel, `"status":501`, `"refused":"CONNECT is refused`)})
	}
	for host, port := range m.divert {
		for _, url := range []string{"http://" + host, "http://localhost:" + port, "http://127.0.0.1:" + port} {
			steps = append(steps, gatewayStep{Name: url + ", not proxied", URL: url + "/hello", check: func(a gatewayAnswer) string {
				return say(a, a.Status == 200 && string(a.Body) == "not proxied")
			}})
		}
	}
	if m.hosts && !m.noHostHeader {
		steps = append(steps, gatewayStep{Name: "Host header", URL: g.base + "/utf8", Header: map[string]string{"Host": fn.name + ".lambda.internal"},
			check: func(a gatewayAnswer) string {
				return say(a, a.Status == 200 && string(a.Body) == contract.UTF8)
			}})
	}
	if m.proxied() || m.hosts {
		mixed := strings.Replace(base, fn.name+".lambda.internal", strings.ToUpper(fn.name)+".Lambda.Internal", 1)
		steps = append(steps, gatewayStep{Name: "name in capitals", URL: mixed + "/utf8", check: func(a gatewayAnswer) string {
			return say(a, a.Status == 200 && string(a.Body) == contract.UTF8)
		}})
	}
	for i := range steps {
		steps[i].Kind, steps[i].Method = orElse(steps[i].Kind, "call"), orElse(steps[i].Method, "GET")
		if steps[i].Query == nil {
			steps[i].Query = []contract.Pair{}
		}
		if steps[i].Header == nil {
			steps[i].Header = map[string]string{}
		}
	}
	return steps
}

// streamSteps are for functions that write a first part, wait for a file, and
// write the last. A client that gets the first part only with the last would wait
// for ever.
func streamSteps(base string, file func(string) string) []gatewayStep {
	step := func(name, path string, check func(gatewayAnswer) string) gatewayStep {
		release := file(name)
		return gatewayStep{
			Name: name, Kind: "stream", URL: base + path, Release: release,
			Query: []contract.Pair{{"until", release}}, check: check,
		}
	}
	whole := []string{"first", "released", "last"}
	return []gatewayStep{
		step("stream", "/handshake", func(a gatewayAnswer) string {
			return say(a, a.Error == "" && slices.Equal(a.Events, whole) && string(a.Body) == "first\nlast\n")
		}),
		step("server-sent events", "/sse", func(a gatewayAnswer) string {
			return say(a, a.Error == "" && slices.Equal(a.Events, whole) && a.Header["content-type"] == "text/event-stream" &&
				string(a.Body) == "data: first\n\ndata: last\n\n")
		}),
		step("failure in mid-stream", "/break", func(a gatewayAnswer) string {
			return say(a, a.Error != "" && slices.Equal(a.Events, whole[:2]))
		}),
	}
}

// goneStep is a client that goes away: from a stream when it has begun, else
// when it has waited for a second. The log must say so of its request.
func goneStep(g *runningGateway, fn gatewayFunction, base, until, id string) gatewayStep {
	s := gatewayStep{
		Name: "client goes away", Kind: "impatient", URL: base + "/wait", Query: []contract.Pair{{"until", until}},
		Header: map[string]string{"X-Request-Id": id + "-gone"},
		check:  func(a gatewayAnswer) string { return say(a, a.Error != "" && a.Status == 0) },
		later:  logged(g, `"request_id":"`+id+`-gone"`, `"client_gone":true`, `may still run`),
	}
	if fn.streams {
		s.Kind, s.URL = "gone", base+"/handshake"
		s.check = func(a gatewayAnswer) string {
			return say(a, a.Error == "" && slices.Equal(a.Events, []string{"first"}))
		}
	}
	return s
}

// redirected checks that a client has got to the redirect's target within base.
func redirected(base string) func(gatewayAnswer) string {
	return func(a gatewayAnswer) string {
		return say(a, a.Status == 200 && a.echo().Path == "/echo/target" && slices.Equal(a.echo().Query, []contract.Pair{{"x", "1"}}) &&
			a.URL == base+contract.Redirect)
	}
}

func status(want int) func(gatewayAnswer) string {
	return func(a gatewayAnswer) string { return say(a, a.Status == want) }
}

func appears(file string) func(*testing.T) {
	return func(t *testing.T) {
		if !eventually(func() bool { return exists(file) }) {
			t.Error("async: the function did not run within a minute")
		}
	}
}

// logged waits for a line of the access log that has all of words.
func logged(g *runningGateway, words ...string) func(*testing.T) {
	return func(t *testing.T) {
		if !eventually(func() bool {
			for line := range strings.SplitSeq(g.log.tail(1<<20), "\n") {
				if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(line, w) }) {
					return true
				}
			}
			return false
		}) {
			t.Errorf("the log has no line with %q:\n%s", words, g.log.tail(1000))
		}
	}
}

func say(a gatewayAnswer, good bool) string {
	if good {
		return ""
	}
	text, err := json.Marshal(struct {
		gatewayAnswer
		Body string
	}{a, clip(string(a.Body))})
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// byName sorts pairs by name; the order of a name's values stays.
func byName(pairs []contract.Pair) []contract.Pair {
	sorted := slices.Clone(pairs)
	slices.SortStableFunc(sorted, func(a, b contract.Pair) int { return strings.Compare(a[0], b[0]) })
	return sorted
}

func headerOf(a gatewayAnswer, name, prefix string) bool {
	return slices.ContainsFunc(a.echo().Headers, func(p contract.Pair) bool {
		return strings.EqualFold(p[0], name) && strings.HasPrefix(p[1], prefix)
	})
}

func containsAny(text string, words ...string) bool {
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(text, word) })
}

func gunzip(b []byte) []byte {
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		panic(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		panic(err)
	}
	return text
}

func orElse(value, other string) string {
	if value == "" {
		return other
	}
	return value
}
