package serve

import (
	"strings"
	"testing"
)

func TestMistakesHaveTheirPlace(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"unknown key", "targets: {}\nrouts: []\n", `f.yaml:2:1: there is no "routs" here: there are body_timeout`},
		{"unknown key of a target", "targets:\n  a:\n    fromat: raw\n", `f.yaml:3:5: there is no "fromat" here: there are async`},
		{"unknown key of a route", "routes:\n  - path: /\n    taget: a\n", `f.yaml:3:5: there is no "taget" here`},
		{"list for a mapping", "targets: [a]\n", "f.yaml:1:10: a mapping belongs here, not a list"},
		{"mapping for a list", "routes: {a: b}\n", "f.yaml:1:10: a list belongs here, not a mapping"},
		{"number for a text", "listen: 8080\n", `f.yaml:1:9: a text belongs here, not "8080": quote it`},
		{"text for a number", "max_attempts: three\n", `f.yaml:1:15: a whole number belongs here, not "three"`},
		{"quoted number", "max_attempts: \"3\"\n", `f.yaml:1:15: a whole number belongs here, not "3"`},
		{"text for a flag", "problem_json: \"true\"\n", `f.yaml:1:15: true or false belongs here`},
		{"bare number for a time", "idle_timeout: 30\n", `f.yaml:1:15: a duration belongs here, not "30"`},
		{"negative time", "idle_timeout: -3s\n", `f.yaml:1:15: a duration belongs here`},
		{"size", "max_header_bytes: 64kb\n", `f.yaml:1:19: "64kb" is no size`},
		{"huge size", "max_header_bytes: 99999999999999\n", `f.yaml:1:19: "99999999999999" is no size`},
		{"mode", "targets: {a: {mode: fast}}\n", `f.yaml:1:21: unknown mode "fast"`},
		{"client context that is a text", "targets: {a: {client_context: '{}'}}\n", `f.yaml:1:31: a mapping belongs here, not "{}"`},
		{"client context that is a list", "targets: {a: {client_context: [1]}}\n", "f.yaml:1:31: a mapping belongs here, not a list"},
		{"client context that is nothing", "targets:\n  a:\n    client_context:\n", "f.yaml:3:21: a mapping belongs here, not nothing"},
		{"infinity in a client context", "targets: {a: {client_context: {custom: {a: .inf}}}}\n", "f.yaml:1:44: this cannot be said in JSON"},
		{"anchor in a client context", "targets: {a: {client_context: {custom: &x {}}}}\n", "f.yaml:1:40: this cannot be said in JSON: an anchor"},
		{"environment in a client context", "targets: {a: {client_context: {custom: {a: '${NOT_SET}'}}}}\n", "f.yaml:1:44: the environment has no NOT_SET"},
		{"large client context", "targets: {a: {client_context: {custom: {a: " + strings.Repeat("x", 2670) + "}}}}\n", "f.yaml:1:32: the client context is too large: in base64 it has 3588 bytes, and Lambda takes 3583"},
		{"null text", "listen:\n", "f.yaml:1:"},
		{"anchor", "targets: &a {}\n", "f.yaml:1:10: a mapping belongs here, not an anchor"},
		{"merge key", "targets:\n  a: {}\n  b:\n    <<: {mode: auto}\n", "f.yaml:4:5: merge keys are not read here"},
		{"twice", "listen: a\nproxy: []\nlisten: b\n", "f.yaml:3:1: "},
		{"twice in a target", "targets:\n  a: {}\n  a: {}\n", "f.yaml:3:3: "},
		{"not YAML", "targets: {a: [}\n", "f.yaml:1:"},
		{"tab", "targets:\n\ta: {}\n", "f.yaml:"},
		{"two documents", "targets: {}\n---\ntargets: {}\n", "f.yaml:3:1: one document"},
		{"environment", "listen: ${NOT_SET}\n", "f.yaml:1:9: the environment has no NOT_SET: set it, or write ${NOT_SET:-default}"},
		{"environment for a number", "max_attempts: ${WORD}\n", "f.yaml:1:15: a whole number belongs here"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parse("f.yaml", []byte(tt.text), environ)
			if err == nil {
				t.Fatal("no error")
			}
			if !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("%v\nwant %s", err, tt.want)
			}
		})
	}
}

func environ(name string) (string, bool) {
	v, ok := map[string]string{"WORD": "word", "NUMBER": "7", "YES": "true", "EMPTY": "", "YAML": "a: [b]\nc: d"}[name]
	return v, ok
}

func TestEnvironment(t *testing.T) {
	c, err := parse("f.yaml", []byte(`
listen: "127.0.0.1:${NUMBER}"
max_attempts: ${NUMBER}
problem_json: ${YES}
hosts: ["${EMPTY:-other}", "${WORD}.${WORD}", "$${WORD}", "$LATEST", "${YAML}", "${EMPTY}"]
targets:
  ${WORD}: {qualifier: $LATEST}
`), environ)
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:7" || c.MaxAttempts != 7 || !c.ProblemJSON {
		t.Errorf("%+v", c)
	}
	if got := strings.Join(c.Hosts, "|"); got != "other|word.word|${WORD}|$LATEST|a: [b]\nc: d|" {
		t.Errorf("%q", got)
	}
	if _, ok := c.Targets["${WORD}"]; !ok { // values alone, not keys
		t.Errorf("%v", c.Targets)
	}
}

// TestClientContext: YAML is JSON, and JSON is YAML.
func TestClientContext(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{`{"custom":{"tier":"gold","n":3,"f":0.5,"ok":true,"none":null,"l":[1,"a"]}}`, `{"custom":{"f":0.5,"l":[1,"a"],"n":3,"none":null,"ok":true,"tier":"gold"}}`},
		{"\n      custom:\n        tier: ${WORD}\n        html: <a&b>\n        big: 18446744073709551615\n", `{"custom":{"big":18446744073709551615,"html":"<a&b>","tier":"word"}}`},
		{`{"a\"b\u00e9": "\n\ud83d\ude00"}`, `{"a\"bé":"\n😀"}`},
		{"{}", "{}"},
		{"{a: " + strings.Repeat("x", 2677) + "}", `{"a":"` + strings.Repeat("x", 2677) + `"}`},
	} {
		c, err := parse("f.yaml", []byte("targets:\n  a:\n    client_context: "+tt.text+"\n"), environ)
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		if got := string(c.Targets["a"].ClientContext); got != tt.want {
			t.Errorf("%s: %s\nwant %s", tt.text, got, tt.want)
		}
	}
}

func TestEmptyFileServesNothing(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "{}\n"} {
		c, err := parse("f.yaml", []byte(text), environ)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if err := c.check(); err == nil || !strings.Contains(err.Error(), "nothing is served") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
