// Package resty calls functions with github.com/go-resty/resty/v2.
//
// The one thing to know is in its retries: from RetryCount 1 on, resty sends again
// whatever came to an error, a POST that has run too. Leave RetryCount at 0, the
// default, and let [vialambda.Transport] retry what can be retried; or, to repeat
// answers of 429 and 503, use [RetryAnswers].
package resty

import (
	"net/http"

	"github.com/go-resty/resty/v2"

	"github.com/vialambda/vialambda"
)

// New returns a client of one function.
func New(t *vialambda.Transport, function string) *resty.Client {
	return resty.New().SetTransport(t).SetBaseURL(vialambda.Scheme + "://" + function)
}

// RetryAnswers lets client repeat, up to count times, requests that were answered
// with 429, 502, 503 or 504 and are idempotent by their method or their
// Idempotency-Key. Errors are not repeated: a condition, once there is one, decides
// alone. A body must be bytes, a string or a struct; resty does not rewind an
// io.Reader.
func RetryAnswers(client *resty.Client, count int) {
	client.SetRetryCount(count).SetLogger(silent{}).AddRetryCondition(func(resp *resty.Response, err error) bool {
		return err == nil && passing(resp.StatusCode()) && idempotent(resp.Request.RawRequest)
	})
}

func passing(status int) bool {
	return status == http.StatusTooManyRequests || status >= http.StatusBadGateway && status <= http.StatusGatewayTimeout
}

// idempotent is net/http's own rule.
func idempotent(req *http.Request) bool {
	switch req.Method {
	case "GET", "HEAD", "OPTIONS", "TRACE":
		return true
	}
	return req.Header["Idempotency-Key"] != nil || req.Header["X-Idempotency-Key"] != nil
}

// silent is for resty's logger, which prints each failed attempt to stderr, with
// its URL and the query in it.
type silent struct{}

func (silent) Errorf(string, ...any) {}
func (silent) Warnf(string, ...any)  {}
func (silent) Debugf(string, ...any) {}
