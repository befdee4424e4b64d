package awslambda

import (
	"context"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/vialambda/vialambda"
)

// wire speaks the Invoke API over net/http.
type wire struct {
	caller       *Client // whose invoker this is
	http         *httpClient
	destinations destinations
	credentials  *credentials
	signer       lambda.HTTPSignerV4 // the caller's own, or nil
	clock        clock
	errors       errorReader
	trace        recursionTrace
	outgoings    outgoings

	// Header values that are the same in every request; net/http only reads them.
	userAgent, identity, octetStream []string
}

func newWire(s *settings, caller *Client) *wire {
	return &wire{
		caller:       caller,
		http:         s.http,
		destinations: destinations{region: s.options.Region, endpoints: endpoints{options: s.options, signed: !s.anonymous}},
		credentials:  newCredentials(s.options.Credentials, s.anonymous),
		signer:       s.signer,
		clock:        clock{disabled: s.options.DisableClockSkewCorrection},
		errors:       errorReader{s.options.Protocol},
		trace:        newRecursionTrace(),
		userAgent:    []string{userAgent(s.options.AppID)},
		identity:     []string{"identity"},
		octetStream:  []string{octetStream},
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
	watched, o := w.outgoings.get(ctx, in, w.http.traced)
	signing := watched
	if w.signer != nil {
		signing = ctx // what a signer may send is not the request
	}
	req, err := w.newRequest(signing, dest, in, o, &creds, now.Add(offset))
	if err != nil {
		return nil, unasked(CodeNotSent, err)
	}
	if w.signer != nil {
		req = req.WithContext(watched)
	}
	resp, err := w.http.do(req)
	if err != nil {
		return nil, unanswered(ctx, &o.phase, err)
	}
	if w.signer == nil && o.doneWithBody(resp) {
		in.Release(w.caller)
		w.outgoings.free(o, w.http.direct)
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

// call is what an error is about.
type call struct {
	in     *vialambda.Invocation
	region string
	creds  aws.Credentials // with which it was signed
}

var _ aws.HTTPClient = (*httpClient)(nil)
