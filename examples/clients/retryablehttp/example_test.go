package retryable_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/vialambda/vialambda"
	retryable "github.com/vialambda/vialambda/examples/clients/retryablehttp"
	"github.com/vialambda/vialambda/locallambda"
)

// The first call is throttled by Lambda, and the Transport repeats it. The
// function's first answer is a 503, and go-retryablehttp repeats the request.
func Example() {
	runs := 0
	orders := locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if runs++; runs == 1 {
			http.Error(w, "the database is waking up", http.StatusServiceUnavailable)
			return
		}
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "run %d got %s", runs, body)
	}))
	lambda := &locallambda.Faults{
		Invoker: locallambda.Functions{"orders": orders}, // awslambda.New(cfg) in production
		Rules:   []locallambda.FaultRule{{Calls: []int64{1}, Error: locallambda.Throttle(0)}},
	}
	client := retryable.New(&vialambda.Transport{Invoker: lambda})
	client.RetryWaitMin = time.Millisecond

	std := client.StandardClient() // an *http.Client like any other
	req, err := http.NewRequest("POST", "http+lambda://orders/", strings.NewReader("two pens"))
	if err != nil {
		fmt.Println(err)
		return
	}
	req.Header.Set("Idempotency-Key", "order-4711") // without it a POST is sent once
	resp, err := std.Do(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	fmt.Println(resp.Status, string(body))
	// Output: 200 OK run 2 got two pens
}
