package event

import (
	"bytes"
	"strconv"
	"strings"
)

// writeHTTPAPI writes the head of payload 2.0 as an HTTP API sends it: rawPath
// decoded in spite of its name, cookies in cookies alone.
func (e *encoder) writeHTTPAPI(r *Request, size int64) error {
	key := r.Route.Key
	if key == "" {
		key = defaultStage
	}
	b := append(e.head, `{"version":"2.0","routeKey":"`...)
	b = appendEscaped(b, key)
	b = append(b, `","rawPath":"`...)
	b = e.appendHTTPAPIPath(b, r)
	e.head = append(b, `",`...)
	e.writeHTTPParts(HTTPAPI, r, size)
	b = e.head
	if len(r.Route.Params) > 0 {
		b = append(b, `"pathParameters":{`...)
		for _, p := range r.Route.Params {
			b = append(appendString(b, p.Name), `:"`...)
			b = append(e.appendDecodedPath(b, p.Value), `",`...)
		}
		b = append(closeList(b, '}'), ',')
	}
	if len(r.StageVariables) > 0 {
		b = append(b, `"stageVariables":`...)
		b = append(appendStringMap(b, r.StageVariables), ',')
	}
	b, err := e.appendHTTPContext(b, r)
	if err != nil {
		return err
	}
	b = e.appendHTTPAPIPath(b, r)
	b = e.appendHTTPBlockEnd(b, r)
	b = appendExtendedID(b, r.ID)
	e.head = e.appendHTTPContextEnd(b, r, key, stageOf(r))
	return nil
}

// writeFunctionURL writes the head of payload 2.0 as a function URL sends it:
// rawPath as sent, cookies in the header too, neither routes nor stages.
func (e *encoder) writeFunctionURL(r *Request, size int64) error {
	path := rooted(r.Path)
	b := append(e.head, `{"version":"2.0","routeKey":"$default","rawPath":"`...)
	e.head = append(appendURI(b, path), `",`...)
	e.writeHTTPParts(FunctionURL, r, size)
	b, err := e.appendHTTPContext(e.head, r)
	if err != nil {
		return err
	}
	if path != "/" {
		path = strings.TrimSuffix(path, "/")
	}
	b = e.appendDecodedPath(b, path)
	b = e.appendHTTPBlockEnd(b, r)
	b = appendUUID(b, r.ID)
	e.head = e.appendHTTPContextEnd(b, r, defaultStage, defaultStage)
	return nil
}

// writeHTTPParts writes what of payload 2.0 comes between rawPath and the
// request context. What there is none of is left out.
func (e *encoder) writeHTTPParts(f Format, r *Request, size int64) {
	b := append(e.head, `"rawQueryString":"`...)
	e.head = append(appendURI(b, r.RawQuery), `",`...)
	e.writeCookies()
	e.writeHTTPHeaders(r, size, f == FunctionURL)
	b = append(e.head, ',')
	e.parseQuery(f, r.RawQuery)
	if len(e.params) > 0 {
		b = append(b, `"queryStringParameters":`...)
		b = append(e.appendParams(b, joinedValues, false), ',')
	}
	e.head = b
}

// appendHTTPAPIPath appends the path of an HTTP API as the inside of a JSON
// string. A named stage is part of it, and a decoded "?" ends it, so that what
// follows does not get into the query of a function that makes a URL of it.
func (e *encoder) appendHTTPAPIPath(dst []byte, r *Request) []byte {
	dst = appendStagePrefix(dst, r)
	e.text = appendDecoded(e.text[:0], rooted(r.Path), false)
	text, _, _ := bytes.Cut(e.text, []byte("?"))
	return appendEscaped(dst, text)
}

// appendHTTPContext appends requestContext up to the value of http.path, whose
// quote is open.
func (e *encoder) appendHTTPContext(dst []byte, r *Request) ([]byte, error) {
	dst = append(dst, `"requestContext":{"accountId":"`...)
	dst = appendEscaped(dst, r.AccountID)
	dst = append(dst, `","apiId":"`...)
	dst = appendEscaped(dst, r.APIID)
	dst, err := appendAuthorizer(append(dst, '"'), r)
	if err != nil {
		return nil, err
	}
	dst = append(dst, `,"domainName":"`...)
	dst = appendEscaped(dst, r.DomainName)
	dst = append(dst, `","domainPrefix":"`...)
	dst = appendEscaped(dst, domainPrefix(r.DomainName))
	dst = append(dst, `","http":{"method":"`...)
	dst = appendEscaped(dst, methodOf(r))
	return append(dst, `","path":"`...), nil
}

// appendHTTPBlockEnd appends what follows http.path, up to the value of
// requestId, whose quote is open.
func (e *encoder) appendHTTPBlockEnd(dst []byte, r *Request) []byte {
	dst = append(dst, `","protocol":"HTTP/1.1","sourceIp":"`...)
	dst = appendEscaped(dst, r.SourceIP)
	dst = append(dst, `","userAgent":"`...)
	dst = appendFieldText(dst, e.userAgent)
	return append(dst, `"},"requestId":"`...)
}

// appendHTTPContextEnd appends what follows requestId.
func (e *encoder) appendHTTPContextEnd(dst []byte, r *Request, key, stage string) []byte {
	dst = append(dst, `","routeKey":"`...)
	dst = appendEscaped(dst, key)
	dst = append(dst, `","stage":"`...)
	dst = appendEscaped(dst, stage)
	dst = append(dst, `","time":"`...)
	dst = e.appendTime(dst, r.Time)
	dst = append(dst, `","timeEpoch":`...)
	dst = strconv.AppendInt(dst, r.Time.UnixMilli(), 10)
	return append(dst, '}')
}
