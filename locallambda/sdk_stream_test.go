package locallambda_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

// chunks is a streaming function that writes these, and then ends with err.
func chunks(err error, texts ...string) vialambda.InvokerFunc {
	return func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) {
		r, w := io.Pipe()
		res := &vialambda.Result{Payload: r}
		go func() {
			for _, text := range texts {
				io.WriteString(w, text)
			}
			res.LogTail = []byte("REPORT")
			w.CloseWithError(err)
		}()
		return res, nil
	}
}

// stream collects what a stream delivers: the payload, the last event, the error.
func stream(t *testing.T, client *lambda.Client, in *lambda.InvokeWithResponseStreamInput) (string, *types.InvokeWithResponseStreamCompleteEvent, error) {
	out, err := client.InvokeWithResponseStream(t.Context(), in, ownProtocol, func(o *lambda.Options) { o.Retryer = aws.NopRetryer{} })
	if err != nil {
		return "", nil, err
	}
	defer out.GetStream().Close()
	var payload strings.Builder
	var end *types.InvokeWithResponseStreamCompleteEvent
	for event := range out.GetStream().Events() {
		switch event := event.(type) {
		case *types.InvokeWithResponseStreamResponseEventMemberPayloadChunk:
			payload.Write(event.Value.Payload)
		case *types.InvokeWithResponseStreamResponseEventMemberInvokeComplete:
			end = &event.Value
		default:
			t.Errorf("event %T", event)
		}
	}
	return payload.String(), end, out.GetStream().Err()
}

func TestSDKStream(t *testing.T) {
	failure := &vialambda.FunctionError{Kind: "Unhandled", Type: "ValueError", Message: "no <more>", Trace: []byte(`["a.py"]`)}
	s := &locallambda.Server{Functions: locallambda.Functions{
		"fine":     chunks(nil, `{"statusCode":200}`, "\x00\x00\x00\x00\x00\x00\x00\x00", "body"),
		"empty":    chunks(nil),
		"fails":    chunks(failure, "some"),
		"document": failing(`{"errorMessage":"boom","errorType":"Error"}`),
		"silent":   failing(`"x"`),
		"service":  chunks(errors.New("out of paper"), "some"),
		"large":    reply(strings.Repeat("0123456789", 300_000)),
	}}
	overBoth(t, s, func(t *testing.T, client *lambda.Client) {
		for _, tt := range []struct {
			name, payload, code, details string
		}{
			{name: "fine", payload: "{\"statusCode\":200}\x00\x00\x00\x00\x00\x00\x00\x00body"},
			{name: "empty"},
			{name: "fails", payload: "some", code: "ValueError", details: `{"errorMessage":"no <more>","errorType":"ValueError","stackTrace":["a.py"]}`},
			{name: "document", code: "Error", details: `{"errorMessage":"boom","errorType":"Error"}`},
			{name: "silent", code: "Unhandled", details: `"x"`},
			{name: "large", payload: strings.Repeat("0123456789", 300_000)},
		} {
			for _, logType := range []types.LogType{"", types.LogTypeTail} {
				t.Run(fmt.Sprint(tt.name, logType), func(t *testing.T) {
					payload, end, err := stream(t, client, &lambda.InvokeWithResponseStreamInput{FunctionName: &tt.name, LogType: logType})
					if err != nil || payload != tt.payload {
						t.Errorf("payload %.200q, error %v", payload, err)
					}
					if end == nil {
						t.Fatal("no InvokeComplete")
					}
					if aws.ToString(end.ErrorCode) != tt.code || aws.ToString(end.ErrorDetails) != tt.details {
						t.Errorf("ended with %q %s", aws.ToString(end.ErrorCode), aws.ToString(end.ErrorDetails))
					}
					tail, _ := base64.StdEncoding.DecodeString(aws.ToString(end.LogResult))
					if want := map[string]string{"fine": "REPORT", "empty": "REPORT", "fails": "REPORT"}[tt.name]; logType != "" && string(tail) != want ||
						logType == "" && end.LogResult != nil {
						t.Errorf("log %q", tail)
					}
				})
			}
		}
		payload, end, err := stream(t, client, &lambda.InvokeWithResponseStreamInput{FunctionName: aws.String("service")})
		if e, ok := errors.AsType[*types.ServiceException](err); !ok || e.ErrorMessage() != "out of paper" || payload != "some" || end != nil {
			t.Errorf("service: %q, %v, %v", payload, end, err)
		}
		_, _, err = stream(t, client, &lambda.InvokeWithResponseStreamInput{FunctionName: aws.String("absent")})
		if _, ok := errors.AsType[*types.ResourceNotFoundException](err); !ok {
			t.Errorf("absent: %v", err)
		}
		payload, end, err = stream(t, client, &lambda.InvokeWithResponseStreamInput{
			FunctionName: aws.String("fine"), InvocationType: types.ResponseStreamingInvocationTypeDryRun,
		})
		if payload != "" || end != nil {
			t.Errorf("dry run: %q %v %v", payload, end, err)
		}
	})
}

