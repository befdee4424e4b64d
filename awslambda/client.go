package awslambda

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/vialambda/vialambda"
)

// Client calls functions through the Invoke API. It is a [vialambda.Invoker], made
// by [New] or [FromSDK], and safe for concurrent use.
type Client struct {
	invoker vialambda.Invoker
	http    *httpClient // whose idle connections are the Client's own; may be nil
}

var _ vialambda.Invoker = (*Client)(nil)

// New returns a Client with a connection pool of its own. It touches neither
// network nor files; what is wrong with cfg is an error of Invoke, a
// *vialambda.InvokeError whose text names the way out.
//
// cfg is used as lambda.NewFromConfig would use it, but for its retryer: a Client
// makes one attempt. From an aws/transport/http BuildableClient, which is what
// config.LoadDefaultConfig sets, New takes the transport, with the pool values that
// still stand at the SDK's defaults raised, and makes connections of its own for small
// requests as that says: see the package's documentation. Any other HTTPClient is called
// through its Do. nil Credentials are an error, aws.AnonymousCredentials send unsigned.
//
// If cfg carries what only the SDK's pipeline can carry out, the Client works
// through it, as one of [FromSDK] does, at the SDK's cost: APIOptions, Interceptors,
// a ClientLogMode that logs requests, responses or signing, or ServiceOptions that
// set a protocol, an endpoint resolver V2, an authentication scheme, a meter or a
// tracer.
func New(cfg aws.Config) *Client {
	s := resolve(cfg)
	if s.needsPipeline {
		s.options.HTTPClient = s.http
		return &Client{newSDK(lambda.New(s.options), s.anonymous), s.http}
	}
	c := &Client{nil, s.http}
	c.invoker = newWire(s, c)
	return c
}

// FromSDK returns a Client that calls through client and its middleware, for
// programs that have some. What cannot be left to the SDK is set on every call: one
// attempt (aws.NopRetryer), the region of an ARN, an HTTP client that wraps
// client's own so that large answers survive and the phase of a failure is known.
//
// If client's HTTP client is not made of net/http's transport, how far a failed
// request got cannot be told, and InvokeError.MayHaveRun is true for all that
// happens after it was handed over. A client without credentials sends unsigned, as
// the SDK does. CloseIdleConnections reaches client's HTTP client if that has a
// method of this name; the SDK's own has none.
func FromSDK(client *lambda.Client) *Client {
	if client == nil {
		return &Client{invoker: vialambda.InvokerFunc(func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) {
			return nil, unasked(CodeNotSent, errors.New("awslambda.FromSDK was given a nil *lambda.Client"))
		})}
	}
	options := client.Options()
	return &Client{newSDK(client, options.Credentials == nil), &httpClient{closeIdle: closeIdleOf(options.HTTPClient)}}
}

// Invoke makes one call: see [vialambda.Invoker]. An Invocation that the API cannot
// take in any case (no function, a stream that is asynchronous) is a
// *vialambda.AddressError, a client context over 3,583 bytes in base64 a
// *vialambda.TooLargeError; whether the payload is too large is left to the API.
func (c *Client) Invoke(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
	if err := check(in); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, unsent(ctx)
	}
	return c.invoker.Invoke(ctx, in)
}

// CloseIdleConnections closes the connections of the Client's pool that no call
// uses. Calls in flight are not disturbed, and the Client can be used further.
func (c *Client) CloseIdleConnections() {
	if c.http != nil && c.http.closeIdle != nil {
		c.http.closeIdle()
	}
}
