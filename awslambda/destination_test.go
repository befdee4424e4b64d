package awslambda

import (
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/internal/memo"
)

// TestDestinations calls functions, more of them than are remembered, each of them twice.
func TestDestinations(t *testing.T) {
	d := destinations{region: "us-east-1", endpoints: endpoints{options: lambda.Options{Region: "us-east-1"}}}
	for i := range memo.Limit + 10 {
		in := &vialambda.Invocation{Function: "f" + strconv.Itoa(i)}
		var found [2]*destination
		for n := range found {
			dest, err := d.of(in)
			if err != nil {
				t.Fatal(err)
			}
			if want := invokePath + in.Function + invokeSuffix; dest.url.Path != want {
				t.Fatalf("path %s, want %s", dest.url.Path, want)
			}
			found[n] = dest
		}
		if remembered := found[0] == found[1]; remembered != (i < memo.Limit) {
			t.Fatalf("the %dth function is remembered: %v", i+1, remembered)
		}
	}
}

// TestDestinationsDiffer: what is remembered of one call is not taken for another.
func TestDestinationsDiffer(t *testing.T) {
	d := destinations{region: "us-east-1", endpoints: endpoints{options: lambda.Options{Region: "us-east-1"}}}
	for range 2 {
		for _, c := range []struct {
			in   vialambda.Invocation
			want string
		}{
			{vialambda.Invocation{Function: "f"}, "/2015-03-31/functions/f/invocations"},
			{vialambda.Invocation{Function: "f", Qualifier: "7"}, "/2015-03-31/functions/f/invocations?Qualifier=7"},
			{vialambda.Invocation{Function: "f", Stream: true}, "/2021-11-15/functions/f/response-streaming-invocations"},
			{vialambda.Invocation{Function: "g", Qualifier: "7"}, "/2015-03-31/functions/g/invocations?Qualifier=7"},
		} {
			dest, err := d.of(&c.in)
			if err != nil || dest.url.RequestURI() != c.want {
				t.Errorf("%+v: %v, %v, want %s", c.in, dest, err, c.want)
			}
		}
	}
}
