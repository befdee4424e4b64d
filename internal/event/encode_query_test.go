package event

import "testing"

// queryKeys are the members that show the query, in the order of the tests.
var queryKeys = []string{"queryStringParameters", "multiValueQueryStringParameters", "rawQueryString"}

func TestTrapC6QueryInMapToo(t *testing.T) {
	for _, f := range []Format{HTTPAPI, FunctionURL} {
		t.Run(encodeFormatName(f), func(t *testing.T) {
			event := mustEncode(t, f, newRequest("/?a=1"), nil)
			if got := member(t, event, "queryStringParameters"); got != `{"a":"1"}` {
				t.Errorf("queryStringParameters: %s", got)
			}
			if got := member(t, event, "rawQueryString"); got != `"a=1"` {
				t.Errorf("rawQueryString: %s", got)
			}
		})
	}
}

func TestTrapC7QueryValues(t *testing.T) {
	testQuery(t, "flag&a=&b=1&b=2", map[Format][3]string{
		RESTAPI:       {`{"a":"","b":"2","flag":""}`, `{"a":[""],"b":["1","2"],"flag":[""]}`, ""},
		HTTPAPI:       {`{"a":"","b":"1,2","flag":""}`, "", `"flag&a=&b=1&b=2"`},
		FunctionURL:   {`{"a":"","b":"1,2","flag":""}`, "", `"flag&a=&b=1&b=2"`},
		ALB:           {`{"a":"","b":"2","flag":""}`, "", ""},
		ALBMultiValue: {"", `{"a":[""],"b":["1","2"],"flag":[""]}`, ""},
	})
}

// testQuery checks the members that show query.
func testQuery(t *testing.T, query string, want map[Format][3]string) {
	eachFormat(t, func(t *testing.T, f Format) {
		r := newRequest("/")
		r.RawQuery = query
		event := mustEncode(t, f, r, nil)
		for i, key := range queryKeys {
			if got := member(t, event, key); got != want[f][i] {
				t.Errorf("%s: got %s, want %s", key, got, want[f][i])
			}
		}
	})
}

func TestEncodeQuery(t *testing.T) {
	// one is a query of one name, where all formats but ALB decode.
	type one struct{ name, query, key, decoded, raw, sent string }
	for _, test := range []one{
		{"plus and escapes", "a+b=c+d%2B%26%3D", `a b`, `c d+&=`, `{"a+b":"c+d%2B%26%3D"}`, `a+b=c+d%2B%26%3D`},
		{"UTF-8", "q=%CE%BB%e4%b8%96", `q`, `λ世`, `{"q":"%CE%BB%e4%b8%96"}`, `q=%CE%BB%e4%b8%96`},
		{"malformed escapes", "q=100%&r=%4z%z4%4", ``, ``, `{"q":"100%","r":"%4z%z4%4"}`, `q=100%&r=%4z%z4%4`},
		{"not UTF-8", "q=caf%e9%C3", `q`, `caf%e9%C3`, `{"q":"caf%e9%C3"}`, `q=caf%e9%C3`},
		{"half a character, then one", "q=%e4%b8%CE%BB", `q`, `%e4%b8λ`, `{"q":"%e4%b8%CE%BB"}`, `q=%e4%b8%CE%BB`},
		{"bytes that no request line has", "q=a b\xff\n世", `q`, "a b%FF\\n世", `{"q":"a%20b%FF%0A%E4%B8%96"}`, `q=a%20b%FF%0A%E4%B8%96`},
		{"replacement character", "q=%EF%BF%BD", `q`, "\ufffd", `{"q":"%EF%BF%BD"}`, `q=%EF%BF%BD`},
		{"quotes", `q="\`, `q`, `\"\\`, `{"q":"\"\\"}`, `q=\"\\`},
		{"controls", "q=%00%0a", `q`, `\u0000\n`, `{"q":"%00%0a"}`, `q=%00%0a`},
		{"second equals sign", "q=a=b", `q`, `a=b`, `{"q":"a=b"}`, `q=a=b`},
		{"no name", "=v", ``, `v`, `{"":"v"}`, `=v`},
		{"empty pieces", "&&q=1&", `q`, `1`, `{"q":"1"}`, `&&q=1&`},
	} {
		t.Run(test.name, func(t *testing.T) {
			single := `{"` + test.key + `":"` + test.decoded + `"}`
			multi := `{"` + test.key + `":["` + test.decoded + `"]}`
			if test.decoded == "" { // two names, left as they are
				single, multi = `{"q":"100%","r":"%4z%z4%4"}`, `{"q":["100%"],"r":["%4z%z4%4"]}`
			}
			r := newRequest("/")
			r.RawQuery = test.query
			rest := mustEncode(t, RESTAPI, r, nil)
			if got := member(t, rest, "queryStringParameters"); got != single {
				t.Errorf("RESTAPI: got %s, want %s", got, single)
			}
			if got := member(t, rest, "multiValueQueryStringParameters"); got != multi {
				t.Errorf("RESTAPI, multi: got %s, want %s", got, multi)
			}
			for _, f := range []Format{HTTPAPI, FunctionURL} {
				event := mustEncode(t, f, r, nil)
				if got := member(t, event, "queryStringParameters"); got != single {
					t.Errorf("%s: got %s, want %s", encodeFormatName(f), got, single)
				}
				if got := member(t, event, "rawQueryString"); got != `"`+test.sent+`"` {
					t.Errorf("%s, raw: got %s, want %s", encodeFormatName(f), got, test.sent)
				}
			}
			if got := member(t, mustEncode(t, ALB, r, nil), "queryStringParameters"); got != test.raw {
				t.Errorf("ALB: got %s, want %s", got, test.raw)
			}
		})
	}

	t.Run("semicolon", func(t *testing.T) {
		testQuery(t, "a=1;b=2;c", map[Format][3]string{
			RESTAPI:       {`{"a":"1","b":"2","c":""}`, `{"a":["1"],"b":["2"],"c":[""]}`, ""},
			HTTPAPI:       {`{"a":"1;b=2;c"}`, "", `"a=1;b=2;c"`},
			FunctionURL:   {`{"a":"1;b=2;c"}`, "", `"a=1;b=2;c"`},
			ALB:           {`{"a":"1;b=2;c"}`, "", ""},
			ALBMultiValue: {"", `{"a":["1;b=2;c"]}`, ""},
		})
	})
	t.Run("nothing but separators", func(t *testing.T) {
		testQuery(t, "&&", map[Format][3]string{
			RESTAPI: {"null", "null", ""}, HTTPAPI: {"", "", `"&&"`}, FunctionURL: {"", "", `"&&"`},
			ALB: {"{}", "", ""}, ALBMultiValue: {"", "{}", ""},
		})
	})
	t.Run("names that differ before they are decoded", func(t *testing.T) {
		testQuery(t, "a=1&%61=2&a=3", map[Format][3]string{
			RESTAPI:       {`{"a":"3"}`, `{"a":["1","2","3"]}`, ""},
			HTTPAPI:       {`{"a":"1,2,3"}`, "", `"a=1&%61=2&a=3"`},
			FunctionURL:   {`{"a":"1,2,3"}`, "", `"a=1&%61=2&a=3"`},
			ALB:           {`{"%61":"2","a":"3"}`, "", ""},
			ALBMultiValue: {"", `{"%61":["2"],"a":["1","3"]}`, ""},
		})
	})
}
