package awslambda

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/schemas"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/aws/smithy-go/transport/http/protocol/restjson1"

	"github.com/vialambda/vialambda"
)

// sdk calls through a *lambda.Client.
type sdk struct {
	client      *lambda.Client
	region      string
	credentials *credentials
	clock       clock // the SDK has one of its own; this one tells when it was corrected
	version     string
}

// newSDK makes calls through client; anonymous says that it has no credentials, as
// is wanted.
func newSDK(client *lambda.Client, anonymous bool) *sdk {
	options := client.Options()
	return &sdk{
		client:      client,
		region:      options.Region,
		credentials: newCredentials(options.Credentials, anonymous),
		clock:       clock{disabled: options.DisableClockSkewCorrection},
		version:     version(),
	}
}

func (s *sdk) Invoke(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
	var sent exchange
	region := regionOf(in.Function, s.region)
	configure := func(o *lambda.Options) {
		// Once means once.
		o.Retryer = aws.NopRetryer{}
		o.Region = region
		o.HTTPClient = sent.through(o.HTTPClient)
		if _, ok := o.Protocol.(*restjson1.Protocol); ok && in.Stream {
			// All streams of a client share one decoder, which is not made for that.
			o.Protocol = restjson1.New(schemas.AWSGirApiService)
		}
		o.APIOptions = append(o.APIOptions, awsmiddleware.AddUserAgentKeyValue("vialambda", s.version))
		if in.TraceHeader != "" {
			o.APIOptions = append(o.APIOptions, smithyhttp.SetHeaderValue("X-Amzn-Trace-Id", in.TraceHeader))
		}
	}
	// Asked for here too, for the bound and the words of an error; the SDK finds
	// them in the cache.
	creds, err := s.credentials.retrieve(ctx)
	if err != nil {
		return nil, err
	}
	var result *vialambda.Result
	if in.Stream {
		result, err = s.stream(ctx, in, configure)
	} else {
		result, err = s.invoke(ctx, in, configure)
	}
	if err != nil {
		return nil, s.failed(ctx, err, &sent, call{in, region, creds})
	}
	return result, nil
}

func (s *sdk) invoke(ctx context.Context, in *vialambda.Invocation, configure func(*lambda.Options)) (*vialambda.Result, error) {
	out, err := s.client.Invoke(ctx, &lambda.InvokeInput{
		FunctionName:         &in.Function,
		Qualifier:            optional(in.Qualifier),
		Payload:              in.Payload,
		InvocationType:       types.InvocationType(typeWord(in.Type)),
		LogType:              logTypeOf(in),
		ClientContext:        optional(base64.StdEncoding.EncodeToString(in.ClientContext)),
		TenantId:             optional(in.TenantID),
		DurableExecutionName: optional(in.DurableName),
	}, configure)
	if err != nil {
		return nil, err
	}
	return &vialambda.Result{
		Status:        int(out.StatusCode),
		Payload:       io.NopCloser(bytes.NewReader(out.Payload)),
		Size:          int64(len(out.Payload)),
		FunctionError: aws.ToString(out.FunctionError),
		RequestID:     requestIDOf(out.ResultMetadata),
		Version:       aws.ToString(out.ExecutedVersion),
		LogTail:       decodeLog(aws.ToString(out.LogResult)),
	}, nil
}

func (s *sdk) stream(ctx context.Context, in *vialambda.Invocation, configure func(*lambda.Options)) (*vialambda.Result, error) {
	out, err := s.client.InvokeWithResponseStream(ctx, &lambda.InvokeWithResponseStreamInput{
		FunctionName:   &in.Function,
		Qualifier:      optional(in.Qualifier),
		Payload:        in.Payload,
		InvocationType: types.ResponseStreamingInvocationType(typeWord(in.Type)),
		LogType:        logTypeOf(in),
		ClientContext:  optional(base64.StdEncoding.EncodeToString(in.ClientContext)),
		TenantId:       optional(in.TenantID),
	}, configure)
	if err != nil {
		return nil, err
	}
	r := &sdkStream{ctx: ctx, events: out.GetStream()}
	r.Result = vialambda.Result{
		Status:    int(out.StatusCode),
		RequestID: requestIDOf(out.ResultMetadata),
		Version:   aws.ToString(out.ExecutedVersion),
		Payload:   r,
	}
	if out.StatusCode != http.StatusOK {
		_ = r.events.Close()
		r.Payload = http.NoBody
	}
	return &r.Result, nil
}

