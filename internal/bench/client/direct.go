package client

import (
	"context"
	"fmt"
	"io"
	"net/http"
)

// direct sends the requests themselves, over plain HTTP, to what stands at the
// endpoint: a gateway, another proxy, or the stub. The function is the first
// segment of the path.
type direct struct {
	spec   *Spec
	client *http.Client
}

func newDirect(spec *Spec) *direct {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.ForceAttemptHTTP2 = false
	transport.DisableCompression = true
	sizedPool(spec.InFlight)(transport)
	return &direct{spec: spec, client: &http.Client{Transport: transport}}
}

func (d *direct) call(ctx context.Context, function string, w io.Writer) error {
	request, err := http.NewRequestWithContext(ctx, d.spec.Method, d.spec.Endpoint+"/"+function+d.spec.Path, nil)
	if err != nil {
		return err
	}
	request.Header = d.spec.Header.Clone()
	response, err := d.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", response.StatusCode)
	}
	return read(w, response.Body)
}
