package event

// What Decode makes of an answer, where the front doors differ or where it is
// not documented what they do. "Lenient" marks what AWS refuses, or is said to.
//
// What is an answer:
//
//   - RESTAPI: an object. A key other than statusCode, headers,
//     multiValueHeaders, body, isBase64Encoded and base64Encoded is refused,
//     cookies and statusDescription too. statusCode missing or null means 200.
//   - HTTPAPI, FunctionURL: an object with the key statusCode; unknown keys are
//     ignored. Anything else is the body of a 200: a string what it says, as
//     application/json; other JSON as it is written (HTTPAPI) or without its
//     white space (FunctionURL), as application/json; what is not JSON byte by
//     byte, as application/json (HTTPAPI) or application/octet-stream
//     (FunctionURL). So null is the text null and nothing is an empty body.
//   - ALB, ALBMultiValue: an object with the key statusCode; unknown keys are
//     ignored. statusDescription is not looked at.
//   - Keys are matched by case. Of a key that occurs twice, the last holds.
//   - Deeper than 1,000 levels, or with more than 1,000 header fields: refused.
//
// statusCode:
//
//   - an integer from 200 to 999, also written 200.0, or a string of three
//     digits; for HTTPAPI and the load balancers a string is lenient. 1xx is
//     refused: it is never the last response.
//
// Header fields:
//
//   - RESTAPI: multiValueHeaders, then headers. HTTPAPI and FunctionURL: cookies
//     as Set-Cookie, then headers; multiValueHeaders is ignored. ALB: headers
//     alone. ALBMultiValue: multiValueHeaders alone.
//   - A value in headers that the lists have for the same name, or that is all
//     of theirs joined with commas, counts once. Repeats within one map stay.
//     Names that differ in case are one name. Nothing is split.
//   - A number, true or false is taken as it is spelled (lenient but for true
//     and false on RESTAPI); null is no value; a list in headers, an object, or
//     something other than a list in multiValueHeaders is refused.
//   - headers, multiValueHeaders and cookies may be null (lenient for the load
//     balancers).
//   - A name that is no token, CR, LF or NUL in a value: refused. Other control
//     characters pass. White space around a value goes.
//   - Connection and what it names, Keep-Alive, Proxy-Connection, Te, Trailer,
//     Transfer-Encoding and Upgrade are dropped; nothing is renamed to
//     X-Amzn-Remapped-*. Content-Length is in Response.ContentLength.
//   - Without a Content-Type: application/json (RESTAPI, FunctionURL),
//     text/plain; charset=utf-8 (HTTPAPI), none (load balancers); on 204 and 304
//     none.
//
// Body:
//
//   - A string, or missing or null. HTTPAPI and FunctionURL: anything else is
//     its JSON text without white space. Invalid UTF-8 and lone surrogates
//     become U+FFFD. 204 and 304 have none, whatever the answer says.
//   - isBase64Encoded is true, false, null or one of the strings true, True,
//     false and False. On RESTAPI base64Encoded takes precedence.
//   - If it is true the body is always decoded: on RESTAPI too, where API Gateway
//     looks at the Accept header and the API's binary media types. The alphabet
//     is the standard one; padding may be missing (lenient); line breaks and
//     other white space are refused.
