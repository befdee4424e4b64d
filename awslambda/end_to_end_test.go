package awslambda_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/awslambda"
)

// TestTransport puts a Transport on top: what an Invoker says of a failure decides
// how often a POST is sent.
func TestTransport(t *testing.T) {
	const answer = `{"statusCode":200,"body":"ok"}`
	once := func(fail http.HandlerFunc) func() http.HandlerFunc {
		return func() http.HandlerFunc {
			var failed atomic.Bool
			return func(w http.ResponseWriter, r *http.Request) {
				if failed.CompareAndSwap(false, true) {
					fail(w, r)
					return
				}
				io.WriteString(w, answer)
			}
		}
	}
	abort := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	for _, test := range []struct {
		name    string
		handler func() http.HandlerFunc
		sent    int
		ok      bool
	}{
		{"expired token, renewed", once(refuse(403, "ExpiredTokenException", "{}")), 2, true},
		{"A4 cut after the request", once(abort), 1, false},
		{"A4 ServiceException", once(refuse(500, "ServiceException", "{}")), 1, false},
		{"A5 denied", once(refuse(403, "AccessDeniedException", "{}")), 1, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := record(t, test.handler())
			cfg := testConfig(server.URL)
			sessions := 0
			cfg.Credentials = aws.NewCredentialsCache(aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				sessions++
				return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret", SessionToken: fmt.Sprint(sessions)}, nil
			}))
			client := &http.Client{Transport: &vialambda.Transport{Invoker: newClient(t, cfg)}}
			resp, err := client.Post("http+lambda://f/", "text/plain", strings.NewReader("x"))
			if (err == nil) != test.ok {
				t.Fatalf("%v", err)
			}
			if err == nil {
				defer resp.Body.Close()
				if body, err := io.ReadAll(resp.Body); err != nil || string(body) != "ok" {
					t.Errorf("%q, %v", body, err)
				}
			}
			if n := len(server.all()); n != test.sent {
				t.Errorf("sent %d times", n)
			}
		})
	}
	t.Run("nothing configured", func(t *testing.T) {
		client := &http.Client{Transport: &vialambda.Transport{Invoker: awslambda.New(aws.Config{})}}
		_, err := client.Get("http+lambda://f/")
		if failed := invokeError(t, err); failed.Attempts != 1 || failed.Code != awslambda.CodeNoRegion {
			t.Errorf("%+v", failed)
		}
	})
}
