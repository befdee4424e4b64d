package httpcache_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/examples/clients/httpcache"
	"github.com/vialambda/vialambda/locallambda"
)

// Prices are good for a minute and need no call. The stock is asked for every
// time, but is sent again only if it has changed.
func Example() {
	shop := http.NewServeMux()
	shop.HandleFunc("GET /prices", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "max-age=60")
		fmt.Fprint(w, "a pen is 120 cents")
	})
	shop.HandleFunc("GET /stock", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("ETag", `"v7"`)
		http.ServeContent(w, r, "stock.txt", time.Time{}, strings.NewReader("7 pens")) // 304 if the ETag is known
	})
	calls := &locallambda.Counter{Invoker: locallambda.Functions{"shop": locallambda.HTTP(shop)}}
	client := &http.Client{Transport: httpcache.New(&vialambda.Transport{Invoker: calls}, 1000)}

	for _, path := range []string{"/prices", "/prices", "/stock", "/stock"} {
		resp, err := client.Get("http+lambda://shop" + path)
		if err != nil {
			fmt.Println(err)
			return
		}
		body, _ := io.ReadAll(resp.Body) // to its end: that is when an answer is stored
		resp.Body.Close()
		fmt.Printf("%d %s, from the cache: %t, calls so far: %d\n", resp.StatusCode, body, resp.Header.Get("X-From-Cache") != "", calls.Total())
	}
	// Output:
	// 200 a pen is 120 cents, from the cache: false, calls so far: 1
	// 200 a pen is 120 cents, from the cache: true, calls so far: 1
	// 200 7 pens, from the cache: false, calls so far: 2
	// 200 7 pens, from the cache: true, calls so far: 3
}
