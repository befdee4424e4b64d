package event

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

func encodeFormatName(f Format) string {
	return map[Format]string{
		RESTAPI: "RESTAPI", HTTPAPI: "HTTPAPI", FunctionURL: "FunctionURL", ALB: "ALB", ALBMultiValue: "ALBMultiValue",
	}[f]
}

// smallGET is a request as the Go client sends it.
func smallGET() *Request {
	r := newRequest("/items/42?page=2&sort=name")
	r.Header = http.Header{
		"Accept":          {"application/json"},
		"Accept-Encoding": {"gzip"},
		"Authorization":   {"Bearer 0123456789abcdef0123456789abcdef"},
		"User-Agent":      {"Go-http-client/1.1"},
	}
	return r
}

func BenchmarkEncode(b *testing.B) {
	text := []byte("[" + strings.TrimSuffix(strings.Repeat(`{"id":1234567,"name":"a name with a \"quote\"","price":12.5,"tags":["a","b"]},`, 1300), ",") + "]")
	binary := bytes.Repeat([]byte{0, 1, 2, 0xff, 0xfe, 'a', '"', '\n'}, 4<<20/8)
	for _, c := range []struct {
		name, contentType string
		body              []byte
	}{
		{"GET", "", nil},
		{"JSON" + strconv.Itoa(len(text)>>10) + "KiB", "application/json", text},
		{"Binary4MiB", "application/octet-stream", binary},
	} {
		for f := RESTAPI; f <= ALBMultiValue; f++ {
			b.Run(c.name+"/"+encodeFormatName(f), func(b *testing.B) {
				r := smallGET()
				var body io.Reader
				reader := bytes.NewReader(c.body)
				if c.body != nil {
					r.Method, r.Size, body = "POST", int64(len(c.body)), reader
					r.Header["Content-Type"] = []string{c.contentType}
					b.SetBytes(r.Size)
				}
				b.ReportAllocs()
				for b.Loop() {
					reader.Reset(c.body)
					if _, err := Encode(f, r, body, 8<<20); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkEncodeInto makes the small event again and again in the same memory, of a REST
// API with what is the same in all its events made before, as the Transport does.
func BenchmarkEncodeInto(b *testing.B) {
	for f := RESTAPI; f <= ALBMultiValue; f++ {
		b.Run(encodeFormatName(f), func(b *testing.B) {
			r := smallGET()
			if f == RESTAPI {
				r.Front = NewRESTFront(r)
			}
			var memory []byte
			b.ReportAllocs()
			for b.Loop() {
				event, err := EncodeInto(memory, f, r, nil, 8<<20)
				if err != nil {
					b.Fatal(err)
				}
				memory = event
			}
		})
	}
}
