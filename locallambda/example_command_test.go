package locallambda_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

// A Go program that calls lambda.Start and a Python application, as they are
// deployed, each in processes of its own.
func ExampleCommand() {
	orders := &locallambda.Command{
		Args: []string{"./bootstrap"},
		Dir:  "orders/build",
		Log:  os.Stderr,
	}
	defer orders.Close(context.Background())
	shop := &locallambda.Command{
		Args:    []string{"python3", "-m", "awslambdaric", "app.handler"},
		Dir:     "shop",
		Env:     append(os.Environ(), "TABLE=items"),
		Handler: "app.handler",
		Timeout: 30 * time.Second,
		Watch:   []string{"*.py"},
		Log:     os.Stderr,
	}
	defer shop.Close(context.Background())

	client := &http.Client{Transport: &vialambda.Transport{
		Invoker: locallambda.Functions{"orders": orders, "shop": shop},
	}}
	resp, err := client.Get("http+lambda://shop/items")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	fmt.Println(resp.Status)
}

// One line for each invocation.
func ExampleCommand_observe() {
	orders := &locallambda.Command{
		Args: []string{"./bootstrap"},
		Observe: func(r locallambda.Report) {
			start := "warm"
			if r.Cold {
				start = "cold, " + r.Init.Round(time.Millisecond).String()
			}
			fmt.Println(r.Function, r.RequestID, start, r.Duration.Round(time.Microsecond), r.Status, r.Error)
		},
	}
	defer orders.Close(context.Background())

	fmt.Println(http.ListenAndServe("127.0.0.1:9001", locallambda.Functions{"orders": orders}))
}
