package awslambda

import (
	"net/http"
	"sync/atomic"
	"time"
)

// maxSkew is how far this machine's clock may be off before a refused signature is
// put down to that: AWS refuses at five minutes, the SDK corrects from four on.
const maxSkew = 4 * time.Minute

// maxTrusted is how long a call may have taken for its answer's date still to say
// something of the clock.
const maxTrusted = 15 * time.Minute

// clock is this machine's, put right by what AWS says the time is.
type clock struct {
	offset   atomic.Int64 // nanoseconds by which AWS is ahead
	disabled bool         // by the SDK's configuration
}

// now returns this machine's time and what to add to it for a signature.
func (c *clock) now() (now time.Time, offset time.Duration) {
	return time.Now(), time.Duration(c.offset.Load())
}

// correct puts the clock right after AWS refused, with code, what was sent at sent
// and signed with offset. It reports whether that has changed what the next
// signature will say.
func (c *clock) correct(code string, h http.Header, sent time.Time, offset time.Duration) bool {
	if c.disabled || !blamesClock(code) {
		return false
	}
	ahead, ok := clockAhead(h, sent)
	if !ok || (ahead-offset).Abs() <= maxSkew {
		return false
	}
	c.offset.Store(int64(ahead))
	return true
}

// clockAhead returns by how much AWS's clock is ahead of this machine's, from the
// header of an answer that has just come to what was sent at sent.
func clockAhead(h http.Header, sent time.Time) (ahead time.Duration, ok bool) {
	server, err := http.ParseTime(h.Get("Date"))
	if err != nil || h.Get("Age") != "" || time.Since(sent) > maxTrusted {
		return 0, false
	}
	return time.Until(server), true
}

// blamesClock reports whether a wrong clock can be behind an error of the API.
func blamesClock(code string) bool {
	switch code {
	case "InvalidSignatureException", "SignatureDoesNotMatch", "AuthFailure", "RequestTimeTooSkewed", "RequestExpired", "AccessDeniedException":
		return true
	}
	return false
}

// blamesToken reports whether the API says that the credentials have expired.
func blamesToken(code string) bool {
	switch code {
	case "ExpiredTokenException", "ExpiredToken":
		return true
	}
	return false
}
