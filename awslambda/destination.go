package awslambda

import (
	"net/url"
	"strings"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/internal/memo"
)

// destination is where calls of one function go, and what they have in common.
type destination struct {
	*endpoint
	url       *url.URL // read only
	canonical string   // the canonical request up to its header: see message
	head      string   // of a small request
}

// called is what tells destinations apart.
type called struct {
	function, qualifier string
	stream              bool
}

// destinations finds destinations, and remembers them.
type destinations struct {
	region    string // of functions that name none
	userAgent string
	endpoints endpoints
	known     memo.Map[called, *destination]
}

// of returns the destination of in, or a *vialambda.InvokeError.
func (d *destinations) of(in *vialambda.Invocation) (*destination, error) {
	key := called{in.Function, in.Qualifier, in.Stream}
	if dest, ok := d.known.Get(key); ok {
		return dest, nil
	}
	ep, err := d.endpoints.of(regionOf(in.Function, d.region))
	if err != nil {
		return nil, err
	}
	dest := newDestination(ep, in, d.userAgent)
	key.function, key.qualifier = strings.Clone(key.function), strings.Clone(key.qualifier)
	d.known.Add(key, dest)
	return dest, nil
}

func newDestination(e *endpoint, in *vialambda.Invocation, userAgent string) *destination {
	u := e.url(in)
	return &destination{e, u, canonicalRequest(u.EscapedPath(), u.RawQuery), head(u, e.host, userAgent)}
}

const (
	invokePath   = "/2015-03-31/functions/"
	invokeSuffix = "/invocations"
	streamPath   = "/2021-11-15/functions/"
	streamSuffix = "/response-streaming-invocations"
)

// url returns the URL of in's function. Name or ARN are one segment of the path.
func (e *endpoint) url(in *vialambda.Invocation) *url.URL {
	prefix, suffix := invokePath, invokeSuffix
	if in.Stream {
		prefix, suffix = streamPath, streamSuffix
	}
	u := &url.URL{Scheme: e.scheme, Host: e.addr, Path: e.path + prefix + in.Function + suffix}
	if escaped := escape(in.Function, unreserved); escaped != in.Function || e.escapedPath != e.path {
		u.RawPath = e.escapedPath + prefix + escaped + suffix
	}
	if in.Qualifier != "" {
		u.RawQuery = "Qualifier=" + escape(in.Qualifier, unreserved)
	}
	return u
}
