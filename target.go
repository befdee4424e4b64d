package vialambda

import "encoding/json"

// Targets names targets: the key is the host of the URL, the last label of
// http+lambda://[qualifier.]function/. Keys are matched exactly.
type Targets map[string]Target

// Target is the function that a request goes to, and how. A zero field is
// inherited: from the URL (Function, Qualifier), from the named target, from the
// Transport, in this order.
type Target struct {
	// Function is a name, a partial ARN or an ARN, which may end in a qualifier.
	// If empty, the name in the URL.
	Function string
	// Qualifier is a version, an alias or $LATEST. A qualifier here and another
	// in the URL or in the ARN is an error.
	Qualifier string

	// Format is the event's format; if zero, the Transport's, then RESTAPI.
	Format Format
	// Mode is how the answer is fetched; if zero, the Transport's, then Buffered.
	Mode Mode

	// Routes are the function's routes as API Gateway knows them: "GET
	// /items/{id}", "ANY /{proxy+}", "$default". The most specific that matches
	// fills resource, resourcePath, routeKey and pathParameters. If none
	// matches, the request is an error and nothing is sent. If empty, everything
	// matches as a proxy. Function URLs and ALBs have no routes.
	Routes []string

	// Async allows the request header "Prefer: respond-async" (RFC 7240) to turn
	// the request into an Event invocation, answered with 202 Accepted. In a
	// target given to [WithTarget] it makes the request one.
	Async bool
	// DryRun checks permission and parameters and runs nothing: 204 No Content.
	DryRun bool
	// LogTail asks for the end of the function's log: see [Info].
	LogTail bool
	// Idempotent declares that requests may be sent again, whatever their method.
	Idempotent bool

	// TenantID is for functions with tenant isolation.
	TenantID string
	// ClientContext is a JSON object, handed to the function as its client
	// context; at most 3,583 bytes in base64. Lambda refuses anything else, so
	// it is not sent.
	ClientContext json.RawMessage
	// DurableName names a durable execution. Buffered mode only.
	DurableName string

	// Front is what the event says of the front door that it came through.
	Front Front

	// Invoker calls this target; if nil, the Transport's. Another account, role
	// or region is another Invoker.
	Invoker Invoker
}

// Front is what an event says of the front door it came through and of the
// caller. Every field has a default; each is taken from the request's target,
// else from the named target, else from the Transport.
type Front struct {
	// AccountID is the owner of the API. If empty, the account of the function's
	// ARN, else 123456789012; "anonymous" with FunctionURL.
	AccountID string
	// APIID is the API's id. If empty, the first label of the domain name.
	APIID string
	// Stage is the API's stage. If empty, $default. FunctionURL has no other.
	Stage string
	// DomainName is the host that the event carries, in requestContext and, if
	// the request has no Host of its own, in the Host header. If empty,
	// [qualifier.]function.lambda.internal.
	DomainName string
	// SourceIP is the caller's address. If empty, the host of Request.RemoteAddr,
	// else 127.0.0.1.
	SourceIP string
	// TargetGroupARN is the ALB's target group.
	TargetGroupARN string

	// Authorizer is a JSON object, requestContext.authorizer. Who may invoke a
	// function can claim anything here. ALB has none.
	Authorizer json.RawMessage
	// Identity is a JSON object whose members are laid over
	// requestContext.identity. RESTAPI only.
	Identity json.RawMessage
	// StageVariables are the stage's variables. RESTAPI and HTTPAPI only.
	StageVariables map[string]string
}

// overlay takes from over every field that it sets.
func (t *Target) overlay(over *Target) {
	set(&t.Function, over.Function)
	set(&t.Qualifier, over.Qualifier)
	set(&t.Format, over.Format)
	set(&t.Mode, over.Mode)
	if over.Routes != nil {
		t.Routes = over.Routes
	}
	t.Async = t.Async || over.Async
	t.DryRun = t.DryRun || over.DryRun
	t.LogTail = t.LogTail || over.LogTail
	t.Idempotent = t.Idempotent || over.Idempotent
	set(&t.TenantID, over.TenantID)
	if over.ClientContext != nil {
		t.ClientContext = over.ClientContext
	}
	set(&t.DurableName, over.DurableName)
	t.Front.overlay(&over.Front)
	if over.Invoker != nil {
		t.Invoker = over.Invoker
	}
}

func (f *Front) overlay(over *Front) {
	set(&f.AccountID, over.AccountID)
	set(&f.APIID, over.APIID)
	set(&f.Stage, over.Stage)
	set(&f.DomainName, over.DomainName)
	set(&f.SourceIP, over.SourceIP)
	set(&f.TargetGroupARN, over.TargetGroupARN)
	if over.Authorizer != nil {
		f.Authorizer = over.Authorizer
	}
	if over.Identity != nil {
		f.Identity = over.Identity
	}
	if over.StageVariables != nil {
		f.StageVariables = over.StageVariables
	}
}

// set gives *to the value of from, unless that is zero.
func set[T comparable](to *T, from T) {
	var zero T
	if from != zero {
		*to = from
	}
}
