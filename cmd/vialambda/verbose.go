package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/vialambda/vialambda"
)

// maxShown is how much of an event or an answer -v shows.
const maxShown = 16 << 10

// shower is an Invoker that shows what goes through it.
type shower struct {
	next vialambda.Invoker
	to   io.Writer
}

func (s *shower) Invoke(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
	operation := "Invoke"
	if in.Stream {
		operation = "InvokeWithResponseStream"
	}
	fmt.Fprintf(s.to, "* %s %s%s, %v, event of %d bytes\n", operation, in.Function, qualified(in.Qualifier), in.Type, len(in.Payload))
	s.show("> ", indented(in.Payload))
	res, err := s.next.Invoke(ctx, in)
	if err != nil {
		fmt.Fprintln(s.to, "*", oneLine(err))
		return nil, err
	}
	fmt.Fprintf(s.to, "* answered, request id %s, version %s\n", res.RequestID, res.Version)
	if res.FunctionError != "" {
		fmt.Fprintf(s.to, "* X-Amz-Function-Error: %s\n", res.FunctionError)
	}
	if !in.Stream {
		err = s.showAnswer(res)
	}
	return res, err
}

// showAnswer reads a buffered answer, shows it and puts it back.
func (s *shower) showAnswer(res *vialambda.Result) error {
	payload, err := io.ReadAll(res.Payload)
	res.Payload.Close()
	res.Payload = io.NopCloser(bytes.NewReader(payload))
	res.Size = int64(len(payload))
	s.show("< ", indented(payload))
	return err
}

func (s *shower) show(prefix string, text []byte) {
	if !utf8.Valid(text) {
		fmt.Fprintf(s.to, "%s(%d bytes that are not text)\n", prefix, len(text))
		return
	}
	more := len(text) - maxShown
	lines := bufio.NewScanner(bytes.NewReader(text[:min(len(text), maxShown)]))
	lines.Buffer(nil, maxShown+1)
	for lines.Scan() {
		fmt.Fprintln(s.to, prefix+lines.Text())
	}
	if more > 0 {
		fmt.Fprintf(s.to, "%s… and %d bytes more\n", prefix, more)
	}
}

func qualified(q string) string {
	if q == "" {
		return ""
	}
	return ":" + q
}

func showRequest(w io.Writer, req *http.Request) {
	fmt.Fprintf(w, "> %s %s HTTP/1.1\n", req.Method, req.URL.RequestURI())
	fmt.Fprintf(w, "> Host: %s\n", req.Host)
	showHeader(w, "> ", req.Header)
}

func showResponse(w io.Writer, resp *http.Response) {
	fmt.Fprintf(w, "< %s %s\n", resp.Proto, resp.Status)
	showHeader(w, "< ", resp.Header)
}

func showHeader(w io.Writer, prefix string, h http.Header) {
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range h[name] {
			if strings.EqualFold(name, "X-Amz-Security-Token") || name == "Authorization" && strings.HasPrefix(value, "AWS4-") {
				value = "***"
			}
			fmt.Fprintf(w, "%s%s: %s\n", prefix, name, value)
		}
	}
	fmt.Fprintln(w, strings.TrimSpace(prefix))
}
