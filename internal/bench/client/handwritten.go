package client

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// handWritten is what is written by someone who has neither vialambda nor a
// gateway: the SDK's client, encoding/json, and the events of aws-lambda-go.
type handWritten struct {
	spec   *Spec
	body   []byte
	client *lambda.Client
}

func newHandWritten(spec *Spec, body []byte, pool func(*http.Transport)) *handWritten {
	return &handWritten{spec: spec, body: body, client: newLambda(spec, pool)}
}

func (h *handWritten) call(ctx context.Context, function string, w io.Writer) error {
	event, err := h.event()
	if err != nil {
		return err
	}
	if h.spec.Stream {
		return h.stream(ctx, function, event, w)
	}
	out, err := h.client.Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String(function), Payload: event})
	if err != nil {
		return err
	}
	if out.FunctionError != nil {
		return fmt.Errorf("function error %s: %.200s", *out.FunctionError, out.Payload)
	}
	var answer events.APIGatewayProxyResponse
	if err := json.Unmarshal(out.Payload, &answer); err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", answer.StatusCode)
	}
	body := []byte(answer.Body)
	if answer.IsBase64Encoded {
		if body, err = base64.StdEncoding.DecodeString(answer.Body); err != nil {
			return err
		}
	}
	_, err = w.Write(body)
	return err
}

func (h *handWritten) event() ([]byte, error) {
	target, err := url.Parse(h.spec.Path)
	if err != nil {
		return nil, err
	}
	event := events.APIGatewayProxyRequest{
		Resource:                        "/{proxy+}",
		Path:                            target.Path,
		HTTPMethod:                      h.spec.Method,
		Headers:                         make(map[string]string, len(h.spec.Header)),
		MultiValueHeaders:               h.spec.Header,
		QueryStringParameters:           make(map[string]string),
		MultiValueQueryStringParameters: target.Query(),
		RequestContext: events.APIGatewayProxyRequestContext{
			HTTPMethod: h.spec.Method,
			Path:       target.Path,
			Stage:      "prod",
			Identity:   events.APIGatewayRequestIdentity{SourceIP: "127.0.0.1"},
		},
	}
	for name, values := range h.spec.Header {
		event.Headers[name] = values[len(values)-1]
	}
	for name, values := range event.MultiValueQueryStringParameters {
		event.QueryStringParameters[name] = values[len(values)-1]
	}
	switch {
	case utf8.Valid(h.body):
		event.Body = string(h.body)
	default:
		event.Body = base64.StdEncoding.EncodeToString(h.body)
		event.IsBase64Encoded = true
	}
	return json.Marshal(event)
}

// stream reads an answer of InvokeWithResponseStream, prelude and all.
func (h *handWritten) stream(ctx context.Context, function string, event []byte, w io.Writer) error {
	out, err := h.client.InvokeWithResponseStream(ctx, &lambda.InvokeWithResponseStreamInput{
		FunctionName: aws.String(function), Payload: event,
	})
	if err != nil {
		return err
	}
	stream := out.GetStream()
	defer stream.Close()
	var prelude []byte
	complete, inBody := false, false
	for event := range stream.Events() {
		switch event := event.(type) {
		case *types.InvokeWithResponseStreamResponseEventMemberPayloadChunk:
			chunk := event.Value.Payload
			if !inBody {
				prelude = append(prelude, chunk...)
				if _, chunk, inBody = bytes.Cut(prelude, make([]byte, 8)); !inBody {
					continue
				}
			}
			if _, err := w.Write(chunk); err != nil {
				return err
			}
		case *types.InvokeWithResponseStreamResponseEventMemberInvokeComplete:
			if event.Value.ErrorCode != nil {
				return errors.New(*event.Value.ErrorCode)
			}
			complete = true
		}
	}
	if err := stream.Err(); err != nil {
		return err
	}
	if !complete {
		return io.ErrUnexpectedEOF
	}
	return nil
}
