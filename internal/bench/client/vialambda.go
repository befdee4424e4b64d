package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/vialambda/vialambda"
)

// viaLambda sends ordinary requests through vialambda.Transport.
type viaLambda struct {
	spec   *Spec
	body   []byte
	client *http.Client
}

func newVialambda(spec *Spec, body []byte) *viaLambda {
	return &viaLambda{spec: spec, body: body, client: &http.Client{
		Transport: &vialambda.Transport{Invoker: newInvoker(spec), Mode: mode(spec)},
	}}
}

func mode(spec *Spec) vialambda.Mode {
	if spec.Stream {
		return vialambda.Stream
	}
	return vialambda.Buffered
}

func (v *viaLambda) call(ctx context.Context, function string, w io.Writer) error {
	response, err := v.do(ctx, function)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", response.StatusCode)
	}
	return read(w, response.Body)
}

func (v *viaLambda) do(ctx context.Context, function string) (*http.Response, error) {
	var body io.Reader
	if v.body != nil {
		body = bytes.NewReader(v.body)
	}
	request, err := http.NewRequestWithContext(ctx, v.spec.Method, "http+lambda://"+function+v.spec.Path, body)
	if err != nil {
		return nil, err
	}
	request.Header = v.spec.Header.Clone()
	return v.client.Do(request)
}

// errCaptured ends the call that capture makes.
var errCaptured = errors.New("captured")

// capture returns the event that vialambda makes of spec's request, so that the
// plain contenders post the same bytes.
func capture(spec *Spec, body []byte) ([]byte, error) {
	var event []byte
	v := &viaLambda{spec: spec, body: body, client: &http.Client{
		Transport: &vialambda.Transport{
			Mode: mode(spec),
			Invoker: vialambda.InvokerFunc(func(_ context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
				event = bytes.Clone(in.Payload)
				return nil, errCaptured
			}),
		},
	}}
	if _, err := v.do(context.Background(), spec.Function); !errors.Is(err, errCaptured) { //nolint:bodyclose // there is none
		return nil, fmt.Errorf("no event was sent: %w", err)
	}
	return event, nil
}
