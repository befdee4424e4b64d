package connectrpc_test

import (
	"context"
	"fmt"

	"connectrpc.com/connect"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/examples/clients/connectrpc"
	ordersv1 "github.com/vialambda/vialambda/examples/clients/connectrpc/orders/v1"
	"github.com/vialambda/vialambda/locallambda"
)

// Unary calls: a POST, and a GET for what has no side effects.
func Example() {
	lambda := &vialambda.Transport{
		Invoker: locallambda.Functions{"orders": locallambda.HTTP(connectrpc.NewFunction())}, // awslambda.New(cfg) in production
		Format:  vialambda.FunctionURL,
	}
	orders := connectrpc.NewClient(lambda, "orders")
	ctx := context.Background()

	added, err := orders.AddItem(ctx, &ordersv1.Item{Id: "pen", Cents: 120})
	fmt.Println(added.GetId(), added.GetCents(), err)

	_, err = orders.GetItem(ctx, &ordersv1.GetItemRequest{Id: "ink"})
	fmt.Println(connect.CodeOf(err), err)
	// Output:
	// pen 120 <nil>
	// not_found not_found: there is no ink
}

// A stream from the function: each message is here when it has been sent.
func Example_serverStreaming() {
	lambda := &vialambda.Transport{
		Invoker: locallambda.Functions{"orders": locallambda.HTTP(connectrpc.NewFunction())},
		Format:  vialambda.FunctionURL,
		Mode:    vialambda.Stream,
	}
	orders := connectrpc.NewClient(lambda, "orders")
	ctx := context.Background()

	prices, err := orders.WatchItem(ctx, &ordersv1.GetItemRequest{Id: "pen"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer prices.Close()
	for prices.Receive() {
		fmt.Println(prices.Msg().GetCents())
		if _, err := orders.AddItem(ctx, &ordersv1.Item{Id: "pen", Cents: 50}); err != nil {
			fmt.Println(err)
			return
		}
	}
	fmt.Println(prices.Err())
	// Output:
	// 0
	// 50
	// 100
	// <nil>
}
