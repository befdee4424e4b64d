// Package retryable combines github.com/hashicorp/go-retryablehttp with the
// retries of vialambda, so that once means once and attempts do not multiply.
//
// [vialambda.Transport] retries invocations: it knows whether the function can
// have run, what Retry-After the API gave and what the budget for retries is.
// What it does not look at is the status of an answer, and that is left for
// go-retryablehttp: [New].
//
// The default policy of go-retryablehttp sends everything again that failed or
// was answered with 429 or 5xx, a POST too. Never use it in front of functions.
package retryable

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/vialambda/vialambda"
)

// New returns a client that sends requests through base, a *vialambda.Transport or
// what has one at its bottom, and sends them again by [CheckAnswer]. Nothing is
// logged: go-retryablehttp's own logger prints URLs with their queries.
func New(base http.RoundTripper) *retryablehttp.Client {
	client := retryablehttp.NewClient()
	client.HTTPClient = &http.Client{Transport: base}
	client.CheckRetry = CheckAnswer
	client.ErrorHandler = retryablehttp.PassthroughErrorHandler // the last answer, not an error instead of it
	client.Logger = nil
	return client
}

// CheckAnswer is a [retryablehttp.CheckRetry] that leaves errors to the Transport,
// which has done what can be done about them, and retries answers: 429, 502, 503
// and 504 of a request that is idempotent.
func CheckAnswer(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if ctx.Err() != nil || err != nil {
		return false, ctx.Err()
	}
	return passing(resp.StatusCode) && idempotent(resp.Request), nil
}

// CheckAll is a [retryablehttp.CheckRetry] for who wants all retries in one place,
// in front of a Transport whose Retry.MaxAttempts is 1. An error is retried only
// if it proves that the function did not run, or if the method is idempotent. An
// Idempotency-Key counts for answers alone: of a request that failed, net/http
// tells its method and no more.
//
// The Transport's own retries are better: what CheckAll cannot see is the
// Retry-After of a throttle and the budget.
func CheckAll(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if err == nil || ctx.Err() != nil {
		return CheckAnswer(ctx, resp, err)
	}
	failed, ok := errors.AsType[*vialambda.InvokeError](err)
	if !ok { // the function ran and failed, or the request cannot be sent at all
		return false, nil
	}
	if _, untrusted := errors.AsType[*tls.CertificateVerificationError](err); untrusted {
		return false, nil
	}
	unreached := failed.Status == 0 && failed.Code == ""
	if !unreached && failed.Status != http.StatusTooManyRequests && failed.Status < 500 {
		return false, nil
	}
	return !failed.MayHaveRun || safe(method(err)), nil
}

func passing(status int) bool {
	return status == http.StatusTooManyRequests || status >= http.StatusBadGateway && status <= http.StatusGatewayTimeout
}

// idempotent is net/http's own rule.
func idempotent(req *http.Request) bool {
	return safe(req.Method) || req.Header["Idempotency-Key"] != nil || req.Header["X-Idempotency-Key"] != nil
}

func safe(method string) bool {
	return slices.Contains([]string{"GET", "HEAD", "OPTIONS", "TRACE"}, method)
}

// method is what http.Client has made the Op of its error of: "Get" of GET.
func method(err error) string {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return strings.ToUpper(e.Op)
	}
	return ""
}
