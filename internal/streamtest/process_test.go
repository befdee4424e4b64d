package streamtest_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
)

// processMode makes this test binary a function: its value is how many bytes it
// streams.
const processMode = "STREAMTEST_FUNCTION_BYTES"

// runFunction is a runtime client written by hand
// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html). It answers
// every event with a stream, in whose metadata is how much its heap grew in the
// one before.
func runFunction() {
	size, _ := strconv.ParseInt(os.Getenv(processMode), 10, 64)
	api := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/"
	var growth int64
	for {
		next, err := http.Get(api + "next") //nolint:gosec // our parent's address
		if err != nil {
			return
		}
		io.Copy(io.Discard, next.Body)
		next.Body.Close()
		h := startHeap()
		r, w := io.Pipe()
		go func() {
			fmt.Fprintf(w, `{"statusCode":200,"headers":{"x-heap-growth":"%d"}}`+separator, growth)
			for left := size; left > 0; left -= 1 << 20 {
				io.CopyN(struct{ io.Writer }{w}, zeros{}, min(left, 1<<20))
				h.look()
			}
			w.Close()
		}()
		req, _ := http.NewRequest("POST", api+next.Header.Get("Lambda-Runtime-Aws-Request-Id")+"/response", r)
		req.Header.Set("Lambda-Runtime-Function-Response-Mode", "streaming")
		req.Header.Set("Content-Type", "application/vnd.awslambda.http-integration-response")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return
		}
		resp.Body.Close()
		growth = h.growth()
	}
}
