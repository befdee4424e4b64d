package awslambda_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/awslambda"
	"github.com/vialambda/vialambda/locallambda"
)

// configuration stands for config.LoadDefaultConfig(ctx): a region, credentials,
// and, so that the examples run by themselves, an HTTP client that is a local Lambda.
func configuration(functions locallambda.Functions) aws.Config {
	return aws.Config{
		Region:      "eu-west-1",
		Credentials: testCredentials,
		HTTPClient:  functions.Client(),
	}
}

func Example() {
	cfg := configuration(locallambda.Functions{
		"orders": locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, "you asked for %s", r.URL.Path)
		})),
	})

	client := &http.Client{Transport: &vialambda.Transport{Invoker: awslambda.New(cfg)}}
	resp, err := client.Get("http+lambda://orders/items/1")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	fmt.Println(resp.Status, string(body))
	// Output: 200 OK you asked for /items/1
}

// An error that says what to do has a method Hint.
func ExampleNew() {
	client := awslambda.New(configuration(locallambda.Functions{}))

	_, err := client.Invoke(context.Background(), &vialambda.Invocation{Function: "oders", Payload: []byte("{}")})
	fmt.Println(err)

	var missing *types.ResourceNotFoundException
	fmt.Println("the SDK's own type:", errors.As(err, &missing))

	var way interface{ Hint() string }
	if errors.As(err, &way) {
		fmt.Println(way.Hint())
	}
	// Output:
	// lambda invoke: ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:123456789012:function:oders
	// the SDK's own type: true
	// asked in region eu-west-1, account 123456789012: is the name right, and deployed there?
}

func ExampleFromSDK() {
	cfg := configuration(locallambda.Functions{"echo": echoFunction})
	sdk := lambda.NewFromConfig(cfg, func(o *lambda.Options) {
		// middleware, interceptors, a signer: all of it is used
	})

	result, err := awslambda.FromSDK(sdk).Invoke(context.Background(), &vialambda.Invocation{Function: "echo", Payload: []byte(`{"a":1}`)})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer result.Payload.Close()
	payload, _ := io.ReadAll(result.Payload)
	fmt.Println(result.Status, string(payload))
	// Output: 200 {"a":1}
}

// A stream arrives as the function writes it.
func ExampleClient_Invoke_stream() {
	client := awslambda.New(configuration(locallambda.Functions{"echo": echoFunction}))

	result, err := client.Invoke(context.Background(), &vialambda.Invocation{Function: "echo", Payload: []byte(`"hello"`), Stream: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer result.Payload.Close()
	var text strings.Builder
	_, err = io.Copy(&text, result.Payload)
	fmt.Println(text.String(), err)
	// Output: "hello" <nil>
}

// echoFunction returns the event.
var echoFunction = vialambda.InvokerFunc(func(_ context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
	return &vialambda.Result{Payload: io.NopCloser(strings.NewReader(string(in.Payload)))}, nil
})
