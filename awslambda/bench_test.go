package awslambda_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/awslambda"
)

// BenchmarkInvoke calls a server that allocates nothing, so that what is counted is
// the client's: a small call by each way, beside a plain POST of the same bytes.
func BenchmarkInvoke(b *testing.B) {
	answer := []byte(`{"statusCode":200,"headers":{"content-type":"text/plain"},"body":"hello"}`)
	event := bytes.Repeat([]byte(`{"k":"v"}`), 100)
	url := frugalServer(b, answer)
	cfg := testConfig(url)

	b.Run("post", func(b *testing.B) {
		tr := &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64}
		defer tr.CloseIdleConnections()
		client := &http.Client{Transport: tr}
		b.ReportAllocs()
		for b.Loop() {
			resp, err := client.Post(url+"/2015-03-31/functions/f/invocations", "application/octet-stream", bytes.NewReader(event))
			if err != nil {
				b.Fatal(err)
			}
			drain(b, resp.Body, int64(len(answer)))
		}
	})
	invoke := func(client *awslambda.Client) func(*testing.B) {
		return func(b *testing.B) {
			defer client.CloseIdleConnections()
			in := &vialambda.Invocation{Function: "f", Payload: event}
			b.ReportAllocs()
			for b.Loop() {
				result, err := client.Invoke(b.Context(), in)
				if err != nil {
					b.Fatal(err)
				}
				drain(b, result.Payload, result.Size)
			}
		}
	}
	b.Run("new", invoke(awslambda.New(cfg)))
	b.Run("fromsdk", invoke(awslambda.FromSDK(lambda.NewFromConfig(cfg))))
	b.Run("sdk", func(b *testing.B) {
		client := lambda.NewFromConfig(cfg)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := client.Invoke(b.Context(), &lambda.InvokeInput{FunctionName: aws.String("f"), Payload: event}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func drain(tb testing.TB, body io.ReadCloser, size int64) {
	tb.Helper()
	buf := make([]byte, size)
	if _, err := io.ReadFull(body, buf); err != nil {
		tb.Fatal(err)
	}
	if n, err := body.Read(buf[:1]); n != 0 || err != io.EOF {
		tb.Fatalf("after the answer: %d, %v", n, err)
	}
	body.Close()
}

// frugalServer answers every request with answer and allocates nothing for it.
func frugalServer(tb testing.TB, answer []byte) (url string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { listener.Close() })
	head := "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: Mon, 02 Jan 2034 15:04:05 GMT\r\n" +
		"X-Amzn-Requestid: 8a7c1b9e-5b0d-4c53-9a0d-0123456789ab\r\nX-Amz-Executed-Version: $LATEST\r\nContent-Length: "
	response := append(append([]byte(head), itoa(len(answer))...), "\r\n\r\n"...)
	response = append(response, answer...)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				buf := make([]byte, 64<<10)
				for n := 0; ; {
					m, err := conn.Read(buf[n:])
					if err != nil {
						return
					}
					n += m
					if whole(buf[:n]) {
						n = 0
						if _, err := conn.Write(response); err != nil {
							return
						}
					}
				}
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

var contentLengthName = []byte("\r\nContent-Length: ")

// whole reports whether b is a whole request with a Content-Length.
func whole(b []byte) bool {
	end := bytes.Index(b, []byte("\r\n\r\n"))
	at := bytes.Index(b, contentLengthName)
	if end < 0 || at < 0 {
		return false
	}
	length := 0
	for _, c := range b[at+len(contentLengthName):] {
		if c < '0' || c > '9' {
			break
		}
		length = length*10 + int(c-'0')
	}
	return len(b) >= end+4+length
}

// TestAllocations counts what a small call allocates, net/http's some sixty
// included.
func TestAllocations(t *testing.T) {
	const most = 95
	answer := []byte(`{"statusCode":200,"body":"hello"}`)
	client := newClient(t, testConfig(frugalServer(t, answer)))
	in := &vialambda.Invocation{Function: "f", Payload: []byte(`{"k":"v"}`)}
	got := testing.AllocsPerRun(200, func() {
		result, err := client.Invoke(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		drain(t, result.Payload, result.Size)
	})
	if got > most {
		t.Errorf("%.0f allocations, allowed are %d", got, most)
	}
}
