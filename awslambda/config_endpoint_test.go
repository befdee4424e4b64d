package awslambda_test

import (
	"context"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/awslambda"
)

// TestConfiguredEndpoints reads endpoints as the SDK's tools share them.
func TestConfiguredEndpoints(t *testing.T) {
	keys := map[string]string{"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-west-1"}
	for _, test := range []struct {
		name       string
		files, env map[string]string
		want       string
	}{
		{"none", nil, nil, "https://lambda.eu-west-1.amazonaws.com/"},
		{"AWS_ENDPOINT_URL_LAMBDA", nil, map[string]string{"AWS_ENDPOINT_URL_LAMBDA": "http://localhost:3001"}, "http://localhost:3001/"},
		{"AWS_ENDPOINT_URL", nil, map[string]string{"AWS_ENDPOINT_URL": "http://localhost:4566"}, "http://localhost:4566/"},
		{"both", nil, map[string]string{"AWS_ENDPOINT_URL": "http://localhost:4566", "AWS_ENDPOINT_URL_LAMBDA": "http://localhost:3001"}, "http://localhost:3001/"},
		{"ignored", nil, map[string]string{"AWS_ENDPOINT_URL_LAMBDA": "http://localhost:3001", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, "https://lambda.eu-west-1.amazonaws.com/"},
		{"of a profile", map[string]string{"config": "[default]\nservices=s\n[services s]\nlambda =\n  endpoint_url = http://localhost:5000\n"}, nil, "http://localhost:5000/"},
		{"FIPS", nil, map[string]string{"AWS_USE_FIPS_ENDPOINT": "true"}, "https://lambda-fips.eu-west-1.amazonaws.com/"},
		{"dual-stack", nil, map[string]string{"AWS_USE_DUALSTACK_ENDPOINT": "true"}, "https://lambda.eu-west-1.api.aws/"},
	} {
		t.Run(test.name, func(t *testing.T) {
			environment(t, test.files, keys)
			for name, value := range test.env {
				t.Setenv(name, value)
			}
			cfg, err := config.LoadDefaultConfig(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var got sent
			cfg.HTTPClient = capture{&got}
			if _, err := awslambda.New(cfg).Invoke(t.Context(), &vialambda.Invocation{Function: "f"}); err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(got.url, test.want) {
				t.Errorf("got %s, want %s", got.url, test.want)
			}
		})
	}
}

// TestCABundle trusts the CA of AWS_CA_BUNDLE.
func TestCABundle(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "{}") }))
	server.Config.ErrorLog = discardLog()
	defer server.Close()
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(bundle, text, 0o600); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL_LAMBDA": server.URL}
	for _, trusted := range []bool{false, true} {
		environment(t, nil, env)
		if trusted {
			t.Setenv("AWS_CA_BUNDLE", bundle)
		}
		cfg, err := config.LoadDefaultConfig(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		result, err := newClient(t, cfg).Invoke(t.Context(), &vialambda.Invocation{Function: "f"})
		if trusted {
			if err != nil {
				t.Fatal(err)
			}
			read(t, result)
		} else if failed := invokeError(t, err); failed.MayHaveRun {
			t.Errorf("%+v", failed)
		}
	}
}

// TestLazy says that making a Client asks nobody for anything.
func TestLazy(t *testing.T) {
	var asked []string
	cfg := aws.Config{
		Region: "us-east-1",
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			asked = append(asked, "credentials")
			return aws.Credentials(testCredentials), nil
		}),
		HTTPClient: doer(func(*http.Request) (*http.Response, error) {
			asked = append(asked, "network")
			return httptest.NewRecorder().Result(), nil
		}),
		EndpointResolverWithOptions: aws.EndpointResolverWithOptionsFunc(func(string, string, ...any) (aws.Endpoint, error) {
			asked = append(asked, "endpoint")
			return aws.Endpoint{URL: "http://localhost"}, nil
		}),
	}
	client := awslambda.New(cfg)
	client.CloseIdleConnections()
	if len(asked) != 0 {
		t.Fatalf("before the first call: %v", asked)
	}
	for range 2 {
		if _, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f"}); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(asked, " "); got != "endpoint credentials network credentials network" {
		t.Errorf("asked: %s", got)
	}
}

// TestAnonymous sends unsigned.
func TestAnonymous(t *testing.T) {
	server := record(t, nil)
	cfg := testConfig(server.URL)
	cfg.Credentials, cfg.Region = aws.AnonymousCredentials{}, ""
	client := newClient(t, cfg)
	result, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f"})
	if err != nil {
		t.Fatal(err)
	}
	read(t, result)
	r := server.last(t)
	for _, name := range []string{"Authorization", "X-Amz-Date", "X-Amz-Security-Token"} {
		if r.Header.Get(name) != "" {
			t.Errorf("%s: %q", name, r.Header.Get(name))
		}
	}
}
