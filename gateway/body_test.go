package gateway_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vialambda/vialambda/gateway"
)

// TestSlowBodyIs408: also where the request's context ends before the Read that
// waits for the body, as net/http does it. A client that goes away before that is
// still one that has gone.
func TestSlowBodyIs408(t *testing.T) {
	for _, gone := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			var record gateway.Record
			gw := mustNew(t, single(answering(`{"statusCode":200}`), func(c *gateway.Config, _ *gateway.Target) {
				c.BodyTimeout = time.Minute
				c.Observe = func(r *gateway.Record) { record = *r }
			}))
			ctx, cancel := context.WithCancel(t.Context())
			wait := time.Minute
			if gone {
				wait -= time.Second
			}
			body := readerFunc(func([]byte) (int, error) {
				time.Sleep(wait)
				cancel()
				time.Sleep(time.Second)
				return 0, os.ErrDeadlineExceeded
			})
			defer func() {
				if v := recover(); (v == http.ErrAbortHandler) != gone {
					t.Errorf("gone %t: recovered %v", gone, v)
				}
				if record.ClientGone != gone || (record.Status == http.StatusRequestTimeout) == gone || record.MayRun {
					t.Errorf("gone %t: %+v", gone, record)
				}
				time.Sleep(time.Second) // for the Read
			}()
			do(gw, "POST", "/", func(r *http.Request) {
				*r = *r.WithContext(ctx)
				r.Body, r.ContentLength = io.NopCloser(body), -1
			})
		})
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
