package locallambda_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

// The SDK calls functions of this process through an endpoint URL. Other
// programs do with AWS_ENDPOINT_URL_LAMBDA.
func ExampleServer() {
	server := &locallambda.Server{
		Functions: locallambda.Functions{
			"greet": locallambda.Func(func(_ context.Context, payload []byte) ([]byte, error) {
				return fmt.Appendf(nil, `{"hello":%s}`, payload), nil
			}),
		},
		Log: func(e locallambda.Entry) { fmt.Println(e.Status, e.Function, e.Err) },
	}
	endpoint := httptest.NewServer(server)
	defer endpoint.Close()

	client := lambda.New(lambda.Options{
		Region:       "us-east-1",
		BaseEndpoint: aws.String(endpoint.URL),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "any", SecretAccessKey: "any"}, nil
		}),
	})
	out, err := client.Invoke(context.Background(), &lambda.InvokeInput{
		FunctionName: aws.String("greet"), Payload: []byte(`"Ada"`),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(out.Payload))

	_, err = client.Invoke(context.Background(), &lambda.InvokeInput{FunctionName: aws.String("great")})
	if e, ok := errors.AsType[*types.ResourceNotFoundException](err); ok {
		fmt.Println(e.ErrorMessage())
	}
	// Output:
	// 200 greet <nil>
	// {"hello":"Ada"}
	// 404 great lambda invoke: ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:123456789012:function:great
	// Function not found: arn:aws:lambda:us-east-1:123456789012:function:great
}

// A test of code that calls Lambda with the SDK needs no server and no port.
func ExampleFunctions_Client() {
	functions := locallambda.Functions{
		"orders": locallambda.Func(func(context.Context, []byte) ([]byte, error) { return []byte(`{"orders":2}`), nil }),
	}
	client := lambda.New(lambda.Options{
		Region:     "eu-central-1",
		HTTPClient: functions.Client(),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "any", SecretAccessKey: "any"}, nil
		}),
	})
	out, err := client.Invoke(context.Background(), &lambda.InvokeInput{
		FunctionName: aws.String("arn:aws:lambda:eu-central-1:123456789012:function:orders"),
	})
	fmt.Println(string(out.Payload), err)
	// Output: {"orders":2} <nil>
}

// A function that is throttled twice and then answers, and a count that proves
// that it ran once.
func ExampleFaults() {
	executions := &locallambda.Counter{
		Invoker: locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, "paid by %s", r.Method)
		})),
	}
	pay := &locallambda.Faults{
		Invoker: executions,
		Rules:   []locallambda.FaultRule{{Calls: []int64{1, 2}, Error: locallambda.Throttle(0)}},
	}
	client := &http.Client{Transport: &vialambda.Transport{Invoker: locallambda.Functions{"pay": pay}}}

	res, err := client.Post("http+lambda://pay/", "text/plain", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	res.Body.Close()
	fmt.Println(res.StatusCode, executions.Total())
	// Output: 200 1
}

// A function with a reserved concurrency of one.
func ExampleConcurrencyLimit() {
	begun, goOn := make(chan struct{}), make(chan struct{})
	functions := locallambda.Functions{
		"report": &locallambda.ConcurrencyLimit{
			Max:        1,
			RetryAfter: 2 * time.Second,
			Invoker: locallambda.Func(func(context.Context, []byte) ([]byte, error) {
				close(begun)
				<-goOn
				return []byte(`"done"`), nil
			}),
		},
	}
	first := make(chan error)
	go func() {
		_, err := functions.Invoke(context.Background(), &vialambda.Invocation{Function: "report"})
		first <- err
	}()
	<-begun
	_, err := functions.Invoke(context.Background(), &vialambda.Invocation{Function: "report"})
	if e, ok := errors.AsType[*vialambda.InvokeError](err); ok {
		fmt.Println(e.Status, e.Reason, e.RetryAfter)
	}
	close(goOn)
	fmt.Println(<-first)
	// Output:
	// 429 ReservedFunctionConcurrentInvocationLimitExceeded 2s
	// <nil>
}
