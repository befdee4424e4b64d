// Command shop is a function that asks another, prices, over HTTP via Lambda: no
// endpoint stands between them, and IAM says who may ask.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"

	"github.com/aws/aws-lambda-go/lambdaurl"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/awslambda"
)

func main() {
	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	lambdaurl.Start(app(&http.Client{Transport: &vialambda.Transport{
		Invoker: awslambda.New(cfg),
		Format:  vialambda.FunctionURL, // what lambdaurl reads
	}}))
}

// app is the shop. It asks for prices with client.
func app(client *http.Client) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /items/{item}", func(w http.ResponseWriter, r *http.Request) {
		item := r.PathValue("item")
		price, status, err := ask(r.Context(), client, item)
		switch {
		case err != nil:
			log.Print(err)
			http.Error(w, "no price today", http.StatusBadGateway)
		case status != http.StatusOK:
			http.Error(w, "no such item", http.StatusNotFound)
		default:
			fmt.Fprintf(w, "%s: %s cents\n", item, price)
		}
	})
	return mux
}

func ask(ctx context.Context, client *http.Client, item string) (price string, status int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http+lambda://prices/prices/"+url.PathEscape(item), nil)
	if err != nil {
		return "", 0, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", 0, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	return string(body), resp.StatusCode, err
}
