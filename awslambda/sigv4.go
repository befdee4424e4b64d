package awslambda

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// field is one of the header fields that an Invoke request signs, and the only ones:
// what the SDK's signer signs of it, in the order that Signature Version 4 wants
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html).
type field int

const (
	contentLength field = iota
	contentType
	host
	clientContext
	date
	durableName
	invocationType
	logType
	securityToken
	tenantID
	fieldCount
)

// fields are the values of the signed fields; an empty one is not sent.
type fields [fieldCount]string

var signedNames = [fieldCount]string{
	"content-length",
	"content-type",
	"host",
	"x-amz-client-context",
	"x-amz-date",
	"x-amz-durable-execution-name",
	"x-amz-invocation-type",
	"x-amz-log-type",
	"x-amz-security-token",
	"x-amz-tenant-id",
}

const (
	timeLayout = "20060102T150405Z"
	algorithm  = "AWS4-HMAC-SHA256"
)

// message is what a signature covers.
type message struct {
	canonical string // what canonicalRequest returns
	fields    *fields
	payload   []byte
}

// sign sets the date and the session token of m and returns the Authorization
// header. It is aws/signer/v4's result for the same request.
func (e *endpoint) sign(m message, creds *aws.Credentials, now time.Time) (authorization string) {
	m.fields[date] = e.stamp.of(now)
	m.fields[securityToken] = creds.SessionToken
	day, _, _ := strings.Cut(m.fields[date], "T")
	key := e.key.of(e, creds, day)
	s := key.scratch.Get().(*scratch)
	defer key.scratch.Put(s)

	s.text = m.appendCanonical(s.text[:0])
	digest := sha256.Sum256(s.text)

	s.text = append(s.text[:0], algorithm+"\n"...)
	s.text = append(s.text, m.fields[date]...)
	s.text = append(s.text, '\n')
	s.text = append(s.text, key.scope...)
	s.text = append(s.text, '\n')
	s.text = hex.AppendEncode(s.text, digest[:])

	s.mac.Reset()
	s.mac.Write(s.text)
	s.sum = s.mac.Sum(s.sum[:0])

	s.text = append(s.text[:0], key.credential...)
	s.text = m.fields.appendNames(s.text)
	s.text = append(s.text, ", Signature="...)
	s.text = hex.AppendEncode(s.text, s.sum)
	return string(s.text)
}

// cachedStamp is the latest time, as timeLayout has it: that of most signatures.
type cachedStamp struct{ latest atomic.Pointer[stamp] }

type stamp struct {
	second int64 // as Unix has it
	text   string
}

func (c *cachedStamp) of(t time.Time) string {
	s := c.latest.Load()
	if second := t.Unix(); s == nil || s.second != second {
		s = &stamp{second, string(appendStamp(nil, t))}
		c.latest.Store(s)
	}
	return s.text
}

// appendStamp appends t as timeLayout has it.
func appendStamp(b []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	if year < 0 || year > 9999 {
		return t.AppendFormat(b, timeLayout)
	}
	two := func(n int) { b = append(b, byte('0'+n/10), byte('0'+n%10)) }
	two(year / 100)
	two(year % 100)
	two(int(month))
	two(day)
	b = append(b, 'T')
	two(hour)
	two(minute)
	two(second)
	return append(b, 'Z')
}

// canonicalRequest returns the canonical request up to its header. path and query
// are as on the request line, query sorted.
func canonicalRequest(path, query string) string {
	return string(appendPathAgain([]byte("POST\n"), path)) + "\n" + query + "\n"
}

// appendCanonical appends the canonical request.
func (m *message) appendCanonical(b []byte) []byte {
	b = append(b, m.canonical...)
	for f, value := range m.fields {
		if value != "" {
			b = append(b, signedNames[f]...)
			b = append(b, ':')
			b = appendTrimmed(b, value)
			b = append(b, '\n')
		}
	}
	b = append(b, '\n')
	b = m.fields.appendNames(b)
	b = append(b, '\n')
	digest := sha256.Sum256(m.payload)
	return hex.AppendEncode(b, digest[:])
}

// appendPathAgain appends an encoded path, encoded a second time, as for every
// service but S3.
func appendPathAgain(b []byte, path string) []byte {
	for i := range len(path) {
		if c := path[i]; c != '/' && !unreserved(c) {
			return appendEscaped(b, path, func(c byte) bool { return c == '/' || unreserved(c) })
		}
	}
	return append(b, path...)
}

// appendNames appends the names of the fields that are set, separated by semicolons.
func (f *fields) appendNames(b []byte) []byte {
	for i, value := range f {
		if value != "" {
			b = append(b, signedNames[i]...)
			b = append(b, ';')
		}
	}
	return b[:len(b)-1] // there always is a host
}

// appendTrimmed appends value without outer white space and with inner runs of
// spaces made one.
func appendTrimmed(b []byte, value string) []byte {
	value = strings.TrimSpace(value)
	if !strings.Contains(value, "  ") {
		return append(b, value...)
	}
	for i := range len(value) {
		if value[i] != ' ' || value[i-1] != ' ' {
			b = append(b, value[i])
		}
	}
	return b
}

// cachedKey holds the signing key of the last day and secret.
type cachedKey struct{ key atomic.Pointer[signingKey] }

// signingKey is derived from a secret, for one day, region and service.
type signingKey struct {
	date, id, secret string
	scope            string
	credential       string    // the Authorization header up to the names of the fields
	scratch          sync.Pool // of *scratch
}

// scratch is what one signature needs. Nothing in it outlives sign.
type scratch struct {
	mac       hash.Hash // keyed
	text, sum []byte
}

// of returns the key of the day, which is what timeLayout has before the T.
func (c *cachedKey) of(e *endpoint, creds *aws.Credentials, day string) *signingKey {
	k := c.key.Load()
	if k == nil || k.date != day || k.secret != creds.SecretAccessKey || k.id != creds.AccessKeyID {
		k = newSigningKey(strings.Clone(day), e.region, e.service, creds)
		c.key.Store(k)
	}
	return k
}

func newSigningKey(day, region, service string, creds *aws.Credentials) *signingKey {
	key := []byte("AWS4" + creds.SecretAccessKey)
	for _, part := range []string{day, region, service, "aws4_request"} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	k := &signingKey{
		date:   day,
		id:     creds.AccessKeyID,
		secret: creds.SecretAccessKey,
		scope:  day + "/" + region + "/" + service + "/aws4_request",
	}
	k.credential = algorithm + " Credential=" + k.id + "/" + k.scope + ", SignedHeaders="
	k.scratch.New = func() any { return &scratch{mac: hmac.New(sha256.New, key)} }
	return k
}
