// Package samples holds the functions of "vialambda --local".
package samples

import (
	"context"
	"encoding/json"
	"io"
	"net/http"

	"github.com/mccutchen/go-httpbin/v2/httpbin"

	"github.com/vialambda/vialambda/locallambda"
)

// Functions returns the sample functions: flaskexp-test, the one that the
// documentation of lambda-httpx calls; httpbin; and echo, which answers with its
// event.
func Functions() locallambda.Functions {
	return locallambda.Functions{
		"flaskexp-test": locallambda.HTTP(flaskexp()),
		"httpbin":       locallambda.HTTP(httpbin.New()),
		"echo":          locallambda.Func(echo),
	}
}

func flaskexp() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"status":"UP"}`)
	})
	return mux
}

// echo answers with its event, in whatever format that is.
func echo(_ context.Context, event []byte) ([]byte, error) {
	return json.Marshal(map[string]any{
		"statusCode":        http.StatusOK,
		"headers":           map[string]string{"content-type": "application/json"},
		"multiValueHeaders": map[string][]string{"content-type": {"application/json"}},
		"body":              string(event),
	})
}
