package event

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// appendUUID appends id as a UUID (RFC 9562, version 4).
func appendUUID(dst []byte, id [16]byte) []byte {
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	for i, c := range id {
		switch i {
		case 4, 6, 8, 10:
			dst = append(dst, '-')
		}
		dst = append(dst, hexDigits[c>>4], hexDigits[c&0xf])
	}
	return dst
}

// appendExtendedID appends id as API Gateway's extended request ids look, which
// an HTTP API uses for request ids too: 16 characters, "ATfSmjLgPHcESJw=".
func appendExtendedID(dst []byte, id [16]byte) []byte {
	return base64.URLEncoding.AppendEncode(dst, id[5:])
}

// appendTraceID appends an X-Ray trace id: "Root=1-6a5145a8-536f3e792f6be9b44c1f46fa"
// (https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html).
func appendTraceID(dst []byte, r *Request) []byte {
	seconds := uint32(r.Time.Unix())
	dst = append(dst, "Root=1-"...)
	dst = hex.AppendEncode(dst, []byte{byte(seconds >> 24), byte(seconds >> 16), byte(seconds >> 8), byte(seconds)})
	return hex.AppendEncode(append(dst, '-'), r.ID[4:])
}

// appendResourceID appends an id of six characters, as API Gateway's resources
// and deployments have: the same for the same part of the same API.
func appendResourceID(dst []byte, r *Request, part string) []byte {
	n := hashMore(hashMore(2166136261, r.APIID)^'/', part)
	for range 6 {
		dst = append(dst, "0123456789abcdefghijklmnopqrstuvwxyz"[n%36])
		n /= 36
	}
	return dst
}

// hashMore goes on with the hash n, FNV-1a of 32 bits, over s.
func hashMore(n uint32, s string) uint32 {
	for i := range len(s) {
		n = (n ^ uint32(s[i])) * 16777619
	}
	return n
}

// appendTime appends t as appendLogTime does. Most events are of the same second as one
// before.
func (s *scratch) appendTime(dst []byte, t time.Time) []byte {
	if second := t.Unix(); second != s.second || len(s.stamp) == 0 {
		s.stamp, s.second = appendLogTime(s.stamp[:0], t), second
	}
	return append(dst, s.stamp...)
}

// appendLogTime appends t as the common log format has it: "10/Jul/2026:19:19:04 +0000".
func appendLogTime(dst []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	dst = append(appendTwoDigits(dst, day), '/')
	dst = append(append(dst, month.String()[:3]...), '/')
	dst = strconv.AppendInt(dst, int64(year), 10)
	for _, n := range [...]int{hour, minute, second} {
		dst = appendTwoDigits(append(dst, ':'), n)
	}
	return append(dst, " +0000"...)
}

func appendTwoDigits(dst []byte, n int) []byte {
	return append(dst, byte('0'+n/10), byte('0'+n%10))
}

// domainPrefix returns the first label of a domain name.
func domainPrefix(name string) string {
	label, _, _ := strings.Cut(name, ".")
	return label
}
