// Package event translates HTTP messages into the events and answers of AWS's
// front doors to Lambda, and back. It does no I/O but to read the request body
// it is given, and imports only the standard library.
//
// The four directions:
//
//	Encode          request  -> event     what API Gateway and its kin do
//	Decode          answer   -> response
//	ParseRequest    event    -> request   what an adapter inside a function does
//	AppendAnswer    response -> answer
//
// Streams: a Sniffer tells what a stream begins with; DecodePrelude and
// AppendPrelude read and write the metadata before its body.
package event

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// Format names a front door. The numbers are those of vialambda.Format.
type Format int

const (
	RESTAPI       Format = iota + 1 // API Gateway REST API, payload 1.0
	HTTPAPI                         // API Gateway HTTP API, payload 2.0
	FunctionURL                     // Lambda function URL, payload 2.0
	ALB                             // Application Load Balancer, single-value headers
	ALBMultiValue                   // the same with multi-value headers
)

// Request is what an event says of an HTTP request, its body apart. Encode
// reads it and modifies nothing in it.
type Request struct {
	Method   string      // as received; "" means GET
	Path     string      // escaped, as on the request line; "" means "/"
	RawQuery string      // as on the request line, without "?"
	Header   http.Header // as the caller set it; what must not travel, Encode drops
	Add      [3]Field    // further fields, with names that Header has not, or none
	Host     string      // the event's Host header

	// Size is the body's length, -1 if unknown. It becomes the Content-Length
	// of formats that carry one.
	Size int64

	ID   [16]byte  // random; every id in the event is made from it
	Time time.Time // when the request was received

	SourceIP       string
	AccountID      string
	APIID          string
	Stage          string // "$default" means the stage is not part of the path
	DomainName     string
	TargetGroupARN string
	Authorizer     json.RawMessage   // a JSON object, or nil
	Identity       json.RawMessage   // a JSON object laid over identity, or nil
	StageVariables map[string]string // or nil

	Route Route

	// Front is what NewRESTFront makes of a Request with the same front door, or nil.
	// It changes nothing but how long a RESTAPI event takes.
	Front *RESTFront
}

// Field is a header field, its name canonical, and its values. Without a value it is none.
type Field struct {
	Name   string
	Values []string
}

// Route is what the API's routing makes of the path.
type Route struct {
	// Key is the route: "GET /items/{id}", "ANY /{proxy+}", "$default".
	// Empty means that there is no routing: REST events are those of a proxy
	// resource, the others those of the default route.
	Key string
	// Resource is the path of Key: "/items/{id}".
	Resource string
	// Params are the path parameters in order, values percent-encoded as in Path.
	Params []Param
}

// Param is one path parameter.
type Param struct{ Name, Value string }

// Response is what a function's answer says.
type Response struct {
	Status int
	// Header has canonical names. Hop-by-hop fields and Content-Length are not
	// in it.
	Header http.Header
	// ContentLength is what the function wrote as Content-Length; -1 if nothing,
	// or nothing that is a length. It is no statement about Body.
	ContentLength int64
	// Body may share memory with the answer that it was decoded from.
	Body []byte
}

// TooLargeError says that a body, or the event made of it, is over the limit.
type TooLargeError struct {
	Size, Limit int64 // bytes; Size is at least so much where the end was not read
}

func (e *TooLargeError) Error() string {
	return strconv.FormatInt(e.Size, 10) + " bytes, allowed are " + strconv.FormatInt(e.Limit, 10)
}

// MalformedError says why an answer is not an HTTP response of its format.
type MalformedError struct{ Reason string }

func (e *MalformedError) Error() string { return e.Reason }
