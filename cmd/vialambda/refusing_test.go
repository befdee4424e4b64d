package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
)

// runRefusing is an Invoke API that refuses every call: refusing STATUS CODE
// MESSAGE. With STATUS tls it has a certificate that nobody trusts, with silent it
// never answers. It prints its URL and runs until it is killed.
func runRefusing() {
	kind := os.Args[1]
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if kind == "silent" {
			<-r.Context().Done()
			return
		}
		status, _ := strconv.Atoi(kind)
		w.Header().Set("X-Amzn-Errortype", os.Args[2])
		w.Header().Set("X-Amzn-Requestid", "11111111-2222-4333-8444-555555555555")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]string{"Message": os.Args[3]})
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	if kind == "tls" {
		server.StartTLS()
	} else {
		server.Start()
	}
	fmt.Println(server.URL)
	select {}
}
