package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/vialambda/vialambda"
)

// advised is an error with a hint, as package awslambda makes them.
type advised struct{ error }

func (advised) Hint() string { return "allow lambda:InvokeFunction on arn" }

func TestHintOfRefusal(t *testing.T) {
	refused := &vialambda.InvokeError{Code: "AccessDeniedException", Status: 403, Err: fmt.Errorf("api: %w", advised{errors.New("denied")})}
	if code, hint := classify(t.Context(), fmt.Errorf("call: %w", refused)); code != exitUsage || hint != "allow lambda:InvokeFunction on arn" {
		t.Errorf("exit %d, hint %q", code, hint)
	}
	if code, hint := classify(t.Context(), &vialambda.InvokeError{Code: "AccessDeniedException", Status: 403}); code != exitUsage || hint != "" {
		t.Errorf("exit %d, hint %q", code, hint)
	}
}

// The error says that a CA can be named; the hint does not say it again.
func TestUnverifiedCertificate(t *testing.T) {
	offline(t)
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	var stdout, stderr bytes.Buffer
	args := []string{"--endpoint-url", server.URL, "http+lambda://app/"}
	code := run(t.Context(), args, strings.NewReader(""), &stdout, &stderr)
	said := stderr.String()
	if code != exitUsage || strings.Count(said, "AWS_CA_BUNDLE") != 1 || !strings.Contains(said, "hint: there is no switch to skip verification") {
		t.Errorf("exit %d and %s", code, said)
	}
}

// offline makes a configuration of dummy credentials and nothing of this machine's.
func offline(t *testing.T) {
	t.Helper()
	for _, name := range []string{"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_LAMBDA", "AWS_CA_BUNDLE"} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", t.TempDir())
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_REGION", "us-east-1")
	t.Setenv("AWS_ACCESS_KEY_ID", "local")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "local")
}
