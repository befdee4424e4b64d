package awslambda

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"reflect"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/smithy-go"
)

// FuzzAPIError gives any status, header and body to this package and to the SDK's
// client, which must see the same error in them.
func FuzzAPIError(f *testing.F) {
	f.Add(429, "TooManyRequestsException", "1", `{"Type":"User","Reason":"CallerRateLimitExceeded","message":"Rate Exceeded."}`)
	f.Add(404, "ResourceNotFoundException:http://internal.amazon.com/coral/", "", `{"Type":"User","Message":"Function not found"}`)
	f.Add(400, "", "", `{"__type":"com.amazonaws.lambda#InvalidParameterValueException","message":"m"}`)
	f.Add(500, "", "x", `{"code":"ServiceException"}`)
	f.Add(502, "", "", "<html>Bad Gateway</html>")
	f.Add(503, "X", "", "")
	f.Add(403, "", "Wed, 21 Oct 2015 07:28:00 GMT", `{"message":1}`)
	f.Add(400, "SnapStartException", "-1", `[]`)
	f.Add(307, "", "", "null")
	f.Fuzz(func(t *testing.T, status int, code, retry, body string) {
		if status < 300 || status > 599 || len(body) > maxErrorBody {
			t.Skip()
		}
		answer := func() *http.Response {
			h := http.Header{"X-Amzn-Requestid": {"id"}}
			if code != "" {
				h.Set("X-Amzn-ErrorType", code)
			}
			if retry != "" {
				h.Set("Retry-After", retry)
			}
			return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(bytes.NewReader([]byte(body)))}
		}
		got := errorReader{lambda.New(lambda.Options{}).Options().Protocol}.read(t.Context(), answer())
		if got.Status != status || got.RequestID != "id" || got.RetryAfter < 0 || len(got.Error()) > 512 {
			t.Errorf("%+v", got)
		}
		if status/100 == 4 && got.MayHaveRun || status/100 == 3 && !got.MayHaveRun || status/100 == 5 && status != 502 && !got.MayHaveRun {
			t.Errorf("status %d: MayHaveRun = %v", status, got.MayHaveRun)
		}
		want := sdkError(t.Context(), answer())
		if want == nil { // a body that is not the API's
			return
		}
		if got.Code != want.ErrorCode() || got.Message != want.ErrorMessage() {
			t.Errorf("got %q %q, the SDK %q %q", got.Code, got.Message, want.ErrorCode(), want.ErrorMessage())
		}
		api, ok := errors.AsType[smithy.APIError](got)
		if !ok || !reflect.DeepEqual(api, want) {
			t.Errorf("got %#v, the SDK %#v", api, want)
		}
	})
}

// sdkError returns what the SDK's own client makes of resp.
func sdkError(ctx context.Context, resp *http.Response) smithy.APIError {
	client := lambda.New(lambda.Options{
		Region:     "us-east-1",
		Retryer:    aws.NopRetryer{},
		HTTPClient: doFunc(func(*http.Request) (*http.Response, error) { return resp, nil }),
	})
	_, err := client.Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String("f")})
	api, _ := errors.AsType[smithy.APIError](err)
	return api
}

func TestRetryAfter(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"":                              0,
		"0":                             0,
		"30":                            30 * time.Second,
		"-1":                            0,
		"1.5":                           0,
		"99999999999999999999":          0,
		"Wed, 21 Oct 2015 07:28:00 GMT": 0,
	} {
		if got := retryAfter(http.Header{"Retry-After": {value}}); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
	in := time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)
	if got := retryAfter(http.Header{"Retry-After": {in}}); got < 59*time.Minute || got > time.Hour {
		t.Errorf("in an hour: %v", got)
	}
}
