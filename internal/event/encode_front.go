package event

// RESTFront is what a REST API's events say of the front door alone, in JSON: made
// once, for all of them. It is read only.
type RESTFront struct {
	fields      [numKinds]ownField
	account     string // requestContext up to its authorizer
	api         string // and from there to its extendedRequestId
	caller      string // identity up to its userAgent
	root, proxy string // the end, of the resources "/" and proxyResource
}

// ownField is a header field that the front door adds, as a member of headers and of
// multiValueHeaders with a comma after it; "" if it is another in every event.
type ownField struct{ one, all string }

const proxyResource = "/{proxy+}"

// NewRESTFront makes the RESTFront of requests that have the Host, SourceIP, AccountID,
// APIID, Stage and DomainName of r.
func NewRESTFront(r *Request) *RESTFront {
	same := *r
	same.Front = nil
	f := &RESTFront{
		account: string(appendRESTAccount(nil, &same)),
		api:     string(appendRESTAPI(nil, &same)),
		caller:  string(appendRESTCaller(nil, &same)),
		root:    string(appendRESTEnd(nil, &same, "/")),
		proxy:   string(appendRESTEnd(nil, &same, proxyResource)),
	}
	for _, kind := range []headerKind{kindHost, kindForwardedFor, kindForwardedPort, kindForwardedProto} {
		name, value := `"`+gatewayNames[kind]+`":`, string(appendOwn([]byte{'"'}, kind, &same))+`"`
		f.fields[kind] = ownField{name + value + ",", name + "[" + value + "],"}
	}
	return f
}

// appendRESTAccount appends requestContext up to its authorizer.
func appendRESTAccount(b []byte, r *Request) []byte {
	if r.Front != nil {
		return append(b, r.Front.account...)
	}
	b = append(b, `,"requestContext":{"accountId":"`...)
	b = appendEscaped(b, r.AccountID)
	b = append(b, `","apiId":"`...)
	b = appendEscaped(b, r.APIID)
	return append(b, '"')
}

// appendRESTAPI appends what follows the authorizer, up to the extendedRequestId.
func appendRESTAPI(b []byte, r *Request) []byte {
	if r.Front != nil {
		return append(b, r.Front.api...)
	}
	b = append(b, `,"deploymentId":"`...)
	b = appendResourceID(b, r, stageOf(r))
	b = append(b, `","domainName":"`...)
	b = appendEscaped(b, r.DomainName)
	b = append(b, `","domainPrefix":"`...)
	b = appendEscaped(b, domainPrefix(r.DomainName))
	return append(b, `","extendedRequestId":"`...)
}

// appendRESTCaller appends identity up to its userAgent.
func appendRESTCaller(b []byte, r *Request) []byte {
	if r.Front != nil {
		return append(b, r.Front.caller...)
	}
	b = append(b, `,"identity":{"accessKey":null,"accountId":null,"caller":null,`+
		`"cognitoAuthenticationProvider":null,"cognitoAuthenticationType":null,`+
		`"cognitoIdentityId":null,"cognitoIdentityPoolId":null,"principalOrgId":null,"sourceIp":"`...)
	b = appendEscaped(b, r.SourceIP)
	return append(b, `","user":null,"userAgent":`...)
}

// appendRESTEnd appends the end of requestContext, from its resource on.
func appendRESTEnd(b []byte, r *Request, resource string) []byte {
	if r.Front != nil {
		switch resource {
		case "/":
			return append(b, r.Front.root...)
		case proxyResource:
			return append(b, r.Front.proxy...)
		}
	}
	b = append(b, `,"resourceId":"`...)
	b = appendResourceID(b, r, resource)
	b = append(b, `","resourcePath":"`...)
	b = appendEscaped(b, resource)
	b = append(b, `","stage":"`...)
	b = appendEscaped(b, stageOf(r))
	return append(b, `"}`...)
}

// ownField returns what r.Front says of a field, or nil.
func (r *Request) ownField(f *headerField) *ownField {
	if r.Front == nil || f.values != nil || r.Front.fields[f.kind].one == "" {
		return nil
	}
	return &r.Front.fields[f.kind]
}
