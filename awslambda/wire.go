package awslambda

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/vialambda/vialambda"
)

// wire speaks the Invoke API.
type wire struct {
	caller       *Client // whose invoker this is
	http         *httpClient
	destinations destinations
	credentials  *credentials
	signer       lambda.HTTPSignerV4 // the caller's own, or nil
	clock        clock
	errors       errorReader
	trace        recursionTrace
	userAgent    string
	buffers      sync.Pool // of *[]byte, for small requests
}

func newWire(s *settings, caller *Client) *wire {
	agent := userAgent(s.options.AppID)
	small := s.http.small
	if s.signer != nil {
		small = nil // it signs what is net/http's
	}
	return &wire{
		caller: caller,
		http:   s.http,
		destinations: destinations{
			region:    s.options.Region,
			userAgent: agent,
			endpoints: endpoints{options: s.options, signed: !s.anonymous, small: small},
		},
		credentials: newCredentials(s.options.Credentials, s.anonymous),
		signer:      s.signer,
		clock:       clock{disabled: s.options.DisableClockSkewCorrection},
		errors:      errorReader{s.options.Protocol},
		trace:       newRecursionTrace(),
		userAgent:   agent,
		buffers:     sync.Pool{New: func() any { return new([]byte) }},
	}
}

func (w *wire) Invoke(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
	dest, err := w.destinations.of(in)
	if err != nil {
		return nil, err
	}
	creds, err := w.credentials.retrieve(ctx)
	if err != nil {
		return nil, err
	}
	now, offset := w.clock.now()
	resp, err := w.send(ctx, dest, in, &creds, now.Add(offset))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode/100 != 2 {
		refused := w.errors.read(ctx, resp)
		switch {
		case blamesToken(refused.Code):
			refused.Renewed = w.credentials.renew(ctx, &creds)
		case w.clock.correct(refused.Code, resp.Header, now, offset):
			refused.Renewed = true
		}
		addHint(refused, call{in, dest.region, creds})
		return nil, refused
	}
	if in.Stream && resp.StatusCode == http.StatusOK {
		return newStream(ctx, resp), nil
	}
	return newAnswer(ctx, resp), nil
}

// send sends in, signed as of at, and returns the answer or a *vialambda.InvokeError.
func (w *wire) send(ctx context.Context, d *destination, in *vialambda.Invocation, creds *aws.Credentials, at time.Time) (*http.Response, error) {
	r := request{in: in}
	r.fill(d, w.trace.header(in))
	if w.signer == nil {
		r.sign(d, creds, at)
	}
	if w.goesOverHTTP1(ctx, d, &r) {
		resp, err := w.sendSmall(ctx, d, &r)
		in.Release(w.caller)
		return resp, err
	}
	watched, phase := w.http.watch(ctx)
	req := w.forNetHTTP(watched, d, &r)
	if w.signer != nil && creds.HasKeys() {
		// What a signer may send under its context is not the request.
		req = req.WithContext(ctx)
		digest := sha256.Sum256(in.Payload)
		if err := w.signer.SignHTTP(ctx, *creds, req, hex.EncodeToString(digest[:]), d.service, d.region, at); err != nil {
			return nil, unasked(CodeNotSent, err)
		}
		req = req.WithContext(watched)
	}
	resp, err := w.http.do(req)
	if err != nil {
		return nil, unanswered(ctx, phase.mayHaveRun(ctx, err), err)
	}
	return resp, nil
}

// call is what an error is about.
type call struct {
	in     *vialambda.Invocation
	region string
	creds  aws.Credentials // with which it was signed
}

var _ aws.HTTPClient = (*httpClient)(nil)
