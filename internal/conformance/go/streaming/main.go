// Command streaming answers a function URL with an
// events.LambdaFunctionURLStreamingResponse, written while it is read.
package main

import (
	"context"
	"fmt"
	"io"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/vialambda/vialambda/internal/conformance/contract"
)

func main() {
	lambda.Start(func(context.Context, *events.LambdaFunctionURLRequest) (*events.LambdaFunctionURLStreamingResponse, error) {
		r, w := io.Pipe()
		go func() {
			for i := range 5 {
				fmt.Fprintf(w, "line %d\n", i)
			}
			w.Close()
		}()
		return &events.LambdaFunctionURLStreamingResponse{
			StatusCode: 200,
			Headers:    map[string]string{"Content-Type": contract.TextType, "X-One": "1"},
			Cookies:    contract.Cookies(),
			Body:       r,
		}, nil
	})
}
