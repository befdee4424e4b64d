package event

import (
	"strconv"
	"strings"
)

// writeREST writes the head of payload 1.0 as a REST API sends it. The twelve
// top-level members are always there, null where there is nothing to say.
func (e *encoder) writeREST(r *Request) error {
	whole := rooted(r.Path)
	path := collapse(whole)
	resource := r.Route.Resource
	if !routed(r) {
		resource = proxyResource
		if path == "/" {
			resource = "/"
		}
	}
	b := append(e.head, `{"resource":"`...)
	b = appendEscaped(b, resource)
	b = append(b, `","path":"`...)
	b = appendURI(b, path)
	b = append(b, `","httpMethod":"`...)
	b = appendEscaped(b, methodOf(r))
	e.head = append(b, `",`...)
	e.writeRESTHeaders(r)
	e.parseQuery(RESTAPI, r.RawQuery)
	b = append(e.head, `,"queryStringParameters":`...)
	if len(e.params) == 0 {
		b = append(b, `null,"multiValueQueryStringParameters":null`...)
	} else {
		b = e.appendParams(b, lastValue, false)
		b = append(b, `,"multiValueQueryStringParameters":`...)
		b = e.appendParams(b, allValues, false)
	}
	b = append(b, `,"pathParameters":`...)
	switch {
	case !routed(r) && path != "/":
		b = append(b, `{"proxy":"`...)
		b = append(appendURI(b, strings.Trim(path, "/")), `"}`...)
	case routed(r) && len(r.Route.Params) > 0:
		b = append(b, '{')
		for _, p := range r.Route.Params {
			b = append(appendString(b, p.Name), `:"`...)
			b = append(appendURI(b, strings.Trim(p.Value, "/")), `",`...)
		}
		b = closeList(b, '}')
	default:
		b = append(b, "null"...)
	}
	b = append(b, `,"stageVariables":`...)
	if len(r.StageVariables) == 0 {
		b = append(b, "null"...)
	} else {
		b = appendStringMap(b, r.StageVariables)
	}
	e.head = b
	return e.writeRESTContext(r, resource, whole)
}

// writeRESTContext writes requestContext. Its path is as the client sent it.
func (e *encoder) writeRESTContext(r *Request, resource, path string) error {
	b, err := appendAuthorizer(appendRESTAccount(e.head, r), r)
	if err != nil {
		return err
	}
	b = appendRESTAPI(b, r)
	b = appendExtendedID(b, r.ID)
	b = append(b, `","httpMethod":"`...)
	b = appendEscaped(b, methodOf(r))
	if b, err = e.appendIdentity(append(b, '"'), r); err != nil {
		return err
	}
	b = append(b, `,"path":"`...)
	b = appendStagePrefix(b, r)
	b = appendURI(b, path)
	b = append(b, `","protocol":"HTTP/1.1","requestId":"`...)
	b = appendUUID(b, r.ID)
	b = append(b, `","requestTime":"`...)
	b = e.appendTime(b, r.Time)
	b = append(b, `","requestTimeEpoch":`...)
	b = strconv.AppendInt(b, r.Time.UnixMilli(), 10)
	e.head = appendRESTEnd(b, r, resource)
	return nil
}

// appendIdentity appends identity, the caller's, as a member, r.Identity laid over it.
func (e *encoder) appendIdentity(dst []byte, r *Request) ([]byte, error) {
	if present(r.Identity) {
		return e.appendIdentityOver(append(dst, `,"identity":`...), r)
	}
	dst = appendRESTCaller(dst, r)
	dst = e.appendUserAgent(dst)
	return append(dst, `,"userArn":null}`...), nil
}

// appendUserAgent appends the User-Agent, or null.
func (e *encoder) appendUserAgent(dst []byte) []byte {
	if e.userAgent == "" {
		return append(dst, "null"...)
	}
	return appendValue(dst, e.userAgent)
}
