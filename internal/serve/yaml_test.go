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
