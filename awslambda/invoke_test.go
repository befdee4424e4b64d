package awslambda_test

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/awslambda"
)

// TestRequestsAreTheSDKs sends the same calls by New, by FromSDK and by the SDK
// alone, and compares what arrives.
func TestRequestsAreTheSDKs(t *testing.T) {
	for name, in := range map[string]*vialambda.Invocation{
		"plain":         {Function: "orders", Payload: []byte(`{"a":1}`)},
		"no payload":    {Function: "orders"},
		"empty payload": {Function: "orders", Payload: []byte{}},
		"qualifier":     {Function: "orders", Qualifier: "$LATEST", Payload: []byte("{}")},
		"name:alias":    {Function: "orders:prod", Payload: []byte("{}")},
		"partial ARN":   {Function: "123456789012:function:orders:7", Payload: []byte("{}")},
		"ARN":           {Function: "arn:aws:lambda:us-east-1:123456789012:function:orders:$LATEST", Payload: []byte("{}")},
		"odd name":      {Function: `a/b c?d#e%2F&ü~_.-`, Qualifier: "x y+z&=/ü", Payload: []byte("{}")},
		"event":         {Function: "orders", Type: vialambda.Event, Payload: []byte("{}")},
		"dry run":       {Function: "orders", Type: vialambda.DryRun},
		"all fields": {Function: "orders", Payload: []byte("{}"), LogTail: true, ClientContext: []byte(`{"client":{}}`),
			TenantID: "acme inc", DurableName: "order-1", TraceHeader: "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"},
		"stream": {Function: "orders", Stream: true, Qualifier: "prod", Payload: []byte("{}"), LogTail: true, TenantID: "acme", ClientContext: []byte("{}")},
	} {
		t.Run(name, func(t *testing.T) {
			server := record(t, func(w http.ResponseWriter, r *http.Request) {
				switch r.Header.Get("X-Amz-Invocation-Type") {
				case "Event":
					w.WriteHeader(http.StatusAccepted)
				case "DryRun":
					w.WriteHeader(http.StatusNoContent)
				}
			})
			cfg := testConfig(server.URL + "/base/")
			invokeBare(t, cfg, in)
			want := server.last(t)
			eachClient(t, cfg, func(t *testing.T, client *awslambda.Client) {
				result, err := client.Invoke(t.Context(), in)
				if err != nil {
					t.Fatal(err)
				}
				result.Payload.Close()
				got := server.last(t)
				if got.RequestURI != want.RequestURI || got.Host != want.Host || got.Method != want.Method {
					t.Errorf("got  %s %s%s\nwant %s %s%s", got.Method, got.Host, got.RequestURI, want.Method, want.Host, want.RequestURI)
				}
				if string(got.body) != string(want.body) || got.ContentLength != want.ContentLength {
					t.Errorf("body: got %q (%d), want %q (%d)", got.body, got.ContentLength, want.body, want.ContentLength)
				}
				for _, field := range []string{"Content-Type", "X-Amz-Invocation-Type", "X-Amz-Log-Type", "X-Amz-Client-Context",
					"X-Amz-Tenant-Id", "X-Amz-Durable-Execution-Name", "X-Amzn-Trace-Id"} {
					if got, want := got.Header[field], want.Header[field]; !slices.Equal(got, want) {
						t.Errorf("%s: got %q, want %q", field, got, want)
					}
				}
				if !strings.HasPrefix(got.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/") {
					t.Errorf("Authorization: %q", got.Header.Get("Authorization"))
				}
				if agent := got.UserAgent(); !strings.Contains(agent, "vialambda/") {
					t.Errorf("User-Agent: %q", agent)
				}
			})
		})
	}
}

