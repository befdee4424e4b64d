package awslambda_test

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/smithy-go/middleware"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/awslambda"
)

// TestMiddlewareThatRetries has a caller's middleware send a request twice: the
// first may have run, the second cannot. What is said is true of both.
func TestMiddlewareThatRetries(t *testing.T) {
	url := cutter(t, func(conn *net.TCPConn, _ int) { readRequest(bufio.NewReader(conn)) })
	var dials atomic.Int64
	tr := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		if dials.Add(1) > 1 {
			return nil, &net.OpError{Op: "dial", Err: errors.New("no more")}
		}
		return new(net.Dialer).DialContext(ctx, network, addr)
	}}
	cfg := withClient(testConfig(url), &http.Client{Transport: tr})
	cfg.APIOptions = append(cfg.APIOptions, func(stack *middleware.Stack) error {
		return stack.Finalize.Add(middleware.FinalizeMiddlewareFunc("twice", func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
			if out, metadata, err := next.HandleFinalize(ctx, in); err == nil {
				return out, metadata, err
			}
			return next.HandleFinalize(ctx, in)
		}), middleware.After)
	})
	_, err := fromSDK(t, cfg).Invoke(t.Context(), &vialambda.Invocation{Function: "f", Payload: []byte("{}")})
	if failed := invokeError(t, err); !failed.MayHaveRun || dials.Load() != 2 {
		t.Errorf("%d dials, %+v", dials.Load(), failed)
	}
}

// TestMiddlewareThatFails has the SDK's pipeline end before anything is sent.
func TestMiddlewareThatFails(t *testing.T) {
	server := record(t, nil)
	cfg := testConfig(server.URL)
	cfg.APIOptions = append(cfg.APIOptions, func(*middleware.Stack) error { return errors.New("not today") })
	eachClient(t, cfg, func(t *testing.T, client *awslambda.Client) {
		_, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f"})
		if failed := invokeError(t, err); failed.MayHaveRun || failed.Code != awslambda.CodeNotSent || !strings.Contains(failed.Message, "not today") {
			t.Errorf("%+v", failed)
		}
	})
	if len(server.all()) != 0 {
		t.Error("a request came")
	}
}

// TestPipelineWithoutCredentials says that New wants credentials, also through the
// SDK's pipeline, which sends unsigned without.
func TestPipelineWithoutCredentials(t *testing.T) {
	server := record(t, nil)
	cfg := testConfig(server.URL)
	cfg.Credentials = nil
	cfg.APIOptions = append(cfg.APIOptions, setHeader("X-Own", "1"))
	_, err := newClient(t, cfg).Invoke(t.Context(), &vialambda.Invocation{Function: "f"})
	if failed := invokeError(t, err); failed.Code != awslambda.CodeNoCredentials {
		t.Errorf("%+v", failed)
	}
	result, err := fromSDK(t, cfg).Invoke(t.Context(), &vialambda.Invocation{Function: "f"})
	if err != nil {
		t.Fatal(err)
	}
	read(t, result)
	if got := server.last(t).Header.Get("Authorization"); got != "" {
		t.Errorf("FromSDK: Authorization %q", got)
	}
}
