package locallambda

import (
	"encoding/json"
	"net/http"
)

// handleExtensions adds as much of the Extensions and Telemetry APIs
// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html) as
// runtime clients need that register an extension of their own, as aws-lambda-go
// does to be sent SIGTERM. There are no events but the end, which is SIGTERM
// itself.
func (w *worker) handleExtensions(mux *http.ServeMux) {
	mux.HandleFunc("POST /2020-01-01/extension/register", func(rw http.ResponseWriter, _ *http.Request) {
		handler := w.command.Handler
		if handler == "" {
			handler = defaultHandler
		}
		document, _ := json.Marshal(struct { // strings always encode
			Name    string `json:"functionName"`
			Version string `json:"functionVersion"`
			Handler string `json:"handler"`
		}{w.name, "$LATEST", handler})
		rw.Header().Set("Lambda-Extension-Identifier", newUUID())
		writeJSON(rw, http.StatusOK, document)
	})
	mux.HandleFunc("GET /2020-01-01/extension/event/next", func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
	})
	for _, path := range []string{"/2020-01-01/extension/init/error", "/2020-01-01/extension/exit/error"} {
		mux.HandleFunc("POST "+path, func(rw http.ResponseWriter, _ *http.Request) {
			writeJSON(rw, http.StatusAccepted, []byte(`{"status":"OK"}`))
		})
	}
	for _, path := range []string{"/2020-08-15/logs", "/2022-07-01/telemetry"} {
		mux.HandleFunc("PUT "+path, func(rw http.ResponseWriter, _ *http.Request) {
			writeJSON(rw, http.StatusAccepted, telemetryNotSupported().document())
		})
	}
}

func telemetryNotSupported() apiRefusal {
	return apiRefusal{http.StatusAccepted, "Telemetry.NotSupported", "Telemetry API is not supported"}
}
