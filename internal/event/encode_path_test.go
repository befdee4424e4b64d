package event

import "testing"

// encodedPaths are where the formats show the path.
type encodedPaths struct {
	rest, restContext, proxy string // path, requestContext.path, pathParameters
	httpAPI                  string // rawPath and http.path
	furl, furlHTTP           string // rawPath, http.path
	alb                      string
}

func TestTrapC15Path(t *testing.T) {
	for path, want := range map[string]encodedPaths{
		"/a%2Fb": {"/a%2Fb", "/a%2Fb", `{"proxy":"a%2Fb"}`, "/a/b", "/a%2Fb", "/a/b", "/a%2Fb"},
		"/":      {"/", "/", "null", "/", "/", "/", "/"},
		"":       {"/", "/", "null", "/", "/", "/", "/"},
		"*":      {"/*", "/*", `{"proxy":"*"}`, "/*", "/*", "/*", "/*"},
		"/a/":    {"/a/", "/a/", `{"proxy":"a"}`, "/a/", "/a/", "/a", "/a/"},
		"//a//b": {"/a//b", "//a//b", `{"proxy":"a//b"}`, "//a//b", "//a//b", "//a//b", "//a//b"},
		"///":    {"/", "///", "null", "///", "///", "//", "///"},
		"/100%":  {"/100%", "/100%", `{"proxy":"100%"}`, "/100%", "/100%", "/100%", "/100%"},
		"/a+b":   {"/a+b", "/a+b", `{"proxy":"a+b"}`, "/a+b", "/a+b", "/a+b", "/a+b"},
		"/%e9":   {"/%e9", "/%e9", `{"proxy":"%e9"}`, "/%e9", "/%e9", "/%e9", "/%e9"},

		// As recorded (github.com/hotsock/voker, vokerhttp/testdata/ingress-paths.json).
		"/hash%23value": {"/hash%23value", "/hash%23value", `{"proxy":"hash%23value"}`,
			"/hash#value", "/hash%23value", "/hash#value", "/hash%23value"},
		"/question%3Fvalue": {"/question%3Fvalue", "/question%3Fvalue", `{"proxy":"question%3Fvalue"}`,
			"/question", "/question%3Fvalue", "/question?value", "/question%3Fvalue"},
		"/unicode-%CE%BB": {"/unicode-%CE%BB", "/unicode-%CE%BB", `{"proxy":"unicode-%CE%BB"}`,
			"/unicode-λ", "/unicode-%CE%BB", "/unicode-λ", "/unicode-%CE%BB"},
		// Recorded by LocalStack of a function URL.
		"/pa2%25Fth/1": {"/pa2%25Fth/1", "/pa2%25Fth/1", `{"proxy":"pa2%25Fth/1"}`,
			"/pa2%Fth/1", "/pa2%25Fth/1", "/pa2%Fth/1", "/pa2%25Fth/1"},

		// What no request line has.
		"/a b\"\\\xff": {`/a%20b\"\\%FF`, `/a%20b\"\\%FF`, `{"proxy":"a%20b\"\\%FF"}`,
			`/a b\"\\%FF`, `/a%20b\"\\%FF`, `/a b\"\\%FF`, `/a%20b\"\\%FF`},
	} {
		t.Run(path, func(t *testing.T) {
			r := newRequest("/")
			r.Path = path
			check := func(f Format, want string, keys ...string) {
				t.Helper()
				if want != "null" && want[0] != '{' {
					want = `"` + want + `"`
				}
				if got := member(t, mustEncode(t, f, r, nil), keys...); got != want {
					t.Errorf("%s %q: got %s, want %s", encodeFormatName(f), keys, got, want)
				}
			}
			check(RESTAPI, want.rest, "path")
			check(RESTAPI, want.restContext, "requestContext", "path")
			check(RESTAPI, want.proxy, "pathParameters")
			check(HTTPAPI, want.httpAPI, "rawPath")
			check(HTTPAPI, want.httpAPI, "requestContext", "http", "path")
			check(FunctionURL, want.furl, "rawPath")
			check(FunctionURL, want.furlHTTP, "requestContext", "http", "path")
			check(ALB, want.alb, "path")
			check(ALBMultiValue, want.alb, "path")
		})
	}
}

func TestEncodeStage(t *testing.T) {
	for _, test := range []struct{ name, stage, restContext, httpAPI string }{
		{"named", "live", `"/live//a%20b"`, `"/live//a b"`},
		{"default", "$default", `"//a%20b"`, `"//a b"`},
		{"none", "", `"//a%20b"`, `"//a b"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRequest("//a%20b")
			r.Stage = test.stage
			rest, httpAPI := mustEncode(t, RESTAPI, r, nil), mustEncode(t, HTTPAPI, r, nil)
			for _, check := range []struct{ got, want string }{
				{member(t, rest, "path"), `"/a%20b"`},
				{member(t, rest, "requestContext", "path"), test.restContext},
				{member(t, httpAPI, "rawPath"), test.httpAPI},
				{member(t, httpAPI, "requestContext", "http", "path"), test.httpAPI},
				{member(t, mustEncode(t, FunctionURL, r, nil), "requestContext", "stage"), `"$default"`},
			} {
				if check.got != check.want {
					t.Errorf("got %s, want %s", check.got, check.want)
				}
			}
		})
	}
}

func TestEncodeRoute(t *testing.T) {
	for _, test := range []struct {
		name                              string
		route                             Route
		resource, restParams, key, params string
	}{
		{"none", Route{}, `"/{proxy+}"`, `{"proxy":"items/a%20b"}`, `"$default"`, ""},
		{"default", Route{Key: "$default"}, `"/{proxy+}"`, `{"proxy":"items/a%20b"}`, `"$default"`, ""},
		{"literal", Route{Key: "GET /items", Resource: "/items"}, `"/items"`, "null", `"GET /items"`, ""},
		{"parameter", Route{Key: "GET /items/{id}", Resource: "/items/{id}", Params: []Param{{"id", "a%20b"}}},
			`"/items/{id}"`, `{"id":"a%20b"}`, `"GET /items/{id}"`, `{"id":"a b"}`},
		{"greedy", Route{Key: "ANY /{proxy+}", Resource: "/{proxy+}", Params: []Param{{"proxy", "items/a%20b/"}}},
			`"/{proxy+}"`, `{"proxy":"items/a%20b"}`, `"ANY /{proxy+}"`, `{"proxy":"items/a b/"}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRequest("/items/a%20b")
			r.Route = test.route
			rest, httpAPI := mustEncode(t, RESTAPI, r, nil), mustEncode(t, HTTPAPI, r, nil)
			furl := mustEncode(t, FunctionURL, r, nil)
			for _, check := range []struct{ got, want string }{
				{member(t, rest, "resource"), test.resource},
				{member(t, rest, "requestContext", "resourcePath"), test.resource},
				{member(t, rest, "pathParameters"), test.restParams},
				{member(t, httpAPI, "routeKey"), test.key},
				{member(t, httpAPI, "requestContext", "routeKey"), test.key},
				{member(t, httpAPI, "pathParameters"), test.params},
				{member(t, furl, "routeKey"), `"$default"`},
				{member(t, furl, "pathParameters"), ""},
			} {
				if check.got != check.want {
					t.Errorf("got %s, want %s", check.got, check.want)
				}
			}
		})
	}
}
