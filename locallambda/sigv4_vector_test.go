package locallambda

import (
	"net/http"
	"testing"
	"time"
)

// The worked example of
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html.
func TestSigV4DocumentedExample(t *testing.T) {
	r, _ := http.NewRequest(http.MethodGet, "https://iam.amazonaws.com/?Version=2010-05-08&Action=ListUsers", nil)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded;  charset=utf-8")
	r.Header.Set("X-Amz-Date", "20150830T123600Z")
	canonical := canonicalRequest(r, []string{"content-type", "host", "x-amz-date"}, nil)
	want := `GET
/
Action=ListUsers&Version=2010-05-08
content-type:application/x-www-form-urlencoded; charset=utf-8
host:iam.amazonaws.com
x-amz-date:20150830T123600Z

content-type;host;x-amz-date
e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855`
	if canonical != want {
		t.Errorf("canonical request:\n%s", canonical)
	}
	sig := signature{
		date: "20150830", region: "us-east-1", service: "iam",
		time: time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC),
	}
	if got := sig.compute("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", canonical); got != "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7" {
		t.Errorf("signature %s", got)
	}
}

func TestCanonicalQuery(t *testing.T) {
	for raw, want := range map[string]string{
		"":                         "",
		"Qualifier=%24LATEST":      "Qualifier=%24LATEST",
		"Qualifier=$LATEST":        "Qualifier=%24LATEST",
		"b=2&a=1&B=3":              "B=3&a=1&b=2",
		"a=2&a=1&a":                "a=&a=1&a=2",
		"a=%e4%BD%a0&%41=~-._%2f+": "A=~-._%2F%2B&a=%E4%BD%A0",
		"a=%4":                     "a=%254",
		"a=b=c":                    "a=b%3Dc",
	} {
		if got := canonicalQuery(raw); got != want {
			t.Errorf("%s: got %s, want %s", raw, got, want)
		}
	}
}
