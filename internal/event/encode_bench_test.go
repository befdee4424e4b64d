package event

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// encodeFormats are the formats that Encode knows, by name.
var encodeFormats = map[string]Format{
	"RESTAPI":       RESTAPI,
	"HTTPAPI":       HTTPAPI,
	"FunctionURL":   FunctionURL,
	"ALB":           ALB,
	"ALBMultiValue": ALBMultiValue,
}

// smallGET is a request as the Go client sends it.
func smallGET() *Request {
	return &Request{
		Method:   "GET",
		Path:     "/items/42",
		RawQuery: "page=2&sort=name",
		Header: http.Header{
			"Accept":          {"application/json"},
			"Accept-Encoding": {"gzip"},
			"Authorization":   {"Bearer 0123456789abcdef0123456789abcdef"},
			"User-Agent":      {"Go-http-client/1.1"},
		},
		Host:       "orders.lambda.internal",
		ID:         [16]byte{0x7c, 0x2a, 0xf7, 0xdb, 0x31, 0xf3, 0x42, 0xb5, 0x8a, 0x6d, 0x9f, 0xfc, 0x74, 0xe3, 0xb9, 0xe0},
		Time:       time.Date(2026, time.July, 10, 19, 19, 4, 836e6, time.UTC),
		SourceIP:   "127.0.0.1",
		AccountID:  "123456789012",
		APIID:      "orders",
		Stage:      "$default",
		DomainName: "orders.lambda.internal",
	}
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
			b.Run(c.name+"/"+f.name(), func(b *testing.B) {
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

func (f Format) name() string {
	for name, format := range encodeFormats {
		if format == f {
			return name
		}
	}
	return "Format" + strconv.Itoa(int(f))
}