// invokeBare makes the call with the SDK alone.
func invokeBare(t *testing.T, cfg aws.Config, in *vialambda.Invocation) {
	t.Helper()
	httpClient := &http.Client{Transport: new(http.Transport)}
	defer httpClient.CloseIdleConnections()
	cfg.HTTPClient = httpClient
	client := lambda.NewFromConfig(cfg, func(o *lambda.Options) {
		if in.TraceHeader != "" {
			o.APIOptions = append(o.APIOptions, setHeader("X-Amzn-Trace-Id", in.TraceHeader))
		}
	})
	var clientContext, qualifier, tenant, durable *string
	if in.ClientContext != nil {
		clientContext = aws.String(base64.StdEncoding.EncodeToString(in.ClientContext))
	}
	for to, from := range map[**string]string{&qualifier: in.Qualifier, &tenant: in.TenantID, &durable: in.DurableName} {
		if from != "" {
			*to = aws.String(from)
		}
	}
	var logType types.LogType
	if in.LogTail {
		logType = types.LogTypeTail
	}
	if in.Stream {
		out, err := client.InvokeWithResponseStream(t.Context(), &lambda.InvokeWithResponseStreamInput{
			FunctionName: aws.String(in.Function), Qualifier: qualifier, Payload: in.Payload, LogType: logType, ClientContext: clientContext, TenantId: tenant,
		})
		if err != nil {
			t.Fatal(err)
		}
		out.GetStream().Close()
		return
	}
	var kind types.InvocationType
	if in.Type != vialambda.RequestResponse {
		kind = types.InvocationType(in.Type.String())
	}
	if _, err := client.Invoke(t.Context(), &lambda.InvokeInput{
		FunctionName: aws.String(in.Function), Qualifier: qualifier, Payload: in.Payload, InvocationType: kind, LogType: logType,
		ClientContext: clientContext, TenantId: tenant, DurableExecutionName: durable,
	}); err != nil {
		t.Fatal(err)
	}
}

func TestResult(t *testing.T) {
	const payload = `{"statusCode":200}`
	server := record(t, func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Amzn-RequestId", "8a7c1b9e-5b0d-4c53-9a0d-0123456789ab")
		h.Set("X-Amz-Executed-Version", "7")
		h.Set("X-Amz-Log-Result", base64.StdEncoding.EncodeToString([]byte("START\nEND\n")))
		h.Set("Content-Length", itoa(len(payload)))
		io.WriteString(w, payload)
	})
	eachClient(t, testConfig(server.URL), func(t *testing.T, client *awslambda.Client) {
		result, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f", LogTail: true})
		if err != nil {
			t.Fatal(err)
		}
		if got := string(read(t, result)); got != payload {
			t.Errorf("payload %q", got)
		}
		if result.Status != 200 || result.Size != int64(len(payload)) || result.FunctionError != "" ||
			result.RequestID != "8a7c1b9e-5b0d-4c53-9a0d-0123456789ab" || result.Version != "7" || string(result.LogTail) != "START\nEND\n" {
			t.Errorf("%+v", result)
		}
	})
}

// TestTrapA1A2 says that the header decides whether a function failed, whatever its
// payload looks like.
func TestTrapA1A2(t *testing.T) {
	for name, payload := range map[string]string{
		"A1 error document":         `{"errorMessage":"boom","errorType":"X"}`,
		"A2 looks like an answer":   `{"statusCode":200,"body":"ok"}`,
		"A2 nothing in the payload": ``,
	} {
		t.Run(name, func(t *testing.T) {
			server := record(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("X-Amz-Function-Error", "Unhandled")
				io.WriteString(w, payload)
			})
			eachClient(t, testConfig(server.URL), func(t *testing.T, client *awslambda.Client) {
				result, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f"})
				if err != nil {
					t.Fatal(err)
				}
				if got := string(read(t, result)); result.FunctionError != "Unhandled" || got != payload {
					t.Errorf("function error %q, payload %q", result.FunctionError, got)
				}
			})
		})
	}
}

