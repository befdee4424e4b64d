package awslambda

import (
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/vialambda/vialambda"
)

// TestDestinationsAreBounded calls more functions than are remembered, each of them
// twice.
func TestDestinationsAreBounded(t *testing.T) {
	d := destinations{region: "us-east-1", endpoints: endpoints{options: lambda.Options{Region: "us-east-1"}}}
	for i := range maxDestinations + 10 {
		in := &vialambda.Invocation{Function: "f" + strconv.Itoa(i)}
		first, err := d.of(in)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := d.of(in); err != nil || again != first {
			t.Fatalf("%s is found again as %p, %v, was %p", in.Function, again, err, first)
		}
		if want := invokePath + in.Function + invokeSuffix; first.url.Path != want {
			t.Fatalf("path %s, want %s", first.url.Path, want)
		}
	}
	if n := len(d.known); n > maxDestinations {
		t.Errorf("%d functions are remembered", n)
	}
}
