// Command chi is the contract on chi, behind aws-lambda-go-api-proxy. FORMAT
// chooses the adapter, for the adapters are typed: v1, v2 or alb.
package main

import (
	"net/http"
	"os"
	"strconv"

	"github.com/aws/aws-lambda-go/lambda"
	chiadapter "github.com/awslabs/aws-lambda-go-api-proxy/chi"
	"github.com/awslabs/aws-lambda-go-api-proxy/httpadapter"
	"github.com/go-chi/chi/v5"

	"github.com/vialambda/vialambda/internal/conformance/contract"
)

func main() {
	reference := contract.Handler().ServeHTTP
	r := chi.NewRouter()
	for _, path := range []string{"/echo", "/echo/*"} {
		r.HandleFunc(path, reference)
	}
	r.Get("/status/{code}", func(w http.ResponseWriter, r *http.Request) {
		code, err := strconv.Atoi(chi.URLParam(r, "code"))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		contract.Text(w, code, "status "+strconv.Itoa(code))
	})
	for _, path := range []string{
		"/binary", "/utf8", "/gzip", "/redirect", "/cookies", "/headers", "/empty", "/nocontent", "/error", "/large",
	} {
		r.Get(path, reference)
	}
	r.Post("/form", reference)
	r.Post("/multipart", reference)

	contract.Serve(r)
	switch os.Getenv("FORMAT") {
	case "v1":
		lambda.Start(chiadapter.New(r).ProxyWithContext)
	case "v2":
		lambda.Start(chiadapter.NewV2(r).ProxyWithContextV2)
	case "alb":
		lambda.Start(httpadapter.NewALB(r).ProxyWithContext)
	default:
		panic("FORMAT is none of v1, v2, alb")
	}
}
