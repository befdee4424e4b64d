package main

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/vialambda/vialambda/locallambda"
)

// The function writes each line when the one before has come out of the command:
// if the command, or anything beneath it, waited for more, nothing would.
func TestNoBuffer(t *testing.T) {
	offline(t)
	read := make(chan struct{})
	app := locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for range 3 {
			io.WriteString(w, "data: x\n")
			select {
			case <-read:
			case <-r.Context().Done():
				return
			}
		}
		if r.URL.Path == "/broken" {
			panic("broken")
		}
	}))
	server := httptest.NewServer(&locallambda.Server{Functions: locallambda.Functions{"app": app}})
	defer server.Close()
	for _, tc := range []struct {
		flag, path string
		code       int
	}{
		{"-N", "/", exitOK},
		{"--stream", "/", exitOK},
		{"-N", "/broken", exitFailed},
	} {
		out, toOut := io.Pipe()
		var stderr bytes.Buffer
		code := make(chan int, 1)
		go func() {
			args := []string{tc.flag, "--log", "--endpoint-url", server.URL, "http+lambda://app" + tc.path}
			code <- run(t.Context(), args, strings.NewReader(""), toOut, &stderr)
			toOut.Close()
		}()
		lines, n := bufio.NewScanner(out), 0
		for lines.Scan() {
			n++
			read <- struct{}{}
		}
		if got := <-code; n != 3 || got != tc.code {
			t.Errorf("%s %s: %d lines, exit code %d, %s", tc.flag, tc.path, n, got, &stderr)
		}
		if !strings.Contains(stderr.String(), "REPORT RequestId: ") {
			t.Errorf("%s %s: no log on stderr: %s", tc.flag, tc.path, &stderr)
		}
	}
}
