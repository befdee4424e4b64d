package locallambda_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/smithy-go"

	"github.com/vialambda/vialambda/locallambda"
)

var signedAt = time.Date(2026, 11, 25, 12, 36, 0, 0, time.UTC)

func signingServer(token string) *locallambda.Server {
	return &locallambda.Server{
		Functions:   locallambda.Functions{"fn": reply("null")},
		Region:      "eu-west-1",
		Credentials: locallambda.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret/+key", SessionToken: token},
		Now:         func() time.Time { return signedAt },
	}
}

// signed is a request with the SDK's signature.
func signed(token, region, service string, at time.Time) *http.Request {
	body := `{"a":1}`
	r := post("/2015-03-31/functions/fn%3Aprod/invocations?Qualifier=prod", body, "X-Amz-Log-Type", "Tail", "Content-Type", "application/json")
	r.Header.Set("Accept-Encoding", "identity")
	sign(r, body, aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret/+key", SessionToken: token}, region, service, at)
	return r
}

func sign(r *http.Request, body string, c aws.Credentials, region, service string, at time.Time) {
	sum := sha256.Sum256([]byte(body))
	r.URL.Host, r.URL.Scheme = r.Host, "http"
	if err := v4.NewSigner().SignHTTP(context.Background(), c, r, hex.EncodeToString(sum[:]), service, region, at); err != nil {
		panic(err)
	}
	r.URL.Host, r.URL.Scheme = "", ""
}

func TestSigV4(t *testing.T) {
	const (
		unknown = `{"message":"The security token included in the request is invalid."}`
		wrong   = `{"message":"The request signature we calculated does not match the signature you provided. ` +
			`Check your AWS Secret Access Key and signing method. Consult the service documentation for details."}`
		missing = "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. " +
			"Authorization header requires 'SignedHeaders' parameter."
	)
	authorization := func(change func(string) string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Authorization", change(r.Header.Get("Authorization"))) }
	}
	replace := func(old, with string) func(*http.Request) {
		return authorization(func(s string) string {
			if !strings.Contains(s, old) {
				panic(s)
			}
			return strings.Replace(s, old, with, 1)
		})
	}
	tests := []struct {
		name   string
		token  string // the server's; the request's, unless it is changed
		at     time.Time
		scope  [2]string
		change func(*http.Request)
		code   string // "": accepted
		body   string
	}{
		{name: "as the SDK signs"},
		{name: "with a session token", token: "t0ken=="},
		{name: "commas without spaces", change: authorization(func(s string) string { return strings.ReplaceAll(s, ", ", ",") })},
		{name: "spaces without commas", change: authorization(func(s string) string { return strings.ReplaceAll(s, ", ", " ") })},
		{name: "headers added on the way", change: func(r *http.Request) { r.Header.Set("Via", "1.1 proxy"); r.Header.Set("X-Amzn-Trace-Id", "1") }},
		{name: "five minutes ago", at: signedAt.Add(-5 * time.Minute)},
		{name: "in five minutes", at: signedAt.Add(5 * time.Minute)},

		{name: "none", change: func(r *http.Request) { r.Header.Del("Authorization") },
			code: "MissingAuthenticationTokenException", body: `{"message":"Missing Authentication Token"}`},
		{name: "bearer token", change: authorization(func(string) string { return "Bearer abc" }),
			code: "IncompleteSignatureException", body: `{"message":"` + missing + `"}`},
		{name: "no date", change: func(r *http.Request) { r.Header.Del("X-Amz-Date") }, code: "IncompleteSignatureException",
			body: `{"message":"Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."}`},
		{name: "no date and no signature", change: func(r *http.Request) { r.Header.Del("X-Amz-Date"); r.Header.Set("Authorization", "x") },
			code: "IncompleteSignatureException",
			body: `{"message":"` + missing + ` Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."}`},
		{name: "no pair", change: replace("SignedHeaders=", "SignedHeaders"), code: "IncompleteSignatureException",
			body: `{"message":"Invalid key=value pair (missing equal-sign) in Authorization header."}`},
		{name: "four parts of a credential", change: replace("/lambda/", "/"), code: "IncompleteSignatureException",
			body: `{"message":"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term."}`},
		{name: "asymmetric algorithm", change: replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"), code: "IncompleteSignatureException",
			body: `{"message":"Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'."}`},
		{name: "presigned", change: func(r *http.Request) { r.URL.RawQuery += "&X-Amz-Signature=00" }, code: "IncompleteSignatureException",
			body: `{"message":"Presigned URLs are not supported here: sign the headers instead."}`},
		{name: "signed header missing", change: func(r *http.Request) { r.Header.Del("X-Amz-Log-Type") }, code: "IncompleteSignatureException",
			body: `{"message":"'x-amz-log-type' is named as a SignedHeader, but it does not exist in the HTTP request."}`},

		{name: "unknown key", change: replace("AKIDEXAMPLE", "AKIDOTHER"), code: "UnrecognizedClientException", body: unknown},
		{name: "token missing", token: "t0ken", change: func(r *http.Request) { r.Header.Del("X-Amz-Security-Token") }, code: "UnrecognizedClientException", body: unknown},
		{name: "token wrong", token: "t0ken", change: func(r *http.Request) { r.Header.Set("X-Amz-Security-Token", "t0kem") },
			code: "UnrecognizedClientException", body: unknown},
		{name: "token where none belongs", change: func(r *http.Request) { r.Header.Set("X-Amz-Security-Token", "x") },
			code: "UnrecognizedClientException", body: unknown},

		{name: "wrong signature", change: authorization(func(s string) string {
			return s[:len(s)-1] + string("0123456789abcdef1"[strings.IndexByte("0123456789abcdef", s[len(s)-1])+1])
		}),
			code: "InvalidSignatureException", body: wrong},
		{name: "altered body", change: func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(`{"a":2}`)) }, code: "InvalidSignatureException", body: wrong},
		{name: "altered body with a hash", change: func(r *http.Request) {
			r.Body = io.NopCloser(strings.NewReader(`{"a":2}`))
			r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
		}, code: "InvalidSignatureException", body: `{"message":"'X-Amz-Content-Sha256' must be a 'SignedHeader' in the AWS Authorization."}`},
		{name: "altered path", change: func(r *http.Request) { r.URL.RawPath = strings.Replace(r.URL.RawPath, "%3A", "%3a", 1) },
			code: "InvalidSignatureException", body: wrong},
		{name: "altered query", change: func(r *http.Request) { r.URL.RawQuery = "Qualifier=test" }, code: "InvalidSignatureException", body: wrong},
		{name: "altered header", change: func(r *http.Request) { r.Header.Set("X-Amz-Log-Type", "None") }, code: "InvalidSignatureException", body: wrong},
		{name: "altered host", change: func(r *http.Request) { r.Host = "127.0.0.1:9002" }, code: "InvalidSignatureException", body: wrong},
		{name: "second value of a header", change: func(r *http.Request) { r.Header.Add("X-Amz-Log-Type", "Tail") }, code: "InvalidSignatureException", body: wrong},
		{name: "unsigned parameter", change: func(r *http.Request) { r.Header.Set("X-Amz-Invocation-Type", "Event") }, code: "InvalidSignatureException",
			body: `{"message":"'X-Amz-Invocation-Type' must be a 'SignedHeader' in the AWS Authorization."}`},
		{name: "unsigned host", change: replace(";host", ""), code: "InvalidSignatureException",
			body: `{"message":"'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."}`},
		{name: "other region", scope: [2]string{"us-east-1", "lambda"}, code: "InvalidSignatureException",
			body: `{"message":"Credential should be scoped to a valid region."}`},
		{name: "other service", scope: [2]string{"eu-west-1", "execute-api"}, code: "InvalidSignatureException",
			body: `{"message":"Credential should be scoped to correct service: 'lambda'."}`},
		{name: "other terminator", change: replace("aws4_request", "aws5_request"), code: "InvalidSignatureException",
			body: `{"message":"Credential should be scoped with a valid terminator: 'aws4_request'."}`},
		{name: "other day", change: replace("/20261125/", "/20261124/"), code: "InvalidSignatureException",
			body: `{"message":"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ` +
				`'20261124' != '20261125', from '20261125T123600Z'."}`},
		{name: "expired", at: signedAt.Add(-5*time.Minute - time.Second), code: "InvalidSignatureException",
			body: `{"message":"Signature expired: 20261125T123059Z is now earlier than 20261125T123100Z (20261125T123600Z - 5 min.)"}`},
		{name: "not yet", at: signedAt.Add(5*time.Minute + time.Second), code: "InvalidSignatureException",
			body: `{"message":"Signature not yet current: 20261125T124101Z is still later than 20261125T124100Z (20261125T123600Z + 5 min.)"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.at.IsZero() {
				tt.at = signedAt
			}
			if tt.scope[0] == "" {
				tt.scope = [2]string{"eu-west-1", "lambda"}
			}
			r := signed(tt.token, tt.scope[0], tt.scope[1], tt.at)
			if tt.change != nil {
				tt.change(r)
			}
			w := httptest.NewRecorder()
			signingServer(tt.token).ServeHTTP(w, r)
			status, body := 403, tt.body
			if tt.code == "" {
				status, body = 200, "null"
			}
			if w.Code != status || w.Header().Get("X-Amzn-ErrorType") != tt.code || w.Body.String() != body {
				t.Errorf("got  %d %s %s\nwant %d %s %s", w.Code, w.Header().Get("X-Amzn-ErrorType"), w.Body, status, tt.code, body)
			}
			if got := w.Header().Get("Date"); got != "Wed, 25 Nov 2026 12:36:00 GMT" {
				t.Errorf("Date: %s", got)
			}
		})
	}
}

// The whole SDK against a server that verifies, temporary credentials and ARNs
// in the path included.
func TestSDKSignature(t *testing.T) {
	s := signingServer("t0ken")
	s.Region, s.Now = "us-east-1", nil
	for _, tt := range []struct{ key, secret, token, want string }{
		{"AKIDEXAMPLE", "secret/+key", "t0ken", ""},
		{"AKIDEXAMPLE", "other", "t0ken", "InvalidSignatureException"},
		{"AKIDEXAMPLE", "secret/+key", "other", "UnrecognizedClientException"},
		{"AKIDOTHER", "secret/+key", "t0ken", "UnrecognizedClientException"},
	} {
		// A client for each: the SDK keeps derived keys by access key alone.
		overBoth(t, s, func(t *testing.T, client *lambda.Client) {
			_, err := client.Invoke(t.Context(), &lambda.InvokeInput{
				FunctionName: aws.String("arn:aws:lambda:us-east-1:123456789012:function:fn:prod"), Qualifier: aws.String("prod"),
				Payload: bytes.Repeat([]byte("1"), 1000),
			}, func(o *lambda.Options) { o.Credentials = credentials(tt.key, tt.secret, tt.token) })
			code := ""
			if e, ok := errors.AsType[smithy.APIError](err); ok {
				code = e.ErrorCode()
			}
			if code != tt.want || (err == nil) != (tt.want == "") {
				t.Errorf("%+v: %v", tt, err)
			}
		})
	}
}

// A server whose clock is ahead: the SDK learns the difference from its answer
// and signs again.
func TestSDKClockSkew(t *testing.T) {
	ahead := signingServer("")
	ahead.Region = ""
	ahead.Now = func() time.Time { return time.Now().Add(time.Hour) }
	executions := &locallambda.Counter{Invoker: reply("null")}
	byRule := &locallambda.Server{Functions: locallambda.Functions{"fn": &locallambda.Faults{
		Invoker: executions,
		Rules:   []locallambda.FaultRule{{Calls: []int64{1, 3}, ClockSkew: -time.Hour}},
	}}}
	for name, s := range map[string]*locallambda.Server{"server": ahead, "rule": byRule} {
		t.Run(name, func(t *testing.T) {
			overBoth(t, s, func(t *testing.T, client *lambda.Client) {
				_, err := client.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String("fn")}, quickRetries,
					func(o *lambda.Options) { o.Credentials = credentials("AKIDEXAMPLE", "secret/+key", "") })
				if err != nil {
					t.Error(err)
				}
			})
		})
	}
	if executions.Total() != 2 {
		t.Errorf("%d executions by rule", executions.Total())
	}
}

// The SDK's signer and this package's verifier must agree about every request.
func FuzzSigV4(f *testing.F) {
	f.Add("fn", "prod", "eu-west-1", "token", "Tail", []byte("{}"))
	f.Add("arn:aws:lambda:us-east-1:123456789012:function:fn:$LATEST", "$LATEST", "us-gov-west-1", "", "  a   b ", []byte{0xff})
	f.Add("a b/c+d~%41", "a=b&c;d", "x", "t=/+", "ü", []byte(nil))
	f.Fuzz(func(t *testing.T, function, qualifier, region, token, header string, body []byte) {
		if strings.ContainsAny(region+token, "/, =\r\n\x00") || region == "" || strings.ContainsFunc(region+token+header, func(c rune) bool { return c < ' ' || c > '~' }) {
			t.Skip()
		}
		var verified *http.Request
		client := sdkClient("http://127.0.0.1:9001", recorder{func(r *http.Request) { verified = r }})
		client.Invoke(t.Context(), &lambda.InvokeInput{
			FunctionName: &function, Qualifier: &qualifier, TenantId: &header, Payload: body,
		}, func(o *lambda.Options) {
			o.Retryer = aws.NopRetryer{}
			o.Region = region
			o.Credentials = credentials("AKID", "secret", token)
		})
		if verified == nil {
			t.Skip()
		}
		s := &locallambda.Server{
			Credentials: locallambda.Credentials{AccessKeyID: "AKID", SecretAccessKey: "secret", SessionToken: token},
		}
		answer := func(r *http.Request) string {
			res, err := s.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			return res.Header.Get("X-Amzn-ErrorType")
		}
		var payload []byte
		if verified.Body != nil {
			payload, _ = io.ReadAll(verified.Body)
		}
		verified.Body = io.NopCloser(bytes.NewReader(payload))
		altered := verified.Clone(t.Context())
		altered.Body = io.NopCloser(bytes.NewReader(append(bytes.Clone(payload), ' ')))
		altered.ContentLength = -1
		switch code := answer(verified); code {
		case "InvalidSignatureException", "UnrecognizedClientException", "IncompleteSignatureException", "MissingAuthenticationTokenException":
			t.Errorf("the SDK's signature is refused: %s\n%s", code, verified.Header)
		case "UnknownOperationException":
			return
		}
		if code := answer(altered); code != "InvalidSignatureException" && code != "IncompleteSignatureException" {
			t.Errorf("an altered body is answered with %q", code)
		}
	})
}

// recorder is an HTTP client that only looks at its requests.
type recorder struct{ look func(*http.Request) }

func (c recorder) Do(r *http.Request) (*http.Response, error) {
	c.look(r)
	return nil, errors.New("recorded")
}
