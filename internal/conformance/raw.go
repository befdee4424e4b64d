package conformance

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/internal/conformance/contract"
)

// recorder is an Invoker that keeps the last answer of the one beneath, as the
// function gave it.
type recorder struct {
	next vialambda.Invoker

	mu   sync.Mutex
	last []byte
	kind string // FunctionError
}

func (r *recorder) Invoke(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
	result, err := r.next.Invoke(ctx, in)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last, r.kind = nil, result.FunctionError
	result.Payload = &recordedPayload{ReadCloser: result.Payload, recorder: r}
	return result, nil
}

type recordedPayload struct {
	io.ReadCloser
	recorder *recorder
}

func (p *recordedPayload) Read(b []byte) (int, error) {
	n, err := p.ReadCloser.Read(b)
	p.recorder.mu.Lock()
	defer p.recorder.mu.Unlock()
	p.recorder.last = append(p.recorder.last, b[:n]...)
	return n, err
}

// answer returns the last answer in the form in which raw answers are compared.
func (r *recorder) answer(c contract.Case) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return rawAnswer(c, r.kind, r.last)
}

// invokeRaw hands the function an event and returns what it answers.
func invokeRaw(ctx context.Context, fn vialambda.Invoker, name string, stream bool, c contract.Case, event []byte) (string, error) {
	result, err := fn.Invoke(ctx, &vialambda.Invocation{Function: name, Payload: event, Stream: stream})
	if err != nil {
		return "", err
	}
	defer result.Payload.Close()
	payload, err := io.ReadAll(result.Payload)
	if err != nil {
		return "", err
	}
	return rawAnswer(c, result.FunctionError, payload), nil
}

// rawAnswer puts a function's answer into one form: the fields of the list left
// out, names of headers in lower case, the body decoded, /echo's sorted. Of a
// function error only the type and the message are left.
func rawAnswer(c contract.Case, functionError string, payload []byte) string {
	if functionError != "" {
		var e struct{ ErrorType, ErrorMessage string }
		_ = json.Unmarshal(payload, &e) // what is no error document is compared as such
		if e.ErrorMessage == "" {
			return functionError + " " + string(payload)
		}
		return fmt.Sprintf("%s %s %s", functionError, e.ErrorType, e.ErrorMessage)
	}
	envelope, body, streamed := bytes.Cut(payload, make([]byte, 8))
	var answer map[string]any
	if err := json.Unmarshal(envelope, &answer); err != nil {
		return string(payload)
	}
	if !streamed {
		text, _ := answer["body"].(string)
		body = []byte(text)
		if answer["isBase64Encoded"] == true {
			if decoded, err := base64.StdEncoding.DecodeString(text); err == nil {
				body = decoded
			}
		}
		delete(answer, "body")
	}
	for _, key := range []string{"headers", "multiValueHeaders"} {
		fields, ok := answer[key].(map[string]any)
		if !ok {
			continue
		}
		lower := map[string]any{}
		for name, value := range fields {
			if !listed(responseFields, name) {
				lower[strings.ToLower(name)] = value
			}
		}
		answer[key] = lower
	}
	if cookies, ok := answer["cookies"].([]any); ok {
		slices.SortFunc(cookies, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	}
	text, err := json.Marshal(answer)
	if err != nil {
		return string(payload)
	}
	if c.Echo() {
		if echo, err := parseEcho(body); err == nil {
			return fmt.Sprintf("%s\n%+v", text, *echo)
		}
	}
	return fmt.Sprintf("%s\n%s", text, body)
}
