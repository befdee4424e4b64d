// Package layers has nothing but an example: of what goes around what, if a client
// has retries, a cache and traces.
//
//	go-retryablehttp    repeats answers; a repetition may come from the cache
//	└── httpcache       an answer from the cache makes no span
//	    └── otelhttp    a span for each request that goes to Lambda
//	        └── vialambda.Transport    repeats what did not run, within the span
//	            └── Invoker            one attempt
//
// Each layer is an http.RoundTripper around the next. What wants to see or change
// invocations instead of requests wraps the Invoker.
package layers