// The function writes its second piece only when the first has been read: if
// anything on the way waited for more, nothing would ever arrive.
func TestSDKStreamArrivesAsItIsWritten(t *testing.T) {
	read := make(chan struct{})
	s := &locallambda.Server{Functions: locallambda.Functions{
		"fn": vialambda.InvokerFunc(func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) {
			r, w := io.Pipe()
			go func() {
				for i := range 3 {
					fmt.Fprintf(w, "data: %d\n\n", i)
					<-read
				}
				w.Close()
			}()
			return &vialambda.Result{Payload: r}, nil
		}),
	}}
	overBoth(t, s, func(t *testing.T, client *lambda.Client) {
		out, err := client.InvokeWithResponseStream(t.Context(), &lambda.InvokeWithResponseStreamInput{FunctionName: aws.String("fn")}, ownProtocol)
		if err != nil {
			t.Fatal(err)
		}
		defer out.GetStream().Close()
		var got []string
		for event := range out.GetStream().Events() {
			if chunk, ok := event.(*types.InvokeWithResponseStreamResponseEventMemberPayloadChunk); ok {
				got = append(got, string(chunk.Value.Payload))
				read <- struct{}{}
			}
		}
		if fmt.Sprintf("%q", got) != `["data: 0\n\n" "data: 1\n\n" "data: 2\n\n"]` {
			t.Errorf("%q", got)
		}
	})
}

// A thousand callers read the beginning of a stream and go away. Each function
// runs on to its end, and nothing stays behind.
func TestTrapD8CallersGoAway(t *testing.T) {
	const size, callers = 100_000, 500
	var read atomic.Int64
	ended := make(chan error, callers)
	s := &locallambda.Server{
		Log: func(e locallambda.Entry) { ended <- e.Err },
		Functions: locallambda.Functions{
			"fn": vialambda.InvokerFunc(func(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
				return &vialambda.Result{Payload: io.NopCloser(io.LimitReader(zeros{ctx, &read}, size))}, nil
			}),
		},
	}
	overBoth(t, s, func(t *testing.T, client *lambda.Client) {
		read.Store(0)
		for range callers {
			out, err := client.InvokeWithResponseStream(t.Context(), &lambda.InvokeWithResponseStreamInput{FunctionName: aws.String("fn")}, ownProtocol)
			if err != nil {
				t.Fatal(err)
			}
			<-out.GetStream().Events()
			out.GetStream().Close()
		}
		for range callers {
			if err := <-ended; err != nil {
				t.Fatalf("the function was stopped: %v", err)
			}
		}
		if n := read.Load(); n != size*callers {
			t.Errorf("of %d bytes %d were taken from the functions", size*callers, n)
		}
	})
}

// zeros reads as zeros as long as its context lasts, and counts them.
type zeros struct {
	ctx  context.Context
	read *atomic.Int64
}

func (z zeros) Read(b []byte) (int, error) {
	clear(b)
	if z.read != nil {
		z.read.Add(int64(len(b)))
	}
	return len(b), z.ctx.Err()
}
