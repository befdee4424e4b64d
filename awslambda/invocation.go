package awslambda

import (
	"encoding/base64"
	"os"
	"strings"

	"github.com/vialambda/vialambda"
)

// maxClientContext is the API's limit on a client context in base64
// (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html).
const maxClientContext = 3583

// check refuses what the API would in any case, and what it would misread.
func check(in *vialambda.Invocation) error {
	switch {
	case in.Function == "":
		return &vialambda.AddressError{Reason: "no function name: give a name or an ARN"}
	case in.Function == "." || in.Function == "..":
		return &vialambda.AddressError{Reason: "a function cannot be named " + in.Function}
	case in.Stream && in.Type == vialambda.Event:
		return &vialambda.AddressError{Reason: "an asynchronous call has no answer to stream: use one or the other"}
	case in.Stream && in.DurableName != "":
		return &vialambda.AddressError{Reason: "a durable execution cannot be streamed: use the buffered mode"}
	case base64.StdEncoding.EncodedLen(len(in.ClientContext)) > maxClientContext:
		return &vialambda.TooLargeError{
			What:  "client context",
			Size:  int64(base64.StdEncoding.EncodedLen(len(in.ClientContext))),
			Limit: maxClientContext,
		}
	}
	return nil
}

// arnPart returns the i-th part of an ARN, "" if function is none. Parts are
// arn, partition, service, region, account, and what belongs to the service.
func arnPart(function string, i int) string {
	if !strings.HasPrefix(function, "arn:") {
		return ""
	}
	for ; i > 0; i-- {
		_, rest, ok := strings.Cut(function, ":")
		if !ok {
			return ""
		}
		function = rest
	}
	part, _, _ := strings.Cut(function, ":")
	return part
}

// regionOf returns the region that function names, or fallback if it names none.
func regionOf(function, fallback string) string {
	if region := arnPart(function, 3); region != "" {
		return region
	}
	return fallback
}

// recursionTrace is the X-Ray header by which Lambda recognizes a function that
// calls itself. Inside Lambda the runtime hands it over in the environment, anew for
// each invocation (https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html).
type recursionTrace struct{ inLambda bool }

func newRecursionTrace() recursionTrace {
	_, ok := os.LookupEnv("AWS_LAMBDA_FUNCTION_NAME")
	return recursionTrace{ok}
}

// header returns the X-Amzn-Trace-Id to send: that of the invocation, else that of
// the function in which this program runs.
func (r recursionTrace) header(in *vialambda.Invocation) string {
	if in.TraceHeader != "" || !r.inLambda {
		return in.TraceHeader
	}
	return escapeTrace(os.Getenv("_X_AMZN_TRACE_ID"))
}

// escapeTrace percent-encodes what AWS's recursion detection does not allow in its
// header. A well-formed value is returned as it is.
func escapeTrace(value string) string {
	return escape(value, func(c byte) bool {
		return unreserved(c) && c != '.' && c != '_' && c != '~' || strings.IndexByte(`=;:+&[]{}"',`, c) >= 0
	})
}

// unreserved reports whether c stands for itself in a URL (RFC 3986, section 2.3).
func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		c == '-' || c == '.' || c == '_' || c == '~'
}

// escape returns text with every byte percent-encoded that keep does not keep.
func escape(text string, keep func(byte) bool) string {
	plain := true
	for i := 0; i < len(text) && plain; i++ {
		plain = keep(text[i])
	}
	if plain {
		return text
	}
	return string(appendEscaped(make([]byte, 0, len(text)+16), text, keep))
}

func appendEscaped(b []byte, text string, keep func(byte) bool) []byte {
	const hex = "0123456789ABCDEF"
	for i := range len(text) {
		if c := text[i]; keep(c) {
			b = append(b, c)
		} else {
			b = append(b, '%', hex[c>>4], hex[c&15])
		}
	}
	return b
}
