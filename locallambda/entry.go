package locallambda

import (
	"cmp"
	"errors"
	"net/http"
	"time"

	"github.com/vialambda/vialambda"
)

// Entry says what became of an invocation. It has no payload, header or query.
// What a [Command] knows beyond it, such as whether its process was started for
// the invocation, it tells by its Observe, under the same request id.
type Entry struct {
	Time      time.Time     // when it began
	Duration  time.Duration // until its answer, a streamed one too, was complete
	Function  string        // as the caller named it
	RequestID string
	Version   string
	Type      vialambda.InvocationType
	Stream    bool
	Attempt   int // of an Event, from 1; else 0
	// Status is the API's answer; of an Event's run, 0, or that of the error that
	// kept it from being run.
	Status int
	// Code is the API's error, or of a function that failed its error type.
	Code string
	// FunctionError is "Unhandled" if the function failed.
	FunctionError string
	// Err is what kept the function from being run, or its answer from being had.
	// It is nil if the function ran to its end, whether it failed or not.
	Err error
}

// newEntry begins the entry of a run of in.
func (s *Server) newEntry(c *call, in *vialambda.Invocation) Entry {
	return Entry{
		Time:      s.now(),
		Function:  in.Function,
		RequestID: c.RequestID,
		Version:   c.Version,
		Type:      in.Type,
		Stream:    in.Stream,
	}
}

// end says how a run ended. The document is that of a function that failed, if
// it is known.
func (e *Entry) end(res *vialambda.Result, document []byte, err error) {
	failed, isFailure := errors.AsType[*vialambda.FunctionError](err)
	switch {
	case isFailure:
		e.FunctionError, e.Code = cmp.Or(failed.Kind, "Unhandled"), failed.Type
	case err != nil:
		answered := apiError(err)
		e.Status, e.Code = answered.Status, answered.Code
		e.Err = err
		return
	case res.FunctionError != "":
		e.FunctionError, e.Code = res.FunctionError, documentType(document)
	}
	if e.Type == vialambda.RequestResponse {
		e.Status = http.StatusOK
	}
}

// log gives an entry that is otherwise complete to s.Log.
func (s *Server) log(e Entry) {
	if s.Log != nil {
		e.Duration = s.now().Sub(e.Time)
		s.Log(e)
	}
}
