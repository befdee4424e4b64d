// Command gateway is the function on Go with which clients of the gateway are
// tried: the contract's reference server and what it lacks, behind lambdaurl.
// Where a handler waits, it waits for the file that the request names.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambdaurl"

	"github.com/vialambda/vialambda/internal/conformance/contract"
)

func main() {
	mux := http.NewServeMux()
	mux.Handle("/", contract.Handler())
	mux.HandleFunc("GET /absolute", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", r.Header.Get("X-Forwarded-Proto")+"://"+host(r)+contract.Redirect)
		contract.Text(w, http.StatusFound, "")
	})
	mux.HandleFunc("GET /wait", func(w http.ResponseWriter, r *http.Request) {
		wait(r)
		contract.Text(w, 200, "waited")
	})
	mux.HandleFunc("GET /handshake", func(w http.ResponseWriter, r *http.Request) {
		stream(w, contract.TextType, "first\n")
		wait(r)
		_, _ = io.WriteString(w, "last\n")
	})
	mux.HandleFunc("GET /sse", func(w http.ResponseWriter, r *http.Request) {
		stream(w, "text/event-stream", "data: first\n\n")
		wait(r)
		_, _ = io.WriteString(w, "data: last\n\n")
	})
	mux.HandleFunc("GET /break", func(w http.ResponseWriter, r *http.Request) {
		stream(w, contract.TextType, "first\n")
		wait(r)
		os.Exit(1)
	})
	mux.HandleFunc("GET /crash", func(http.ResponseWriter, *http.Request) {
		fmt.Fprintln(os.Stderr, "secret of "+os.Getenv("AWS_LAMBDA_FUNCTION_NAME"))
		os.Exit(1)
	})
	mux.HandleFunc("POST /touch", func(w http.ResponseWriter, r *http.Request) {
		err := os.WriteFile(r.URL.Query().Get("file"), nil, 0o600)
		contract.JSON(w, "touched", err)
	})
	lambdaurl.Start(mux)
}

// host is the Host of the request, which some versions of the adapter leave in
// the header.
func host(r *http.Request) string {
	if r.Host != "" {
		return r.Host
	}
	return r.Header.Get("Host")
}

func stream(w http.ResponseWriter, kind, first string) {
	w.Header().Set("Content-Type", kind)
	_, _ = io.WriteString(w, first)
	_ = http.NewResponseController(w).Flush()
}

// wait waits for the file until.
func wait(r *http.Request) {
	for r.Context().Err() == nil {
		if _, err := os.Stat(r.URL.Query().Get("until")); err == nil {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}
