package checkout_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/examples/clients/checkout"
	"github.com/vialambda/vialambda/locallambda"
)

// The shortest test of a service that calls functions: its client ends in
// handlers of the test.
func Example() {
	functions := locallambda.Functions{
		"prices": locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"cents":120}`)
		})),
		"orders": locallambda.HTTP(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			panic("the database is gone")
		})),
	}
	service := &checkout.Service{Client: &http.Client{Transport: &vialambda.Transport{
		Invoker: functions,
		Targets: checkout.Targets(),
	}}}

	w := httptest.NewRecorder()
	service.ServeHTTP(w, httptest.NewRequest("POST", "/checkout", strings.NewReader(`{"item":"pen","quantity":2}`)))
	fmt.Print(w.Code, " ", w.Body)
	// Output: 502 Bad Gateway
}
