package awslambda_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/awslambda"
)

// refuse answers with an error of the API.
func refuse(status int, code, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("X-Amzn-RequestId", "request-id")
		if code != "" {
			h.Set("X-Amzn-ErrorType", code)
		}
		if status == http.StatusTooManyRequests {
			h.Set("Retry-After", "7")
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// TestRefusals goes through the errors of the Invoke API: what is asked of the
// error, and whether it proves that the function was not started.
func TestRefusals(t *testing.T) {
	for _, test := range []struct {
		status int
		code   string // as the header has it
		want   string // what is made of it
		ran    bool
	}{
		{400, "InvalidParameterValueException", "InvalidParameterValueException", false},
		{400, "InvalidRequestContentException:http://internal.amazon.com/coral/com.amazonaws/", "InvalidRequestContentException", false},
		{402, "ServiceQuotaExceededException", "ServiceQuotaExceededException", false},
		{403, "AccessDeniedException", "AccessDeniedException", false},
		{404, "ResourceNotFoundException", "ResourceNotFoundException", false},
		{408, "EFSMountTimeoutException", "EFSMountTimeoutException", false},
		{409, "ResourceConflictException", "ResourceConflictException", false},
		{410, "EFSIOException", "EFSIOException", false},
		{413, "RequestTooLargeException", "RequestTooLargeException", false},
		{429, "TooManyRequestsException", "TooManyRequestsException", false},
		{500, "ServiceException", "ServiceException", true},
		{502, "EC2ThrottledException", "EC2ThrottledException", false},
		{502, "ENINotReadyException", "ENINotReadyException", false},
		{502, "KMSAccessDeniedException", "KMSAccessDeniedException", false},
		{502, "ResourceNotReadyException", "ResourceNotReadyException", false},
		{502, "SomethingNewException", "SomethingNewException", true},
		{502, "", "UnknownError", true},
		{500, "EC2ThrottledException", "EC2ThrottledException", true},
		{503, "ServiceUnavailableException", "ServiceUnavailableException", true},
		{504, "", "UnknownError", true},
		{301, "", "UnknownError", true},
	} {
		t.Run(fmt.Sprint(test.status, test.code), func(t *testing.T) {
			server := record(t, refuse(test.status, test.code, `{"Type":"User","message":"some text"}`))
			eachClient(t, testConfig(server.URL), func(t *testing.T, client *awslambda.Client) {
				for _, stream := range []bool{false, true} {
					before := len(server.all())
					_, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f", Payload: []byte("{}"), Stream: stream})
					failed := invokeError(t, err)
					if failed.Code != test.want || failed.Status != test.status || failed.MayHaveRun != test.ran ||
						failed.Message != "some text" || failed.RequestID != "request-id" || failed.Renewed || failed.Attempts != 0 {
						t.Errorf("%+v", failed)
					}
					if api, ok := errors.AsType[smithy.APIError](err); !ok || api.ErrorCode() != test.want {
						t.Errorf("no smithy.APIError in %v", err)
					}
					if n := len(server.all()) - before; n != 1 {
						t.Errorf("trap A4: sent %d times", n)
					}
				}
			})
		})
	}
}

// TestTrapA3 says that a throttle is a typed error that knows reason and time.
func TestTrapA3(t *testing.T) {
	calls := 0
	server := record(t, refuse(429, "TooManyRequestsException",
		`{"Type":"User","Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","message":"Rate Exceeded."}`))
	eachClient(t, testConfig(server.URL), func(t *testing.T, client *awslambda.Client) {
		calls++
		_, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f"})
		failed := invokeError(t, err)
		if failed.Reason != "ReservedFunctionConcurrentInvocationLimitExceeded" || failed.RetryAfter != 7*time.Second || failed.MayHaveRun {
			t.Errorf("%+v", failed)
		}
		throttle, ok := errors.AsType[*types.TooManyRequestsException](err)
		if !ok || throttle.Reason != types.ThrottleReasonReservedFunctionConcurrentInvocationLimitExceeded ||
			throttle.RetryAfterSeconds == nil || *throttle.RetryAfterSeconds != "7" || throttle.ErrorMessage() != "Rate Exceeded." {
			t.Errorf("%#v", throttle)
		}
		if err.Error() != "lambda invoke: TooManyRequestsException: Rate Exceeded." {
			t.Errorf("%v", err)
		}
	})
	if n := len(server.all()); n != calls {
		t.Errorf("%d calls were sent %d times", calls, n)
	}
}

// TestAnswersOfOthers has something between here and the API answer.
func TestAnswersOfOthers(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		code   string
		body   string
		want   string
		text   string
	}{
		"a proxy's page":           {502, "", "<html>Bad Gateway</html>", "", "lambda invoke: the API answered with status 502"},
		"a page and a code":        {503, "SlowDown", "slow down", "SlowDown", "lambda invoke: SlowDown"},
		"an error larger than any": {500, "ServiceException", `{"message":"` + strings.Repeat("x", 1<<20) + `"}`, "ServiceException", "lambda invoke: ServiceException"},
	} {
		t.Run(name, func(t *testing.T) {
			server := record(t, refuse(test.status, test.code, test.body))
			_, err := newClient(t, testConfig(server.URL)).Invoke(t.Context(), &vialambda.Invocation{Function: "f"})
			failed := invokeError(t, err)
			if failed.Status != test.status || failed.Code != test.want || !failed.MayHaveRun || err.Error() != test.text {
				t.Errorf("%+v: %v", failed, err)
			}
		})
	}
}

// TestRedirectsAreNotFollowed: who follows one takes the signed request to a
// stranger.
func TestRedirectsAreNotFollowed(t *testing.T) {
	stranger := record(t, nil)
	for _, status := range []int{301, 302, 303, 307, 308} {
		server := record(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, stranger.URL+"/x", status) })
		for name, httpClient := range map[string]func() *http.Client{
			"SDK's own":      func() *http.Client { return nil },
			"caller's":       func() *http.Client { return &http.Client{Transport: new(http.Transport)} },
			"with a timeout": func() *http.Client { return &http.Client{Transport: new(http.Transport), Timeout: time.Minute} },
		} {
			t.Run(fmt.Sprint(status, name), func(t *testing.T) {
				cfg := testConfig(server.URL)
				if c := httpClient(); c != nil {
					cfg.HTTPClient = c
				}
				_, err := newClient(t, cfg).Invoke(t.Context(), &vialambda.Invocation{Function: "f", Payload: []byte("{}")})
				if failed := invokeError(t, err); failed.Status != status {
					t.Errorf("%+v", failed)
				}
			})
		}
	}
	if n := len(stranger.all()); n != 0 {
		t.Errorf("the stranger got %d requests", n)
	}
}
