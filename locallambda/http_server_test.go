package locallambda_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/internal/event"
	"github.com/vialambda/vialambda/locallambda"
)

// Functions in this process behind the Invoke API: what they answer, log and
// fail with arrives as it does without.
func TestHTTPBehindTheAPI(t *testing.T) {
	app := locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(locallambda.FromContext(r.Context()).Log, "asked for", r.URL.Path)
		fmt.Fprint(w, "some")
		http.NewResponseController(w).Flush()
		if r.URL.Path == "/panic" {
			panic("broken")
		}
		if r.URL.Path == "/slow" {
			<-r.Context().Done()
		}
	}))
	functions := locallambda.Functions{"app": locallambda.Timeout{Invoker: app, After: 50 * time.Millisecond}}
	server := &wire{"http://localhost", functions.Client()}
	for _, path := range []string{"/fine", "/panic", "/slow"} {
		for _, stream := range []bool{false, true} {
			in := &vialambda.Invocation{
				Function: "app", Stream: stream, LogTail: true, Payload: httpEvent(t, event.HTTPAPI, "GET", path, nil, ""),
			}
			var told [2]string
			for i, invoker := range []vialambda.Invoker{functions, server} {
				res, payload, err := invokeAll(t, invoker, in)
				if res == nil {
					t.Fatal(err)
				}
				failed, _ := errors.AsType[*vialambda.FunctionError](err)
				if failed != nil {
					told[i] = failed.Type + " " + failed.Message
				}
				if !strings.Contains(string(res.LogTail), "asked for "+path+"\n") {
					t.Errorf("%s, stream %t: log tail %q", path, stream, res.LogTail)
				}
				told[i] = strings.ReplaceAll(fmt.Sprintf("%q %q %s", payload, res.FunctionError, told[i]), res.RequestID, "ID")
			}
			if told[0] != told[1] {
				t.Errorf("%s, stream %t: directly  %s\nbehind the API %s", path, stream, told[0], told[1])
			}
			if failed := strings.Contains(told[0], "broken") || strings.Contains(told[0], "Task timed out after 0.05 seconds"); failed != (path != "/fine") {
				t.Errorf("%s, stream %t: %s", path, stream, told[0])
			}
		}
	}
}
