package checkout_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/vialambda/vialambda/locallambda"
)

// The second event is written when the first has arrived at the service's client:
// if anything on the way waited for the end, nothing would arrive.
func TestEvents(t *testing.T) {
	for _, tc := range []struct {
		name   string
		breaks bool
	}{{"to the end", false}, {"broken off", true}} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			arrived := make(chan struct{})
			events := locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/event-stream")
				for i := range 2 {
					fmt.Fprintf(w, "data: %d\n", i)
					select {
					case <-arrived:
					case <-r.Context().Done():
					}
				}
				if tc.breaks {
					panic("broken")
				}
			}))
			server := httptest.NewServer(service(locallambda.Functions{"events": events}))
			defer server.Close()
			resp, err := http.Get(server.URL + "/events")
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			lines := bufio.NewReader(resp.Body)
			for i := range 2 {
				line, err := lines.ReadString('\n')
				if err != nil || line != fmt.Sprintf("data: %d\n", i) {
					t.Fatalf("%q, %v", line, err)
				}
				arrived <- struct{}{}
			}
			_, err = lines.ReadByte()
			if tc.breaks == (err == io.EOF) {
				t.Errorf("the stream ended with %v", err)
			}
		})
	}
}
