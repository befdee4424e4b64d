// Package awslambda calls Lambda functions through AWS's Invoke API.
//
//	cfg, err := config.LoadDefaultConfig(ctx) // github.com/aws/aws-sdk-go-v2/config
//	if err != nil { … }
//	client := &http.Client{Transport: &vialambda.Transport{Invoker: awslambda.New(cfg)}}
//	resp, err := client.Get("http+lambda://orders/items")
//
// # Configuration
//
// All of it is the SDK's: region, credentials, profiles, roles, endpoints (FIPS,
// dual-stack, other partitions, AWS_ENDPOINT_URL_LAMBDA, aws.Config.BaseEndpoint),
// CA bundle, HTTP client, application id. What the SDK for Go reads, this package
// obeys. A function that is named by its ARN is called in the ARN's region, whatever
// the configuration says; a configured endpoint still decides the host. Credentials
// are asked for at each call, so a provider that takes time belongs into an
// aws.CredentialsCache, where config.LoadDefaultConfig puts it.
//
// # New or FromSDK
//
// [New] takes the SDK's configuration and leaves its request pipeline aside: it
// speaks the wire itself, which costs less than half. [FromSDK] calls through a
// *lambda.Client, for programs that have middleware of their own in it. Both keep
// the same contract. A configuration that only the SDK's pipeline can carry out
// makes New work as FromSDK does: see there.
//
// Both make exactly one attempt per Invoke. The SDK's own retrying is switched off,
// since it sends an invocation again that may already have run; [vialambda.Transport]
// decides that instead, by InvokeError.MayHaveRun.
//
// # Errors
//
// What keeps a call from its answer is a *vialambda.InvokeError. Its chain holds the
// SDK's own error, so that errors.As finds a smithy.APIError, or one of the types in
// the SDK's package service/lambda/types. What keeps a call from being made at all
// has a Code of this package, such as [CodeNoCredentials]. An error about which
// something can be done also has, somewhere in its chain, a method
//
//	Hint() string
//
// one line that names the way out: the action and the resource that a policy must
// allow, the region in which a function was looked for.
//
// # Connections
//
// A Client has pools of connections, so make one and share it. It keeps up to 2,048
// idle connections of a pool for 50 seconds and sets no limit to those in use. It has no
// read timeout: a function may run for fifteen minutes, and the context decides. Values
// that the configuration's HTTP client sets itself are kept.
//
// A request with a payload of up to 60 KiB is sent by a small HTTP/1.1 client of this
// project: it needs no goroutines for its connections, and a call costs about half to two
// thirds of what it does over net/http's transport. The dialer, the TLS configuration, the size of the
// pool and the times of the configuration's HTTP client hold for it, too. Larger requests
// are sent by net/http, over HTTP/2 where the endpoint offers it. So is every request
//   - with a caller's own HTTP client that is no aws/transport/http BuildableClient;
//   - with a BuildableClient that has a timeout, or whose transport has Protocols, HTTP2, a
//     proxy function of its own or anything else set that is not named above;
//   - through a proxy;
//   - that a caller's own signer signs;
//   - with httptrace hooks in its context other than GetConn, GotConn and those for DNS
//     and TCP;
//   - on a system that is no Unix.
//
// To have HTTP/2 for all calls, set the Protocols of the transport:
//
//	cfg.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
//		tr.Protocols = new(http.Protocols)
//		tr.Protocols.SetHTTP1(true)
//		tr.Protocols.SetHTTP2(true)
//	})
package awslambda
