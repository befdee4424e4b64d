package locallambda_test

import (
	"bytes"
	"context"
	"io"
	"math"
	"net/http"
	"strings"
	"testing"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

// writing is a function that writes n bytes.
func writing(n int64) vialambda.InvokerFunc {
	return func(ctx context.Context, _ *vialambda.Invocation) (*vialambda.Result, error) {
		return &vialambda.Result{Payload: io.NopCloser(io.LimitReader(zeros{ctx, nil}, n))}, nil
	}
}

func TestServerStreamLimit(t *testing.T) {
	if testing.Short() {
		t.Skip("moves 200 MiB")
	}
	functions := locallambda.Functions{"fn": writing(math.MaxInt64)}
	end, size := lastOf(t, functions.Client(), "http://localhost"+streamPath)
	if !strings.Contains(end, `"ErrorCode":"Function.ResponseSizeTooLarge"`) {
		t.Errorf("the stream ended with %q", end)
	}
	if overhead := size - 200<<20; overhead < 0 || overhead > 2<<20 {
		t.Errorf("%d bytes came", size)
	}
}

// lastOf posts and reads the answer, of which it returns the end and the size.
func lastOf(t testing.TB, client *http.Client, url string) (end string, size int64) {
	res, err := client.Post(url, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	last := &lastBytes{}
	size, err = io.Copy(last, struct{ io.Reader }{res.Body})
	if err != nil {
		t.Fatal(err)
	}
	return string(last.kept), size
}

// lastBytes keeps the last 512 bytes written.
type lastBytes struct{ kept []byte }

func (l *lastBytes) Write(p []byte) (int, error) {
	l.kept = append(l.kept, p[max(0, len(p)-512):]...)
	l.kept = bytes.Clone(l.kept[max(0, len(l.kept)-512):])
	return len(p), nil
}
