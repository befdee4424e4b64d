package awslambda

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync"

	"github.com/vialambda/vialambda"
)

// outgoing is what is made for one request, but for what net/http wants to be new: its
// phase, its body and its header.
type outgoing struct {
	phase
	foreign bool // its hooks call the caller's, too

	payload []byte
	reader  io.ReadCloser                 // of phase.body, which reads payload
	reread  func() (io.ReadCloser, error) // payload from its beginning

	values [sentCount]string
	header http.Header // of values
	sent   uint        // which of them are in header, as bits
}

// What is sent beside the fields that are signed.
const (
	authorization = iota + fieldCount
	traceID
	sentCount
)

// sentNames are the fields as net/http spells them; "" are those that net/http
// writes by itself, and the Content-Type, which is always the same.
var sentNames = [sentCount]string{
	clientContext:  "X-Amz-Client-Context",
	date:           "X-Amz-Date",
	durableName:    "X-Amz-Durable-Execution-Name",
	invocationType: "X-Amz-Invocation-Type",
	logType:        "X-Amz-Log-Type",
	securityToken:  "X-Amz-Security-Token",
	tenantID:       "X-Amz-Tenant-Id",
	authorization:  "Authorization",
	traceID:        "X-Amzn-Trace-Id",
}

func newOutgoing(traced bool) *outgoing {
	o := &outgoing{header: make(http.Header, 8)}
	o.begin(traced)
	// Exactly this type: of any other body, net/http sends the headers in a packet
	// of their own.
	o.reader = io.NopCloser(&o.body)
	o.reread = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(o.payload)), nil }
	return o
}

// signed are the values of the signed fields.
func (o *outgoing) signed() *fields { return (*fields)(o.values[:fieldCount]) }

// makeHeader makes the header of the values, with octetStream for a Content-Type, and
// returns it. If it had the same fields before, it has their values already.
func (o *outgoing) makeHeader(octetStream, userAgent []string) http.Header {
	var sent uint
	for i, value := range &o.values {
		if value != "" {
			sent |= 1 << i
		}
	}
	if sent == o.sent {
		return o.header
	}
	o.sent = sent
	clear(o.header)
	for i, name := range &sentNames {
		if name != "" && sent>>i&1 != 0 {
			o.header[name] = o.values[i : i+1 : i+1]
		}
	}
	if o.values[contentType] != "" {
		o.header["Content-Type"] = octetStream
	}
	o.header["User-Agent"] = userAgent
	return o.header
}

// outgoings are those of one wire that can be used again.
type outgoings struct{ pool sync.Pool }

// get returns an outgoing with the payload of in, and a context under which a request
// is recorded in its phase.
//
// Hooks of the caller's become hooks of the phase, so they get one that was never used,
// and is not used again: net/http looks for a PutIdleConn as late as when an answer has
// been read.
func (p *outgoings) get(ctx context.Context, in *vialambda.Invocation, traced bool) (context.Context, *outgoing) {
	var o *outgoing
	foreign := httptrace.ContextClientTrace(ctx) != nil
	if !foreign {
		o, _ = p.pool.Get().(*outgoing)
	}
	if o == nil {
		o = newOutgoing(traced)
	}
	o.foreign = foreign
	o.payload = in.Payload
	o.body.Reset(in.Payload)
	return httptrace.WithClientTrace(ctx, &o.trace), o
}

// free is called when phase.doneWithBody says so. It lets another call use o if net/http's
// transport had the request from us, so that nobody has changed its header.
func (p *outgoings) free(o *outgoing, direct bool) {
	o.forget()
	o.payload = nil // net/http's pools hold on to headers, and with them to o
	if !direct || o.foreign {
		return
	}
	o.values = [sentCount]string{}
	p.pool.Put(o)
}
