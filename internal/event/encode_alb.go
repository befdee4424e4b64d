package event

// writeALB writes the head of an Application Load Balancer's event: of each
// pair of maps the one that the target group's attribute
// lambda.multi_value_headers.enabled chooses, the query not decoded.
func (e *encoder) writeALB(f Format, r *Request, size int64) {
	b := append(e.head, `{"requestContext":{"elb":{"targetGroupArn":"`...)
	b = appendEscaped(b, targetGroup(r))
	b = append(b, `"}},"httpMethod":"`...)
	b = appendEscaped(b, methodOf(r))
	b = append(b, `","path":"`...)
	b = append(appendURI(b, rooted(r.Path)), '"')
	e.parseQuery(f, r.RawQuery)
	if f == ALBMultiValue {
		b = append(b, `,"multiValueQueryStringParameters":`...)
		b = e.appendParams(b, allValues, true)
	} else {
		b = append(b, `,"queryStringParameters":`...)
		b = e.appendParams(b, lastValue, true)
	}
	e.head = append(b, ',')
	e.writeALBHeaders(f, r, size)
}

// targetGroup returns r's target group: readers that tell events apart by it
// need one.
func targetGroup(r *Request) string {
	if r.TargetGroupARN != "" {
		return r.TargetGroupARN
	}
	return "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/vialambda/0123456789abcdef"
}
