// Package orders is a client and a server of one OpenAPI document, both generated
// by oapi-codegen. The client calls a function, the server is one.
//
// The one thing to know: the base URL is the address of the function,
// http+lambda://orders, and its http.Client has the Transport. Nothing of what is
// generated changes. The server is a net/http handler, for whichever adapter runs
// those on Lambda, and for locallambda.HTTP.
package orders

//go:generate go tool oapi-codegen -config config.yaml openapi.yaml
