package client

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// plain posts an event that was made beforehand and reads the answer without
// looking at it: what net/http's transport costs everything that uses
// it. With a signer it also signs, as the SDK does.
type plain struct {
	spec        *Spec
	event       []byte
	client      *http.Client
	signer      *v4.Signer // nil: unsigned
	credentials aws.CredentialsProvider
}

func newPlain(spec *Spec, body []byte) (*plain, error) {
	event, err := capture(spec, body)
	if err != nil {
		return nil, fmt.Errorf("making the event: %w", err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.ForceAttemptHTTP2 = false
	sizedPool(spec.InFlight)(transport)
	p := &plain{spec: spec, event: event, client: &http.Client{Transport: transport}}
	if spec.Contender == Signed {
		p.signer = v4.NewSigner()
		p.credentials = awsConfig(spec).Credentials
	}
	return p, nil
}

func (p *plain) call(ctx context.Context, function string, w io.Writer) error {
	path := "/2015-03-31/functions/" + url.PathEscape(function) + "/invocations"
	if p.spec.Stream {
		path = "/2021-11-15/functions/" + url.PathEscape(function) + "/response-streaming-invocations"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.spec.Endpoint+path, bytes.NewReader(p.event))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/octet-stream")
	if p.signer != nil {
		if err := p.sign(ctx, request); err != nil {
			return err
		}
	}
	response, err := p.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", response.StatusCode)
	}
	return read(w, response.Body)
}

func (p *plain) sign(ctx context.Context, request *http.Request) error {
	secrets, err := p.credentials.Retrieve(ctx)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(p.event)
	return p.signer.SignHTTP(ctx, secrets, request, hex.EncodeToString(sum[:]), "lambda", region, time.Now())
}

// buffers are what bodies are read through: large enough that a bigger one
// saves no system call, small enough for a core's second-level cache.
var buffers = sync.Pool{New: func() any { return new([64 << 10]byte) }}

// read copies body to w to its end.
func read(w io.Writer, body io.Reader) error {
	buffer := buffers.Get().(*[64 << 10]byte)
	defer buffers.Put(buffer)
	_, err := io.CopyBuffer(w, body, buffer[:])
	return err
}
