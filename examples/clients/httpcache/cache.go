// Package httpcache caches the answers of functions in this process, as their
// Cache-Control, ETag and Vary say (RFC 9111), with github.com/gohugoio/httpcache.
//
// A private cache: all who use one [New] see each other's answers. Requests with
// an Authorization or a Cookie go past it for that reason.
package httpcache

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gohugoio/httpcache"
	lru "github.com/hashicorp/golang-lru/v2"
)

const (
	maxBody   = 1 << 20          // the longest body that is stored, in bytes
	maxStored = maxBody + 64<<10 // the same with its header
)

// New returns a RoundTripper that keeps up to entries answers of the functions
// behind base, a *vialambda.Transport or what has one at its bottom. It panics if
// entries is not positive.
func New(base http.RoundTripper, entries int) http.RoundTripper {
	answers, err := lru.New[string, []byte](entries)
	if err != nil {
		panic(err)
	}
	return &httpcache.Transport{
		Transport:           dated{base},
		Cache:               memory{answers},
		MarkCachedResponses: true, // X-From-Cache: 1
		CacheKey:            key,
		ShouldCache:         worthKeeping,
	}
}

// key is what an answer is stored under; "" goes past the cache. Without it
// httpcache would store the answer to a POST, for every POST to the same URL.
func key(req *http.Request) string {
	if req.Method != http.MethodGet || slices.ContainsFunc([]string{"Range", "Authorization", "Cookie"}, func(name string) bool {
		return req.Header.Get(name) != ""
	}) {
		return ""
	}
	return req.URL.String()
}

// worthKeeping leaves out what httpcache itself would store: errors, streams of
// events, what is too long, and what no request matches.
func worthKeeping(_ *http.Request, resp *http.Response, _ string) bool {
	switch {
	case resp.StatusCode != http.StatusOK:
		return false
	case resp.ContentLength > maxBody:
		return false
	case resp.ContentLength < 0 && !resp.Uncompressed: // a stream: httpcache would collect it
		return false
	}
	return !strings.Contains(strings.Join(resp.Header.Values("Vary"), ","), "*")
}

// dated gives an answer the Date of its arrival, as every recipient with a clock
// must (RFC 9110, 6.6.1). Behind API Gateway the front door does that; a function
// rarely has one, and without it nothing is ever fresh.
type dated struct{ base http.RoundTripper }

// RoundTrip sends req through the base.
func (d dated) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := d.base.RoundTrip(req)
	if err == nil && resp.Header.Get("Date") == "" {
		resp.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	}
	return resp, err
}

// memory is an httpcache.Cache. Redis, a disk, anything with these three methods
// serves as well.
type memory struct{ answers *lru.Cache[string, []byte] }

func (m memory) Get(key string) ([]byte, bool) { return m.answers.Get(key) }
func (m memory) Delete(key string)             { m.answers.Remove(key) }

func (m memory) Set(key string, response []byte) {
	if len(response) > maxStored { // what was gzip has no length before its end
		m.answers.Remove(key)
		return
	}
	m.answers.Add(key, response)
}