// TestTrapA6 says that 202 and 204 are successes without a payload.
func TestTrapA6(t *testing.T) {
	for kind, status := range map[vialambda.InvocationType]int{vialambda.Event: 202, vialambda.DryRun: 204} {
		t.Run(kind.String(), func(t *testing.T) {
			server := record(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
			eachClient(t, testConfig(server.URL), func(t *testing.T, client *awslambda.Client) {
				result, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f", Type: kind, Payload: []byte("{}")})
				if err != nil {
					t.Fatal(err)
				}
				if payload := read(t, result); result.Status != status || len(payload) != 0 {
					t.Errorf("status %d, payload %q", result.Status, payload)
				}
			})
		})
	}
	t.Run("DryRun of a stream", func(t *testing.T) {
		server := record(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
		eachClient(t, testConfig(server.URL), func(t *testing.T, client *awslambda.Client) {
			result, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f", Type: vialambda.DryRun, Stream: true})
			if err != nil {
				t.Fatal(err)
			}
			if payload := read(t, result); result.Status != 204 || len(payload) != 0 {
				t.Errorf("status %d, payload %q", result.Status, payload)
			}
		})
	})
}

func TestInvocationsThatCannotBe(t *testing.T) {
	server := record(t, nil)
	eachClient(t, testConfig(server.URL), func(t *testing.T, client *awslambda.Client) {
		for name, in := range map[string]*vialambda.Invocation{
			"no function":       {},
			"dot":               {Function: "."},
			"dots":              {Function: ".."},
			"asynchronous":      {Function: "f", Stream: true, Type: vialambda.Event},
			"durable in stream": {Function: "f", Stream: true, DurableName: "n"},
		} {
			_, err := client.Invoke(t.Context(), in)
			if _, ok := errors.AsType[*vialambda.AddressError](err); !ok {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f", ClientContext: make([]byte, 2688)})
		if large, ok := errors.AsType[*vialambda.TooLargeError](err); !ok || large.Size != 3584 || large.Limit != 3583 {
			t.Errorf("client context: %v", err)
		}
		if _, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f\n"}); err != nil {
			t.Errorf("a name is escaped, whatever it is: %v", err)
		}
		_, err = client.Invoke(t.Context(), &vialambda.Invocation{Function: "f", TenantID: "a\r\nX-Amz-Invocation-Type: Event"})
		if failed := invokeError(t, err); failed.MayHaveRun {
			t.Errorf("a header in a header: %+v", failed)
		}
	})
	for _, r := range server.all() {
		if r.Header.Get("X-Amz-Invocation-Type") != "" {
			t.Error("a tenant id became a header")
		}
	}
}

// TestLambdaTrace says that a call from inside a function carries that function's
// trace, by which Lambda finds calls that go round in circles.
func TestLambdaTrace(t *testing.T) {
	const trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=557abcec3ee5a047;Sampled=1"
	t.Setenv("AWS_LAMBDA_FUNCTION_NAME", "caller")
	t.Setenv("_X_AMZN_TRACE_ID", trace)
	server := record(t, nil)
	eachClient(t, testConfig(server.URL), func(t *testing.T, client *awslambda.Client) {
		for in, want := range map[string]string{"": trace, "Root=1-own": "Root=1-own"} {
			if _, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f", TraceHeader: in}); err != nil {
				t.Fatal(err)
			}
			if got := server.last(t).Header.Get("X-Amzn-Trace-Id"); got != want {
				t.Errorf("with %q: got %q, want %q", in, got, want)
			}
		}
		t.Setenv("_X_AMZN_TRACE_ID", "Root=1;x=ä b")
		if _, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f"}); err != nil {
			t.Fatal(err)
		}
		if got, want := server.last(t).Header.Get("X-Amzn-Trace-Id"), "Root=1;x=%C3%A4%20b"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		t.Setenv("_X_AMZN_TRACE_ID", trace)
	})
}

func TestUserAgent(t *testing.T) {
	server := record(t, nil)
	cfg := testConfig(server.URL)
	cfg.AppID = "my app/1"
	t.Setenv("AWS_EXECUTION_ENV", "AWS_Lambda_go1.x")
	client := newClient(t, cfg)
	if _, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f"}); err != nil {
		t.Fatal(err)
	}
	agent := server.last(t).UserAgent()
	for _, part := range []string{"vialambda/", " lang/go#", " exec-env/AWS_Lambda_go1.x", " app/my-app-1"} {
		if !strings.Contains(agent, part) {
			t.Errorf("%q has no %q", agent, part)
		}
	}
}

func TestNilClient(t *testing.T) {
	client := awslambda.FromSDK(nil)
	client.CloseIdleConnections()
	_, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f"})
	if failed := invokeError(t, err); failed.MayHaveRun || !strings.Contains(err.Error(), "nil *lambda.Client") {
		t.Errorf("%v", err)
	}
}
