package event

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// answer is what one scan of a function's answer tells: where its parts are.
// A part that the answer has twice is where it comes last.
type answer struct {
	statusCode, cookies                  scanValue
	body, isBase64Encoded, base64Encoded scanValue

	stranger scanValue // the first key that a REST API does not know
	outer    byte      // the first byte of the answer
	value    scanValue // the answer, if it is neither object nor list
	spaced   bool      // it has white space between its tokens
	end      int       // where the answer ends, or what is wrong with it is
}

// read scans the answer that h is for. It returns scanEnd if that begins with a JSON
// value, which a.end ends; else scanDeep or scanBad.
func (a *answer) read(h *headerReader) scanToken {
	f := flat{data: h.data}
	next, ended := a.readFlat(h, &f)
	if !ended {
		return a.readOn(h, next, f.spaced)
	}
	a.outer, a.spaced, a.end = '{', f.spaced, next
	return scanEnd
}

// readOn reads the answer from data[next] on, which is its beginning or follows the brace or
// comma before a member; spaced is whether there was white space before.
func (a *answer) readOn(h *headerReader, next int, spaced bool) scanToken {
	var s scanner
	s.spaced = spaced
	if next > 0 {
		s.enter(h.data, next)
	}
	var part *scanValue // where the next member belongs
	var fields *answerMap
	for {
		token := s.next(h.data)
		if token == scanMore {
			token = s.finish()
		}
		switch token {
		case scanKey:
			if part, fields = a.part(h, s.key); fields != nil {
				fields.begin()
				s.look()
			}
		case scanInner:
			fields.add(s.inner, s.value)
		case scanMember:
			if part != nil {
				*part = s.value
			}
		default:
			a.outer, a.value, a.spaced, a.end = s.outer, s.value, s.spaced, s.pos
			return token
		}
	}
}

// part returns where the member of that key belongs, nil if nowhere, and what collects
// its members, if it has header fields.
func (a *answer) part(h *headerReader, key scanValue) (*scanValue, *answerMap) {
	name := unquoted(h.data, key)
	switch string(name) {
	case "statusCode":
		return &a.statusCode, nil
	case "headers":
		return &h.headers.scanValue, &h.headers
	case "multiValueHeaders":
		return &h.multiValueHeaders.scanValue, &h.multiValueHeaders
	case "body":
		return &a.body, nil
	case "isBase64Encoded":
		return &a.isBase64Encoded, nil
	case "base64Encoded":
		return &a.base64Encoded, nil
	}
	if a.stranger.first == 0 {
		a.stranger = key
	}
	if string(name) == "cookies" {
		return &a.cookies, nil
	}
	return nil, nil
}

// checkREST refuses what a REST API refuses: an answer that is no object, or
// one with a key that it does not know.
func (a *answer) checkREST(data []byte) error {
	switch {
	case a.outer != '{':
		return a.notObject()
	case a.stranger.first != 0:
		return malformed("unknown key %s%s", quote(data, a.stranger), a.strangerHint(data))
	}
	return nil
}

// checkALB refuses what a load balancer refuses: it infers nothing.
func (a *answer) checkALB(data []byte) error {
	switch {
	case a.outer != '{':
		return a.notObject()
	case a.statusCode.first == 0 && a.stranger.first != 0:
		return malformed("statusCode is missing%s", a.strangerHint(data))
	case a.statusCode.first == 0:
		return malformed("statusCode is missing; format rest-api would take it for 200")
	}
	return nil
}

func (a *answer) notObject() error {
	if a.outer == 'n' {
		return malformed("the answer is null: the function returned nothing")
	}
	return malformed("the answer is %s, not an object with statusCode; formats http-api and function-url would send it as JSON", kindName(a.outer))
}

// strangerHint guesses why an answer has a key that it should not have.
func (a *answer) strangerHint(data []byte) string {
	key := string(unquoted(data, a.stranger))
	switch key {
	case "cookies":
		return ": the answer looks like one for format http-api or function-url"
	case "statusDescription":
		return ": the answer looks like one for format alb or alb-multi-value"
	case "errorMessage", "errorType", "stackTrace":
		return ": the answer is a function's error document, but Lambda did not mark it as an error"
	}
	for _, known := range []string{"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"} {
		if strings.EqualFold(key, known) {
			return ": keys are matched by case, it must be " + known
		}
	}
	if a.statusCode.first == 0 {
		return "; formats http-api and function-url would send the whole object as JSON"
	}
	return ""
}

// status returns the status code. If it is missing, or null, and optional is
// true, that is 200.
func (a *answer) status(data []byte, optional bool) (int, error) {
	v := a.statusCode
	var status int
	var ok bool
	switch v.first {
	case 0, 'n':
		if optional {
			return 200, nil
		}
		return 0, malformed("statusCode is null")
	case '"':
		if status, ok = threeDigits(unquoted(data, v)); !ok {
			return 0, malformed("statusCode is %s, not a number", quote(data, v))
		}
	case '{', '[', 't', 'f':
		return 0, malformed("statusCode is %s, not a number", kindName(v.first))
	default:
		text := data[v.start:v.end]
		if status, ok = threeDigits(text); ok {
			break
		}
		number, err := strconv.ParseFloat(string(text), 64)
		if err != nil || number < 200 || number > 999 || number != math.Trunc(number) {
			return 0, malformed("statusCode is %s, not an integer from 200 to 999", clipped(text))
		}
		status = int(number)
	}
	if status < 200 {
		return 0, malformed("statusCode is %d, not from 200 to 999", status)
	}
	return status, nil
}

func threeDigits(text []byte) (n int, ok bool) {
	if len(text) != 3 {
		return 0, false
	}
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

// isBase64 tells whether the body is base64. On a REST API the undocumented
// base64Encoded takes precedence.
func (a *answer) isBase64(f Format, data []byte) (bool, error) {
	name, v := "isBase64Encoded", a.isBase64Encoded
	if f == RESTAPI && a.base64Encoded.first != 0 && a.base64Encoded.first != 'n' {
		name, v = "base64Encoded", a.base64Encoded
	}
	switch v.first {
	case 0, 'n', 'f':
		return false, nil
	case 't':
		return true, nil
	case '"':
		switch string(unquoted(data, v)) {
		case "true", "True":
			return true, nil
		case "false", "False":
			return false, nil
		}
		return false, malformed("%s is %s, not true or false", name, quote(data, v))
	}
	return false, malformed("%s is %s, not true or false", name, kindName(v.first))
}

// kindName names the type of the JSON value that begins with first.
func kindName(first byte) string {
	switch first {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a string"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	return "a number"
}

// quote quotes the beginning of a JSON string, for an error.
func quote(data []byte, v scanValue) string {
	return strconv.QuoteToASCII(clipped(unquoted(data, v)))
}

func clipped(text []byte) string {
	const most = 40
	return string(text[:min(len(text), most)])
}

func malformed(format string, args ...any) *MalformedError {
	return &MalformedError{Reason: fmt.Sprintf(format, args...)}
}
