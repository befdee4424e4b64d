package vialambda_test

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vialambda/vialambda"
)

func TestInfo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{answers: []func(context.Context, *vialambda.Invocation) (*vialambda.Result, error){
			func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) {
				time.Sleep(time.Second)
				return nil, throttled
			},
			func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) {
				time.Sleep(2 * time.Second)
				r := result(ok)
				r.LogTail = []byte("START\nREPORT RequestId: x\tDuration: 3.01 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\tInit Duration: 110.10 ms\t\n")
				return r, nil
			}}}
		tr := &vialambda.Transport{Invoker: f, Format: vialambda.HTTPAPI, Targets: vialambda.Targets{"f": {Function: "g", LogTail: true}}}
		ctx, info := vialambda.WithInfo(t.Context())
		roundTrip(t, tr, newRequest(t, "GET", "http+lambda://prod.f/", nil).WithContext(ctx))
		if info.Function != "g" || info.Qualifier != "prod" || info.Format != vialambda.HTTPAPI || info.Mode != vialambda.Buffered ||
			info.Attempts != 2 || info.RequestID == "" || info.Version != "$LATEST" ||
			info.EventBytes != int64(len(f.last(t).Payload)) || info.AnswerBytes != int64(len(ok)) {
			t.Errorf("%+v", info)
		}
		if info.Wait != 3*time.Second || info.Backoff > 100*time.Millisecond || info.Connect != 0 {
			t.Errorf("Wait %v, Backoff %v, Connect %v", info.Wait, info.Backoff, info.Connect)
		}
		report, found := info.Report()
		want := vialambda.Report{Duration: 3010 * time.Microsecond, Billed: 4 * time.Millisecond, Init: 110100 * time.Microsecond, MemoryMB: 128, MaxMemoryMB: 36}
		if !found || report != want || !report.Cold() {
			t.Errorf("report is %+v, %v", report, found)
		}
		if !f.last(t).LogTail {
			t.Error("the log was not asked for")
		}
	})
}

func TestInfoOnError(t *testing.T) {
	ctx, info := vialambda.WithInfo(t.Context())
	tr := &vialambda.Transport{Invoker: failing(&vialambda.InvokeError{Code: "AccessDeniedException", Status: 403, RequestID: "aws"})}
	_, err := tr.RoundTrip(newRequest(t, "GET", "http+lambda://f/", nil).WithContext(ctx))
	if err == nil || info.RequestID != "aws" || info.Attempts != 1 {
		t.Errorf("%v, %+v", err, info)
	}
	tr = &vialambda.Transport{Invoker: functionFailed(`{}`)}
	_, err = tr.RoundTrip(newRequest(t, "GET", "http+lambda://f/", nil).WithContext(ctx))
	if err == nil || info.RequestID != "11111111-2222-4333-8444-555555555555" {
		t.Errorf("%v, %+v", err, info)
	}
	if _, found := info.Report(); found {
		t.Error("a report out of nothing")
	}
}

func TestTrace(t *testing.T) {
	var calls []string
	hook := func(name string) func(*vialambda.Info) {
		return func(*vialambda.Info) { calls = append(calls, name) }
	}
	var failed []error
	inner := &vialambda.Trace{
		Resolved: hook("resolved"), Encoded: hook("encoded"), AttemptStart: hook("start"),
		AttemptDone: func(_ *vialambda.Info, err error) { failed = append(failed, err); calls = append(calls, "done") },
		Done:        func(*vialambda.Info, error) { calls = append(calls, "Done") },
	}
	synctest.Test(t, func(t *testing.T) {
		ctx := vialambda.WithTrace(t.Context(), &vialambda.Trace{Resolved: hook("outer")})
		ctx = vialambda.WithTrace(ctx, inner)
		req := newRequest(t, "GET", "http+lambda://f/", nil).WithContext(ctx)
		roundTrip(t, &vialambda.Transport{Invoker: failing(throttled, nil)}, req)
	})
	want := []string{"resolved", "outer", "encoded", "start", "done", "start", "done", "Done"}
	if !reflect.DeepEqual(calls, want) || !errors.Is(failed[0], throttled) || failed[1] != nil {
		t.Errorf("calls are %v, errors %v", calls, failed)
	}
}
