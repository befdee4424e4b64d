package docscheck

import (
	"encoding/json"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// arn is what of ARNs the policies of deploy need: functions, with a qualifier or
// without, roles and OIDC providers.
var arn = regexp.MustCompile(`^arn:aws:(lambda:[a-z]{2}-[a-z]+-\d:\d{12}:function:[a-zA-Z0-9_-]{1,64}(:[a-zA-Z0-9_-]{1,128})?` +
	`|iam::\d{12}:(role|oidc-provider)/[\w+=,.@/-]+)$`)

// allowed are the actions of a caller of functions, and of what makes one.
var allowed = []string{"lambda:InvokeFunction", "sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:TagSession"}

// some is a string or a list of strings.
type some []string

func (s *some) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*s = some{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(s))
}

type policy struct {
	Version   string
	Statement []struct {
		Sid, Effect      string
		Principal        json.RawMessage
		Action, Resource some
		Condition        map[string]map[string]some
	}
}

// TestPolicies: each policy of deploy/iam is one, and allows nothing that a caller
// of functions does not need. Whether AWS does with it what its page says can only
// be tried there.
func TestPolicies(t *testing.T) {
	n := 0
	for _, file := range files(t, ".json") {
		if path.Dir(file) != "deploy/iam" {
			continue
		}
		n++
		t.Run(path.Base(file), func(t *testing.T) {
			for _, problem := range policyProblems(path.Base(file), read(t, file)) {
				t.Error(problem)
			}
		})
	}
	if n == 0 {
		t.Error("there are no policies")
	}
}

func TestPolicyProblems(t *testing.T) {
	statement := func(s string) string { return `{"Version": "2012-10-17", "Statement": [` + s + `]}` }
	const invoke = `"Sid": "A", "Effect": "Allow", "Action": "lambda:InvokeFunction"`
	for _, tc := range []struct{ name, file, text, want string }{
		{"good", "x.json", statement(`{` + invoke + `, "Resource": "arn:aws:lambda:eu-west-1:123456789012:function:f:prod"}`), ""},
		{"a wildcard", "x.json", statement(`{` + invoke + `, "Resource": "*"}`), "is no ARN"},
		{"an account too short", "x.json", statement(`{` + invoke + `, "Resource": "arn:aws:lambda:eu-west-1:12345:function:f"}`), "is no ARN"},
		{"an action", "x.json", statement(`{"Sid": "A", "Effect": "Allow", "Action": ["lambda:InvokeFunction", "lambda:*"], "Resource": "arn:aws:lambda:eu-west-1:123456789012:function:f"}`), "lambda:*"},
		{"no resource", "x.json", statement(`{` + invoke + `}`), "a resource or"},
		{"a key", "x.json", statement(`{` + invoke + `, "Ressource": "x"}`), "unknown field"},
		{"a version", "x.json", `{"Version": "2012-10-18", "Statement": []}`, "Version"},
		{"anybody", "trust-x.json", statement(`{"Sid": "A", "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"}`), "anybody"},
		{"a principal", "trust-x.json", statement(`{"Sid": "A", "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::1:role/x"}}`), "is no ARN"},
	} {
		got := strings.Join(policyProblems(tc.file, tc.text), "; ")
		if tc.want == "" && got != "" || !strings.Contains(got, tc.want) {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

func policyProblems(file, text string) (problems []string) {
	var p policy
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&p); err != nil {
		return []string{err.Error()}
	}
	if p.Version != "2012-10-17" || len(p.Statement) == 0 {
		problems = append(problems, "Version is "+p.Version+", or there is no statement")
	}
	for _, s := range p.Statement {
		if s.Sid == "" || s.Effect != "Allow" || len(s.Action) == 0 {
			problems = append(problems, "a statement without Sid, Effect or Action")
		}
		for _, action := range s.Action {
			if !slices.Contains(allowed, action) {
				problems = append(problems, action+" is not needed")
			}
		}
		if isTrust := strings.HasPrefix(file, "trust-"); isTrust == (len(s.Resource) > 0) {
			problems = append(problems, "a statement has a resource or, in a trust policy, a principal")
		}
		names := slices.Clone(s.Resource)
		principals, anybody := principalsOf(s.Principal)
		if anybody && len(s.Condition) == 0 {
			problems = append(problems, "anybody may")
		}
		for _, name := range append(names, principals...) {
			if !arn.MatchString(name) && name != "pods.eks.amazonaws.com" {
				problems = append(problems, name+" is no ARN")
			}
		}
	}
	return problems
}

// principalsOf returns the names of a Principal; anybody says that it is "*".
func principalsOf(text json.RawMessage) (names []string, anybody bool) {
	var kinds map[string]some
	if json.Unmarshal(text, &kinds) != nil {
		return nil, len(text) > 0
	}
	for _, n := range kinds {
		names = append(names, n...)
	}
	return names, false
}
