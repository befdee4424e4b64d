package orders_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/vialambda/vialambda"
	orders "github.com/vialambda/vialambda/examples/clients/oapicodegen"
	"github.com/vialambda/vialambda/locallambda"
)

func Example() {
	lambda := &vialambda.Transport{
		Invoker: locallambda.Functions{"orders": locallambda.HTTP(orders.NewFunction())}, // awslambda.New(cfg) in production
	}
	client, err := orders.NewClientWithResponses("http+lambda://orders", orders.WithHTTPClient(&http.Client{Transport: lambda}))
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	made, err := client.AddItemWithResponse(ctx, nil, orders.Item{Id: "a/b", Cents: 120})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(made.StatusCode(), made.JSON201.Id, made.JSON201.Cents)

	got, err := client.GetItemWithResponse(ctx, "a/b", &orders.GetItemParams{Tag: &[]string{"new", "blue"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(got.StatusCode(), got.JSON200.Cents, *got.JSON200.Tags)
	// Output:
	// 201 a/b 120
	// 200 120 [new blue]
}
