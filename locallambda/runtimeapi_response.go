package locallambda

import (
	"errors"
	"io"
	"net/http"
)

// serveResponse takes the function's answer.
//
// Nothing but the trailers tells whether a streamed answer is complete, and
// nothing but its encoding whether it is streamed: aws-lambda-go sends every
// answer in chunks and declares the trailers, but never names the mode. So each
// is read as it comes, up to its limit, and judged at its end.
func (w *worker) serveResponse(rw http.ResponseWriter, r *http.Request) {
	p := &runtimePost{rw: rw, r: r, api: w.api}
	defer p.close()
	inv, refusal := w.claim(r.PathValue("id"), r.Header.Get(invocationIDHeader), "InvocationResponse")
	if refusal != nil {
		p.refuse(*refusal)
		return
	}
	if mode := r.Header.Get(responseModeHeader); mode != "" && mode != "streaming" {
		w.answer(inv, nil, invalidMode(inv.call.RequestID))
		p.refuse(invalidResponseMode())
		return
	}
	if inv.stream != nil {
		w.takeStream(inv, p)
	} else {
		w.takeAnswer(inv, p)
	}
}

// takeAnswer reads an answer whole.
func (w *worker) takeAnswer(inv *invocation, p *runtimePost) {
	payload, err := readAnswer(p, p.r.ContentLength)
	switch {
	case errors.Is(err, errOversize):
		w.answer(inv, nil, oversize(maxAnswer))
		p.refuse(entityTooLarge(maxAnswer))
	case err != nil:
		w.interrupted(inv)
		p.refuse(truncatedRequest())
	case !w.answer(inv, payload, p.failure()):
		p.refuse(invokeTimeout())
	default:
		p.accept()
	}
}

// takeStream hands an answer on as it comes, as fast as the caller reads. When
// the caller reads no more it is read on, for the function to end as it would.
func (w *worker) takeStream(inv *invocation, p *runtimePost) {
	limit := int64(maxStream)
	if p.r.ContentLength >= 0 {
		limit = maxAnswer // a function that knows its answer's length does not stream
	}
	var (
		buf     = make([]byte, 32<<10)
		total   int64
		begun   bool
		reading bool
	)
	for over := p.r.ContentLength > limit; ; {
		if over {
			w.answer(inv, nil, oversize(limit))
			p.refuse(entityTooLarge(limit))
			return
		}
		n, err := p.Read(buf)
		if total += int64(n); total > limit {
			over = true
			n -= int(total - limit)
		}
		if n > 0 && !begun {
			begun = true
			reading = w.begin(inv)
		}
		if n > 0 && reading {
			reading = inv.stream.write(buf[:n])
		}
		switch {
		case over:
		case err == io.EOF: //nolint:errorlint // the end itself, as every Reader returns it
			if w.answer(inv, nil, p.failure()) {
				p.accept()
			} else {
				p.refuse(invokeTimeout())
			}
			return
		case err != nil:
			w.interrupted(inv)
			p.refuse(truncatedRequest())
			return
		}
	}
}

// serveError takes the error that the function reported.
func (w *worker) serveError(rw http.ResponseWriter, r *http.Request) {
	p := &runtimePost{rw: rw, r: r, api: w.api}
	defer p.close()
	inv, refusal := w.claim(r.PathValue("id"), r.Header.Get(invocationIDHeader), "InvocationErrorResponse")
	if refusal != nil {
		p.refuse(*refusal)
		return
	}
	document, err := readAnswer(p, r.ContentLength)
	switch {
	case errors.Is(err, errOversize):
		w.answer(inv, nil, oversize(maxAnswer))
		p.refuse(entityTooLarge(maxAnswer))
	case err != nil:
		w.interrupted(inv)
		p.refuse(truncatedRequest())
	case !w.answer(inv, nil, reportedFailure(r.Header.Get(errorTypeHeader), document)):
		p.refuse(invokeTimeout())
	default:
		p.accept()
	}
}

// serveInitError takes the error that keeps the function from starting.
func (w *worker) serveInitError(rw http.ResponseWriter, r *http.Request) {
	p := &runtimePost{rw: rw, r: r, api: w.api}
	defer p.close()
	document, err := readAnswer(p, r.ContentLength)
	switch {
	case errors.Is(err, errOversize):
		p.refuse(entityTooLarge(maxAnswer))
	case err != nil:
		p.refuse(truncatedRequest())
	default:
		if from, ok := w.cannotStart(reportedFailure(r.Header.Get(errorTypeHeader), document)); ok {
			p.accept()
		} else {
			p.refuse(invalidTransition(from, "InitError"))
		}
	}
}

var errOversize = errors.New("over the limit")

// readAnswer reads all of body, whose length is size, or not known if that is
// negative; errOversize if there are more than maxAnswer bytes.
func readAnswer(body io.Reader, size int64) ([]byte, error) {
	switch {
	case size > maxAnswer:
		return nil, errOversize
	case size >= 0:
		payload := make([]byte, size)
		_, err := io.ReadFull(body, payload)
		return payload, err
	}
	payload, err := io.ReadAll(io.LimitReader(body, maxAnswer+1))
	if err == nil && len(payload) > maxAnswer {
		err = errOversize
	}
	return payload, err
}
