package vialambda

import "net/http"

// Mount returns a RoundTripper that sends http+lambda:// URLs, and http:// and
// https:// ones whose host ends in [Suffix], through t, and all others through
// base; if that is nil, through http.DefaultTransport. Its method
// CloseIdleConnections reaches both.
//
//	client := &http.Client{Transport: vialambda.Mount(http.DefaultTransport, t)}
//
// Without the .lambda.internal names, http.Transport's own RegisterProtocol does
// the same: base.RegisterProtocol(vialambda.Scheme, t).
func Mount(base http.RoundTripper, t *Transport) http.RoundTripper {
	if base == nil {
		base = http.DefaultTransport
	}
	return &mounted{base: base, lambda: t}
}

type mounted struct {
	base   http.RoundTripper
	lambda *Transport
}

func (m *mounted) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL != nil && isLambda(req.URL) {
		return m.lambda.RoundTrip(req)
	}
	return m.base.RoundTrip(req)
}

func (m *mounted) CloseIdleConnections() {
	closeIdle(m.base)
	m.lambda.CloseIdleConnections()
}
