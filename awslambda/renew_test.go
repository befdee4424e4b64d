package awslambda_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/awslambda"
)

// TestExpiredToken has the API refuse the first session: the refusal says that there
// is another by now, and the next call passes.
func TestExpiredToken(t *testing.T) {
	server := record(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Amz-Security-Token") == "session 1" {
			refuse(403, "ExpiredTokenException", `{"message":"The security token included in the request is expired"}`)(w, r)
			return
		}
		io.WriteString(w, "{}")
	})
	for name, make := range map[string]func(*testing.T, aws.Config) *awslambda.Client{"New": newClient, "FromSDK": fromSDK} {
		t.Run(name, func(t *testing.T) {
			n := 0
			cfg := testConfig(server.URL)
			cfg.Credentials = aws.NewCredentialsCache(aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				n++
				return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret", SessionToken: fmt.Sprint("session ", n)}, nil
			}))
			client := make(t, cfg)
			_, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f"})
			failed := invokeError(t, err)
			if !failed.Renewed || failed.MayHaveRun || failed.Code != "ExpiredTokenException" || !strings.Contains(hintOf(err), "renewed") {
				t.Errorf("%+v, hint %q", failed, hintOf(err))
			}
			result, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f"})
			if err != nil {
				t.Fatal(err)
			}
			read(t, result)
			if n != 2 {
				t.Errorf("credentials were asked for %d times", n)
			}
		})
	}
	t.Run("that stays expired", func(t *testing.T) {
		cfg := testConfig(server.URL)
		cfg.Credentials = static{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret", SessionToken: "session 1"}
		eachClient(t, cfg, func(t *testing.T, client *awslambda.Client) {
			_, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f"})
			if failed := invokeError(t, err); failed.Renewed || !strings.Contains(hintOf(err), "log in again") {
				t.Errorf("%+v, hint %q", failed, hintOf(err))
			}
		})
	})
}

// TestClockSkew has an API whose clock is an hour ahead. It refuses once; the next
// signature is by its clock.
func TestClockSkew(t *testing.T) {
	for _, ahead := range []time.Duration{time.Hour, -time.Hour} {
		server := record(t, func(w http.ResponseWriter, r *http.Request) {
			now := time.Now().Add(ahead)
			w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
			signed, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
			if err != nil {
				t.Error(err)
			}
			if signed.Sub(now).Abs() > 5*time.Minute {
				refuse(403, "InvalidSignatureException", `{"message":"Signature expired"}`)(w, r)
				return
			}
			io.WriteString(w, "{}")
		})
		eachClient(t, testConfig(server.URL), func(t *testing.T, client *awslambda.Client) {
			_, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f"})
			if failed := invokeError(t, err); !failed.Renewed || failed.MayHaveRun || !strings.Contains(hintOf(err), "clock") {
				t.Fatalf("%+v, hint %q", failed, hintOf(err))
			}
			for range 2 {
				result, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f"})
				if err != nil {
					t.Fatal(err)
				}
				read(t, result)
			}
		})
	}
}

// TestClockIsNotToBlame has refusals that a right clock gets too.
func TestClockIsNotToBlame(t *testing.T) {
	for name, test := range map[string]struct {
		code     string
		date     string
		age      string
		disabled bool
	}{
		"the clock is right":    {code: "InvalidSignatureException", date: time.Now().UTC().Format(http.TimeFormat)},
		"another refusal":       {code: "InvalidParameterValueException", date: "Mon, 02 Jan 2006 15:04:05 GMT"},
		"no date":               {code: "InvalidSignatureException", date: "yesterday"},
		"an answer from cache":  {code: "InvalidSignatureException", date: "Mon, 02 Jan 2006 15:04:05 GMT", age: "10"},
		"correction turned off": {code: "InvalidSignatureException", date: "Mon, 02 Jan 2006 15:04:05 GMT", disabled: true},
	} {
		t.Run(name, func(t *testing.T) {
			server := record(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Date", test.date)
				if test.age != "" {
					w.Header().Set("Age", test.age)
				}
				refuse(403, test.code, `{"message":"no"}`)(w, r)
			})
			cfg := testConfig(server.URL)
			cfg.DisableClockSkewCorrection = test.disabled
			eachClient(t, cfg, func(t *testing.T, client *awslambda.Client) {
				_, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f"})
				if failed := invokeError(t, err); failed.Renewed {
					t.Errorf("%+v", failed)
				}
			})
		})
	}
}