// failed makes of the SDK's error what New's Client would have returned.
func (s *sdk) failed(ctx context.Context, err error, sent *exchange, c call) error {
	if sent.header == nil {
		switch {
		case sent.asked == 0 && ctx.Err() != nil:
			return unsent(ctx)
		case sent.asked == 0 && c.region == "":
			return noRegion()
		case sent.asked == 0:
			return unasked(CodeNotSent, &sentence{essence(err), err})
		}
		err = networkError(err)
		failed := unanswered(ctx, sent.phase.mayHaveRun(ctx, err), err)
		failed.MayHaveRun = failed.MayHaveRun || sent.asked > 1 // by middleware that retries
		return failed
	}
	if sent.status/100 == 2 {
		return broken(ctx, requestID(sent.header), networkError(err))
	}
	if _, ok := errors.AsType[smithy.APIError](err); !ok {
		if code := errorCode(sent.header); code != "" {
			err = &smithy.GenericAPIError{Code: code}
		}
	}
	refused := refusal(sent.status, sent.header, err)
	switch {
	case blamesToken(refused.Code):
		refused.Renewed = s.credentials.renew(ctx, &c.creds)
	case s.clock.correct(refused.Code, sent.header, sent.at, sent.offset):
		refused.Renewed = true
	}
	addHint(refused, c)
	return refused
}

// networkError leaves of the SDK's error what happened.
func networkError(err error) error {
	if sent, ok := errors.AsType[*smithyhttp.RequestSendError](err); ok {
		return sent.Err
	}
	if op, ok := errors.AsType[*smithy.OperationError](err); ok {
		return op.Err
	}
	return err
}

// exchange is the one request of an invocation, as the SDK's HTTP client saw it.
type exchange struct {
	asked  int
	phase  *phase
	status int
	header http.Header   // of the answer; nil: there was none
	at     time.Time     // when the request was sent
	offset time.Duration // by which its signature was later
}

type doFunc func(*http.Request) (*http.Response, error)

func (f doFunc) Do(req *http.Request) (*http.Response, error) { return f(req) }

// through returns an HTTP client that sends through client and takes down what
// happens.
func (e *exchange) through(client lambda.HTTPClient) lambda.HTTPClient {
	return doFunc(func(req *http.Request) (*http.Response, error) {
		if req.Body != nil {
			// The SDK's body has a WriteTo that fails once it is closed, which
			// net/http takes for a failed request and closes the connection, in
			// the middle of a large answer.
			req.Body = struct{ io.ReadCloser }{req.Body}
		}
		e.asked++
		e.at = time.Now()
		if signed, err := time.Parse(timeLayout, req.Header.Get("X-Amz-Date")); err == nil {
			e.offset = signed.Sub(e.at)
		}
		tracer := httpClient{traced: isTraced(client)}
		ctx, phase := tracer.watch(req.Context())
		e.phase = phase
		resp, err := client.Do(req.WithContext(ctx))
		if err == nil {
			e.status, e.header = resp.StatusCode, resp.Header
		}
		return resp, err
	})
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func typeWord(t vialambda.InvocationType) string {
	if t == vialambda.RequestResponse {
		return ""
	}
	return t.String()
}

func logTypeOf(in *vialambda.Invocation) types.LogType {
	if in.LogTail {
		return types.LogTypeTail
	}
	return ""
}

func requestIDOf(m middleware.Metadata) string {
	id, _ := awsmiddleware.GetRequestIDMetadata(m)
	return id
}
