// Command prices is a function that knows what things cost, in cents.
package main

import (
	"fmt"
	"net/http"

	"github.com/aws/aws-lambda-go/lambdaurl"
)

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /prices/{item}", func(w http.ResponseWriter, r *http.Request) {
		cents, ok := map[string]int{"pen": 120, "ink": 450}[r.PathValue("item")]
		if !ok {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, cents)
	})
	lambdaurl.Start(mux)
}
