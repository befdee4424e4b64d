package locallambda_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

// Print the answer of a function to an HTTP request.
func ExampleHTTP() {
	app := http.NewServeMux()
	app.HandleFunc("GET /items/{id}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "item %s for %s", r.PathValue("id"), r.Header.Get("X-Customer"))
	})
	client := &http.Client{Transport: &vialambda.Transport{Invoker: locallambda.HTTP(app)}}

	req, err := http.NewRequest("GET", "http+lambda://orders/items/7", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	req.Header.Set("X-Customer", "Ada")
	resp, err := client.Do(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	fmt.Println(resp.Status, string(body), err)
	// Output: 200 OK item 7 for Ada <nil>
}

// A handler that flushes streams, if it is asked for as a stream.
func ExampleHTTP_stream() {
	ticks := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := range 3 {
			fmt.Fprintf(w, "data: tick %d\n\n", i)
			http.NewResponseController(w).Flush()
		}
	})
	client := &http.Client{Transport: &vialambda.Transport{
		Invoker: locallambda.Functions{"clock": locallambda.HTTP(ticks)},
		Mode:    vialambda.Stream,
	}}
	resp, err := client.Get("http+lambda://clock/")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	fmt.Println(resp.Header.Get("Content-Type"))
	io.Copy(os.Stdout, resp.Body)
	// Output:
	// text/event-stream
	// data: tick 0
	//
	// data: tick 1
	//
	// data: tick 2
}

func ExampleFunctions() {
	functions := locallambda.Functions{
		"orders": locallambda.HTTP(http.NotFoundHandler()),
		"double": locallambda.Func(func(_ context.Context, payload []byte) ([]byte, error) {
			return []byte("[" + string(payload) + "," + string(payload) + "]"), nil
		}),
	}
	ctx := context.Background()

	res, err := functions.Invoke(ctx, &vialambda.Invocation{Function: "double", Payload: []byte(`{"a":1}`)})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Payload.Close()
	payload, err := io.ReadAll(res.Payload)
	fmt.Println(string(payload), err)

	_, err = functions.Invoke(ctx, &vialambda.Invocation{Function: "triple"})
	fmt.Println(err)
	// Output:
	// [{"a":1},{"a":1}] <nil>
	// lambda invoke: ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:123456789012:function:triple
}

// What a handler returns as an error, Lambda reports as a function error.
func ExampleFunc() {
	upper := locallambda.Func(func(_ context.Context, payload []byte) ([]byte, error) {
		if string(payload) == "null" {
			return nil, errors.New("there is no text")
		}
		return []byte(strings.ToUpper(string(payload))), nil
	})
	for _, payload := range []string{`"shout"`, `null`} {
		res, err := upper.Invoke(context.Background(), &vialambda.Invocation{Payload: []byte(payload)})
		if err != nil {
			fmt.Println(err)
			return
		}
		answer, _ := io.ReadAll(res.Payload)
		res.Payload.Close()
		fmt.Printf("%s %q\n", answer, res.FunctionError)
	}
	// Output:
	// "SHOUT" ""
	// {"errorMessage":"there is no text","errorType":"errorString"} "Unhandled"
}

func ExampleTimeout() {
	sleepy := locallambda.HTTP(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
	}))
	client := &http.Client{Transport: &vialambda.Transport{
		Invoker: locallambda.Timeout{Invoker: sleepy, After: 10 * time.Millisecond},
	}}
	_, err := client.Get("http+lambda://sleepy/")
	failed, ok := errors.AsType[*vialambda.FunctionError](err)
	fmt.Println(ok && failed.Timeout(), failed.Type)
	// Output: true Sandbox.Timedout
}

// The log is in the log tail of whoever asks for it.
func ExampleFromContext() {
	fn := locallambda.Func(func(ctx context.Context, _ []byte) ([]byte, error) {
		c := locallambda.FromContext(ctx)
		fmt.Fprintln(c.Log, "invoked as", c.FunctionARN)
		return nil, nil
	})
	res, err := locallambda.Functions{"orders": fn}.Invoke(context.Background(), &vialambda.Invocation{Function: "orders", Qualifier: "prod", LogTail: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Payload.Close()
	for line := range strings.Lines(string(res.LogTail)) {
		if !strings.Contains(line, "RequestId") {
			fmt.Print(line)
		}
	}
	// Output: invoked as arn:aws:lambda:us-east-1:123456789012:function:orders:prod
}
