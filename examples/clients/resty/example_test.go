package resty_test

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/examples/clients/resty"
	"github.com/vialambda/vialambda/locallambda"
)

type item struct {
	Name  string `json:"name"`
	Cents int    `json:"cents,omitempty"`
}

func Example() {
	shop := http.NewServeMux()
	shop.HandleFunc("POST /items", func(w http.ResponseWriter, r *http.Request) {
		var got item
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		got.Cents = 120
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(got)
	})
	lambda := &vialambda.Transport{Invoker: locallambda.Functions{"shop": locallambda.HTTP(shop)}}

	var made item
	resp, err := resty.New(lambda, "shop").R().
		SetBody(item{Name: "pen"}).
		SetResult(&made).
		Post("/items")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(resp.Status(), made)
	// Output: 201 Created {pen 120}
}
