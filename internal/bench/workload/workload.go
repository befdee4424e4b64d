// Package workload says what is measured: the requests, what the stub answers
// to them, and how many calls are made at once.
package workload

import (
	"net/http"
	"time"
)

// MaxEvent is Lambda's limit of a synchronous request, in bytes.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const MaxEvent = 6 << 20

// Case is one kind of call.
type Case struct {
	// Name is the key in tables and the name of the function that is called.
	Name string
	// Title is what a reader sees.
	Title string

	// Method, Path and Body are the HTTP request that a caller wants made.
	Method, Path string
	Body         Content // the zero Content: none

	// Answer is the body of the HTTP response that the function gives; its
	// status is 200.
	Answer Content

	// Wait is how long the function takes before it answers.
	Wait time.Duration
	// Stream is how many body bytes the function streams; 0 if it does not.
	Stream int64
}

// Content is a body.
type Content struct {
	Type string // Content-Type
	Size int    // bytes
	// Make returns Size bytes, the same ones in every process.
	Make func(size int) []byte
	// Binary says that the bytes travel in base64.
	Binary bool
}

// Bytes makes the body; nil if there is none.
func (c Content) Bytes() []byte {
	if c.Make == nil {
		return nil
	}
	return c.Make(c.Size)
}

// Header returns the header that every contender sends with c's request.
func (c *Case) Header() http.Header {
	header := http.Header{
		"Accept":        {"application/json"},
		"Authorization": {"Bearer 5f0c1e6f2b7a4d1c9a3e"},
		"User-Agent":    {"bench/1"},
	}
	if c.Body.Make != nil {
		header.Set("Content-Type", c.Body.Type)
	}
	return header
}

// Size is the length of the body that a caller of c gets.
func (c *Case) Size() int64 {
	if c.Stream > 0 {
		return c.Stream
	}
	return int64(c.Answer.Size)
}

// Names of the cases.
const (
	Small     = "small"
	JSON100K  = "json-100k"
	Up4M      = "up-4m"
	Down4M    = "down-4m"
	Down5M    = "down-5m"
	Wait100ms = "wait-100ms"
	Stream200 = "stream-200m"
)

// Names of the stub's functions that are no case.
const (
	// Inspect answers with the SHA-256 of the body in the event, in hex.
	Inspect = "inspect"
	// Hold answers as Small does, once the stub has been told to let go.
	Hold = "hold"
	// BarrierPrefix and a number N make a function that answers as Small does,
	// once N calls of it wait.
	BarrierPrefix = "barrier-"
)

// Cases returns all cases, in the order of the tables.
func Cases() []*Case {
	const kib, mib = 1 << 10, 1 << 20
	small := Content{Type: "application/json", Size: len(smallDocument), Make: func(int) []byte { return []byte(smallDocument) }}
	return []*Case{{
		Name: Small, Title: "small GET",
		Method: http.MethodGet, Path: "/items/42?expand=stock&lang=de",
		Answer: small,
	}, {
		Name: JSON100K, Title: "100 KiB JSON each way",
		Method: http.MethodPost, Path: "/items",
		Body:   Content{Type: "application/json", Size: 100 * kib, Make: JSON},
		Answer: Content{Type: "application/json", Size: 100 * kib, Make: JSON},
	}, {
		Name: Up4M, Title: "4 MiB binary up",
		Method: http.MethodPut, Path: "/files/42",
		Body:   Content{Type: "application/octet-stream", Size: 4 * mib, Make: Binary, Binary: true},
		Answer: small,
	}, {
		Name: Down4M, Title: "4 MiB binary down",
		Method: http.MethodGet, Path: "/files/42",
		Answer: Content{Type: "application/octet-stream", Size: 4 * mib, Make: Binary, Binary: true},
	}, {
		Name: Down5M, Title: "5 MiB UTF-8 JSON down",
		Method: http.MethodGet, Path: "/export",
		Answer: Content{Type: "application/json", Size: 5 * mib, Make: JSON},
	}, {
		Name: Wait100ms, Title: "a function that takes 100 ms",
		Method: http.MethodGet, Path: "/slow",
		Answer: small,
		Wait:   100 * time.Millisecond,
	}, {
		Name: Stream200, Title: "200 MB stream",
		Method: http.MethodGet, Path: "/backup",
		Answer: Content{Type: "application/octet-stream"},
		Stream: 200_000_000,
	}}
}

// Find returns the case of that name, nil if there is none.
func Find(name string) *Case {
	for _, c := range Cases() {
		if c.Name == name {
			return c
		}
	}
	return nil
}
