package gateway

import (
	"cmp"
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/internal/edge"
)

// exchange is one request and its answer.
type exchange struct {
	g  *Gateway
	s  *compiled
	w  http.ResponseWriter
	r  *http.Request
	rc *http.ResponseController

	record   Record
	route    *route // nil until it is known
	peer     peer
	deadline time.Time // of the next write

	answering atomic.Bool // RoundTrip has returned

	mu        sync.Mutex // the body may be read by another goroutine
	over      bool
	reserved  int64
	bodyBytes int64
	bodyDue   time.Time // zero: it is not awaited
	bodyErr   error
	queued    time.Duration
}

type exchangeKey struct{}

func exchangeFrom(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return x
}

func newExchange(g *Gateway, w http.ResponseWriter, r *http.Request) *exchange {
	x := &exchange{g: g, s: g.state.Load(), w: w, r: r, rc: http.NewResponseController(w)}
	x.peer = x.s.peerOf(r)
	x.record = Record{
		RequestID: cmp.Or(edge.RequestID(r.Header), strings.ToLower(rand.Text())),
		Start:     time.Now(),
		Method:    r.Method,
		Host:      r.Host,
		Path:      r.URL.Path,
		Proto:     r.Proto,
		Client:    x.peer.client,
		Info:      new(vialambda.Info),
	}
	return x
}

// serve answers the request.
func (x *exchange) serve() {
	x.extendWrite()
	if !x.admit() {
		return
	}
	lane := x.route.lane
	lane.inFlight.Add(1)
	defer lane.inFlight.Add(-1)

	ctx, cancel := context.WithTimeout(x.r.Context(), x.route.target.Timeout)
	defer cancel()
	ctx = context.WithValue(ctx, exchangeKey{}, x)
	ctx, x.record.Info = vialambda.WithInfo(ctx)
	out := x.outgoing(ctx)
	resp, err := lane.rt.RoundTrip(out)
	x.answering.Store(true)
	if err != nil {
		x.fail(out, err)
		return
	}
	defer resp.Body.Close()
	x.answer(resp)
}

// admit finds the request's route and checks all that can be checked before its
// body is read. It reports false if it has answered.
func (x *exchange) admit() bool {
	r := x.r
	if r.Method == http.MethodConnect {
		return x.refuse(http.StatusNotImplemented, "CONNECT is refused: this proxy leads to Lambda functions alone, by plain http: write http://function"+vialambda.Suffix+"/, and do not set HTTPS_PROXY to it")
	}
	absolute := r.URL.Host != ""
	if absolute && r.URL.Scheme != "http" && r.URL.Scheme != "https" {
		return x.refuse(http.StatusBadRequest, "the URL in the request line is not an http one")
	}
	segments, wrong := edge.SplitPath(x.path())
	var allow []string
	if wrong == "" {
		x.route, allow = x.s.table.find(hostOf(r.Host), r.Method, segments)
	}
	guard := x.s.guard
	if x.route != nil {
		guard = x.route.guard
		x.record.Route, x.record.Target = x.route.name, x.route.Target
	}
	status, reason := guard.Check(r)
	if status == http.StatusMisdirectedRequest && absolute {
		status, reason = http.StatusForbidden, "this proxy leads to the Lambda functions of its configuration alone: http://function"+vialambda.Suffix+"/; name all other hosts in NO_PROXY"
	}
	switch {
	case status != 0:
		return x.refuse(status, reason)
	case wrong != "":
		return x.refuse(http.StatusBadRequest, wrong)
	case len(allow) > 0:
		x.w.Header().Set("Allow", strings.Join(allow, ", "))
		return x.refuse(http.StatusMethodNotAllowed, "no route has this path with this method")
	case x.route == nil:
		return x.refuse(http.StatusNotFound, "no route has this path")
	case edge.Upgrades(r.Header):
		return x.refuse(http.StatusNotImplemented, "Upgrade is refused: an invocation of a function has no connection to switch to another protocol (WebSocket)")
	case r.ContentLength > x.route.target.MaxBody:
		return x.tooLarge()
	case r.ContentLength > 0 && !x.reserveBody(r.ContentLength):
		return x.overloaded()
	}
	return true
}

// path is the escaped path of the request.
func (x *exchange) path() string {
	if x.r.URL.Path == "" && x.r.URL.Opaque == "" {
		return "/" // http://host of an absolute request line
	}
	return x.r.URL.EscapedPath()
}

// outgoing is the request that the Transport gets.
func (x *exchange) outgoing(ctx context.Context) *http.Request {
	path := x.route.forward(x.path())
	u := &url.URL{Scheme: vialambda.Scheme, Host: x.route.lane.host, RawQuery: x.r.URL.RawQuery}
	u.Path, _ = url.PathUnescape(path) // SplitPath has looked at it
	u.RawPath = path
	out := &http.Request{
		Method: x.r.Method, URL: u, Host: x.r.Host,
		Proto: x.r.Proto, ProtoMajor: x.r.ProtoMajor, ProtoMinor: x.r.ProtoMinor,
		Header:        x.outgoingHeader(),
		Body:          x.body(),
		ContentLength: x.r.ContentLength,
		RemoteAddr:    x.peer.remoteAddr(),
	}
	if x.route.target.Front.DomainName != "" {
		out.Host = ""
	}
	return out.WithContext(ctx)
}

func (x *exchange) addQueued(d time.Duration) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.queued += d
}

// finish tells the observer, also when the answer ends in a panic.
func (x *exchange) finish() {
	x.mu.Lock()
	x.over = true
	x.record.BodyBytes, x.record.Queued = x.bodyBytes, x.queued
	reserved := x.reserved
	x.reserved = 0
	x.mu.Unlock()
	x.g.bytes.used.Add(-reserved)
	x.record.Duration = time.Since(x.record.Start)
	if x.s.Observe != nil {
		x.s.Observe(&x.record)
	}
}
