// Package caddyvialambda lets Caddy call AWS Lambda functions directly, with IAM
// credentials: the module http.reverse_proxy.transport.lambda, a transport of
// Caddy's reverse_proxy. Matchers, TLS, load balancing, passive health checks,
// logs and metrics are Caddy's own.
//
//	orders.example.com {
//		reverse_proxy orders {
//			transport lambda {
//				region eu-west-1
//				format http-api
//				timeout 30s
//			}
//		}
//	}
//
// It has nothing to call from Go: a blank import registers it, as in cmd/caddy,
// or as xcaddy writes it:
//
//	xcaddy build --with github.com/vialambda/vialambda/caddy
//
// # Upstreams are functions
//
// An upstream of reverse_proxy is the name of a target: a function's name,
// optionally with a version or an alias before it ("orders", "prod.orders",
// "42.orders"), or a name that a target block explains. The ports 80 and 443
// mean nothing, ".lambda.internal" at the end is dropped. ARNs, other accounts
// and regions are for target blocks:
//
//	reverse_proxy orders {
//		transport lambda {
//			target orders {
//				function arn:aws:lambda:eu-west-1:123456789012:function:orders-service
//				role arn:aws:iam::123456789012:role/call-orders
//			}
//		}
//	}
//
// Only functions that the configuration names can be called. If the upstream is
// a placeholder, the request chooses among the target blocks and the upstreams
// that are written out; anything else is answered with 404.
//
// # Options
//
// The words are those of "vialambda serve": see [Target] and [Options]. They may
// stand in three places, the nearest first: in a target block, in the transport
// for all its targets, in the global option lambda for all transports
// ([App]), which share its connections and credentials.
//
// # Errors
//
// Where the function gives no HTTP response, the client gets what
// vialambda.ErrorResponse says, in the words of the target's format or, with
// problem_json, as application/problem+json: 502 (HTTP API: 500) for a function
// that failed, 504 for one that took too long, 429 with Retry-After if Lambda
// throttles, 413 for what is too large. The cause is in Caddy's log alone.
//
// # Once means once
//
// A request that may have run its function is never given back to Caddy as an
// error, so that lb_retries and lb_try_duration cannot send it again; and if
// lb_retry_match asks for that, the transport refuses, unless the request is
// idempotent. Failures that prove that the function did not run are dial errors
// to Caddy wherever it can do something about them: then they move on to the
// next upstream, whatever the method, and count as failures of the upstream.
package caddyvialambda
