package vialambda

import (
	"fmt"
	"strconv"
)

// Format names the AWS front door whose events a function expects and whose
// answers it gives. The zero value means "not set": see [Target] and [Transport].
type Format int

const (
	// RESTAPI is an API Gateway REST API with Lambda proxy integration, payload
	// 1.0: what lambda-httpx and lambda-requests send. The default.
	RESTAPI Format = iota + 1
	// HTTPAPI is an API Gateway HTTP API, payload 2.0.
	HTTPAPI
	// FunctionURL is a Lambda function URL, payload 2.0.
	FunctionURL
	// ALB is an Application Load Balancer's target group with single-value headers.
	ALB
	// ALBMultiValue is ALB with lambda.multi_value_headers.enabled.
	ALBMultiValue
	// Raw sends the request's body as the payload and returns the function's
	// payload as the body: for functions that were never HTTP.
	Raw
)

var formatNames = [...]string{
	RESTAPI:       "rest-api",
	HTTPAPI:       "http-api",
	FunctionURL:   "function-url",
	ALB:           "alb",
	ALBMultiValue: "alb-multi-value",
	Raw:           "raw",
}

// String returns the name that [ParseFormat] reads: rest-api, http-api,
// function-url, alb, alb-multi-value or raw.
func (f Format) String() string {
	if f.valid() {
		return formatNames[f]
	}
	return "Format(" + itoa(int(f)) + ")"
}

func (f Format) valid() bool { return f >= RESTAPI && f <= Raw }

// ParseFormat is the inverse of [Format.String].
func ParseFormat(name string) (Format, error) {
	for f := RESTAPI; f <= Raw; f++ {
		if name == formatNames[f] {
			return f, nil
		}
	}
	return 0, fmt.Errorf("unknown format %q: use rest-api, http-api, function-url, alb, alb-multi-value or raw", clip(name, 40))
}

// Mode says how the answer of a function is fetched. The zero value means
// "not set": see [Target] and [Transport].
type Mode int

const (
	// Buffered calls Invoke: the answer arrives whole, at most 6,291,556 bytes
	// of it. The default.
	Buffered Mode = iota + 1
	// Stream calls InvokeWithResponseStream: the answer arrives as the function
	// writes it, at most 200 MB of it.
	Stream
	// Auto streams and reads whatever comes, a buffered function's answer too.
	// It never calls twice to find out.
	Auto
)

// String returns the name that [ParseMode] reads: buffered, stream or auto.
func (m Mode) String() string {
	switch m {
	case Buffered:
		return "buffered"
	case Stream:
		return "stream"
	case Auto:
		return "auto"
	}
	return "Mode(" + itoa(int(m)) + ")"
}

// ParseMode is the inverse of [Mode.String].
func ParseMode(name string) (Mode, error) {
	for m := Buffered; m <= Auto; m++ {
		if name == m.String() {
			return m, nil
		}
	}
	return 0, fmt.Errorf("unknown mode %q: use buffered, stream or auto", clip(name, 40))
}

func itoa(n int) string { return strconv.Itoa(n) }
