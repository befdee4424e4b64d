package connectrpc_test

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/examples/clients/connectrpc"
	ordersv1 "github.com/vialambda/vialambda/examples/clients/connectrpc/orders/v1"
	"github.com/vialambda/vialambda/locallambda"
)

// Every protocol and codec that needs no trailers, in each format, buffered and
// streamed. Client streams are collected; server streams come whole if buffered.
func TestWhatWorks(t *testing.T) {
	for _, format := range []vialambda.Format{vialambda.RESTAPI, vialambda.HTTPAPI, vialambda.FunctionURL, vialambda.ALB, vialambda.ALBMultiValue} {
		for _, mode := range []vialambda.Mode{vialambda.Buffered, vialambda.Stream} {
			for name, options := range map[string][]connect.ClientOption{
				"connect": nil, "JSON": {connect.WithProtoJSON()}, "gzip": {connect.WithSendGzip()}, "gRPC-Web": {connect.WithGRPCWeb()},
			} {
				t.Run(format.String()+" "+mode.String()+" "+name, func(t *testing.T) {
					t.Parallel()
					lambda := &vialambda.Transport{Invoker: locallambda.HTTP(connectrpc.NewFunction()), Format: format, Mode: mode}
					orders := connectrpc.NewClient(lambda, "orders", options...)
					ctx := t.Context()

					in, err := orders.AddItems(ctx)
					if err != nil {
						t.Fatal(err)
					}
					for _, cents := range []int64{60, 40} {
						if err := in.Send(&ordersv1.Item{Id: "ä pen", Cents: cents}); err != nil {
							t.Fatal(err)
						}
					}
					if sum, err := in.CloseAndReceive(); err != nil || sum.Cents != 100 {
						t.Errorf("client stream: %v, %v", sum, err)
					}
					if item, err := orders.GetItem(ctx, &ordersv1.GetItemRequest{Id: "ä pen"}); err != nil || item.Cents != 100 {
						t.Errorf("unary: %v, %v", item, err)
					}
					if _, err := orders.GetItem(ctx, &ordersv1.GetItemRequest{Id: "x"}); connect.CodeOf(err) != connect.CodeNotFound || connectrpc.Code(err) != connect.CodeNotFound {
						t.Errorf("not found: %v", err)
					}
					out, err := orders.WatchItem(ctx, &ordersv1.GetItemRequest{Id: "ä pen"})
					if err != nil {
						t.Fatal(err)
					}
					defer out.Close()
					if !out.Receive() || out.Msg().Cents != 100 || out.Receive() || out.Err() != nil {
						t.Errorf("server stream: %v", out.Err())
					}
				})
			}
		}
	}
}

// What is refused, and that it is refused and does not hang.
func TestWhatDoesNotWork(t *testing.T) {
	t.Run("both directions", func(t *testing.T) {
		orders := newOrders(t, nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		haggle, err := orders.Haggle(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := haggle.Send(&ordersv1.Item{Id: "pen", Cents: 1}); err != nil {
			t.Fatal(err)
		}
		if err := haggle.CloseRequest(); err != nil { // before this nothing is sent
			t.Fatal(err)
		}
		if _, err := haggle.Receive(); err == nil || !strings.Contains(err.Error(), "505") {
			t.Errorf("%v", err)
		}
		_ = haggle.CloseResponse()
	})
	t.Run("gRPC", func(t *testing.T) {
		orders := newOrders(t, nil, connect.WithGRPC())
		_, err := orders.AddItem(t.Context(), &ordersv1.Item{Id: "pen", Cents: 1}) // it runs, but its status is lost
		if connectrpc.Code(err) != connect.CodeInternal || !strings.Contains(err.Error(), "trailer") {
			t.Errorf("%v", err)
		}
	})
}

// GET for what has no side effects, with nothing but the URL, so that it is
// repeated after a cut connection, and POST for the rest, which is not.
func TestGet(t *testing.T) {
	var mu sync.Mutex
	var seen []string
	fn := connectrpc.NewFunction()
	lambda := &locallambda.Faults{
		Invoker: locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, r.Method+" "+r.URL.Path)
			fn.ServeHTTP(w, r)
		})),
		Rules: []locallambda.FaultRule{{Calls: []int64{2, 4}, Cut: true, At: locallambda.AfterRun}},
	}
	orders := newOrders(t, lambda)
	_, err := orders.AddItem(t.Context(), &ordersv1.Item{Id: "pen", Cents: 1})
	if err != nil {
		t.Fatal(err)
	}
	if item, err := orders.GetItem(t.Context(), &ordersv1.GetItemRequest{Id: "pen"}); err != nil || item.Cents != 1 {
		t.Errorf("%v, %v", item, err)
	}
	if _, err = orders.AddItem(t.Context(), &ordersv1.Item{Id: "pen", Cents: 1}); connectrpc.Code(err) != connect.CodeUnknown {
		t.Errorf("%v", err)
	}
	const get, post = "GET /orders.v1.Orders/GetItem", "POST /orders.v1.Orders/AddItem"
	if got, want := strings.Join(seen, ", "), strings.Join([]string{post, get, get, post}, ", "); got != want {
		t.Errorf("the function saw %s; want %s", got, want)
	}
}

// The deadline goes along, in the protocol's own header.
func TestDeadline(t *testing.T) {
	var told bool
	orders := newOrders(t, locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		told = r.Header.Get("Connect-Timeout-Ms") != ""
		connectrpc.NewFunction().ServeHTTP(w, r)
	})))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := orders.AddItem(ctx, &ordersv1.Item{Id: "pen"}); err != nil || !told {
		t.Errorf("told: %t, %v", told, err)
	}
}

// What is committed is what the pinned plugins make of orders.proto.
func TestGenerated(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the plugins")
	}
	for _, name := range []string{"orders/v1/orders.proto", "generate/main.go", "../go.mod"} {
		if _, err := os.ReadFile(name); err != nil { // for go test's cache, which sees what this process reads
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	if out, err := exec.CommandContext(ctx, "go", "run", "./generate", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range []string{"orders/v1/orders.pb.go", "orders/v1/ordersv1connect/orders.connect.go"} {
		want, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(name); err != nil || string(got) != string(want) {
			t.Errorf("%s is not what go generate makes, %v", name, err)
		}
	}
}
