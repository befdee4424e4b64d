package orders_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vialambda/vialambda"
	orders "github.com/vialambda/vialambda/examples/clients/oapicodegen"
	"github.com/vialambda/vialambda/locallambda"
)

// The same client and the same function, through each front door's events: with a
// path parameter that has a slash, a query of several values, a header, a body.
func TestFormats(t *testing.T) {
	for _, format := range []vialambda.Format{
		vialambda.RESTAPI, vialambda.HTTPAPI, vialambda.FunctionURL, vialambda.ALB, vialambda.ALBMultiValue,
	} {
		t.Run(format.String(), func(t *testing.T) {
			client := newClient(t, &vialambda.Transport{Invoker: locallambda.HTTP(orders.NewFunction()), Format: format})
			key := "k1"
			for range 2 { // the second is a repetition
				made, err := client.AddItemWithResponse(t.Context(), &orders.AddItemParams{IdempotencyKey: &key}, orders.Item{Id: "ü x", Cents: 5})
				if err != nil {
					t.Fatal(err)
				}
				if made.JSON201 == nil || made.JSON201.Cents != 5 {
					t.Errorf("%s %s", made.Status(), made.Body)
				}
			}
			tags := []string{"a,b", "c&d"}
			if format == vialambda.ALB { // carries one value of each name, the last
				tags = tags[1:]
			}
			got, err := client.GetItemWithResponse(t.Context(), "ü x", &orders.GetItemParams{Tag: &tags})
			if err != nil {
				t.Fatal(err)
			}
			if got.JSON200 == nil || len(*got.JSON200.Tags) != len(tags) || (*got.JSON200.Tags)[0] != tags[0] {
				t.Errorf("%s %s", got.Status(), got.Body)
			}
			if none, err := client.GetItemWithResponse(t.Context(), "none", nil); err != nil || none.StatusCode() != 404 {
				t.Errorf("%v, %v", none, err)
			}
		})
	}
}

// An error of the Transport comes through as what it is.
func TestErrorsStayTyped(t *testing.T) {
	client := newClient(t, &vialambda.Transport{Invoker: locallambda.HTTP(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("broken") }))})
	_, err := client.GetItemWithResponse(t.Context(), "a", nil)
	if failed, ok := errors.AsType[*vialambda.FunctionError](err); !ok || failed.Message != "broken" {
		t.Errorf("%v is no FunctionError", err)
	}
}

// A header parameter called Idempotency-Key is all that it takes for a POST to be
// repeated when nobody can know whether it has run.
func TestIdempotencyKey(t *testing.T) {
	for name, key := range map[string]*string{"with": new("k1"), "without": nil} {
		t.Run(name, func(t *testing.T) {
			lambda := &locallambda.Faults{
				Invoker: locallambda.HTTP(orders.NewFunction()),
				Rules:   []locallambda.FaultRule{{Calls: []int64{1}, Cut: true, At: locallambda.AfterRun}},
			}
			client := newClient(t, &vialambda.Transport{Invoker: lambda, Retry: vialambda.Retry{BaseDelay: time.Nanosecond}})
			made, err := client.AddItemWithResponse(t.Context(), &orders.AddItemParams{IdempotencyKey: key}, orders.Item{Id: "pen", Cents: 5})
			if (err == nil) != (key != nil) {
				t.Fatal(err)
			}
			if err == nil && made.JSON201.Cents != 5 {
				t.Errorf("added twice: %s", made.Body)
			}
		})
	}
}

// An option of one call travels in its context, past all generated code.
func TestContextOption(t *testing.T) {
	client := newClient(t, &vialambda.Transport{Invoker: locallambda.HTTP(orders.NewFunction())})
	ctx, info := vialambda.WithInfo(vialambda.WithTarget(t.Context(), vialambda.Target{Qualifier: "prod"}))
	if _, err := client.GetItemWithResponse(ctx, "a", nil); err != nil {
		t.Fatal(err)
	}
	if info.Qualifier != "prod" || info.RequestID == "" {
		t.Errorf("%+v", info)
	}
}

// What is committed is what the pinned tool makes of openapi.yaml.
func TestGenerated(t *testing.T) {
	if testing.Short() {
		t.Skip("builds oapi-codegen")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	tool, err := exec.CommandContext(ctx, "go", "tool", "-n", "oapi-codegen").Output() // where it has been built
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{"config.yaml", "openapi.yaml", "../go.mod"} { // go.mod for go test's cache
		text, err := os.ReadFile(name)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, filepath.Base(name)), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(ctx, strings.TrimSpace(string(tool)), "-config", "config.yaml", "openapi.yaml")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want, err := os.ReadFile(filepath.Join(dir, "orders.gen.go"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile("orders.gen.go"); err != nil || string(got) != string(want) {
		t.Errorf("orders.gen.go is not what go generate makes, %v", err)
	}
}

func newClient(t *testing.T, lambda *vialambda.Transport) *orders.ClientWithResponses {
	t.Helper()
	client, err := orders.NewClientWithResponses("http+lambda://orders", orders.WithHTTPClient(&http.Client{Transport: lambda}))
	if err != nil {
		t.Fatal(err)
	}
	return client
}
