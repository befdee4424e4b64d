package conformance

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// callGo makes the calls with aws-sdk-go-v2.
func callGo(t *testing.T, endpoint string) map[string]told {
	client := lambda.New(lambda.Options{
		Region:           region,
		BaseEndpoint:     &endpoint,
		Credentials:      credentials.NewStaticCredentialsProvider(accessKey, secretKey, ""),
		RetryMaxAttempts: 1,
	})
	calls := map[string]*lambda.InvokeInput{
		"invoke":           {FunctionName: aws.String("probe"), Payload: []byte(`{"say":"Grüße"}`)},
		"arn":              {FunctionName: aws.String("arn:aws:lambda:eu-central-1:123456789012:function:probe"), Qualifier: aws.String("$LATEST"), Payload: []byte(`{}`)},
		"client context":   {FunctionName: aws.String("probe"), ClientContext: aws.String(base64.StdEncoding.EncodeToString([]byte(`{"custom":{"a":"b"}}`))), Payload: []byte(`{}`)},
		"log tail":         {FunctionName: aws.String("probe"), LogType: types.LogTypeTail, Payload: []byte(`{"say":"something"}`)},
		"dry run":          {FunctionName: aws.String("probe"), InvocationType: types.InvocationTypeDryRun, Payload: []byte(`{}`)},
		"async":            {FunctionName: aws.String("probe"), InvocationType: types.InvocationTypeEvent, Payload: []byte(`{"say":"later"}`)},
		"function error":   {FunctionName: aws.String("probe"), Payload: []byte(`{"fail":true}`)},
		"throttle":         {FunctionName: aws.String("busy"), Payload: []byte(`{}`)},
		"unknown function": {FunctionName: aws.String("nobody"), Payload: []byte(`{}`)},
	}
	answers := map[string]told{}
	for name, in := range calls {
		out, err := client.Invoke(t.Context(), in)
		if err != nil {
			answers[name] = toldGo(err)
			continue
		}
		log, err := base64.StdEncoding.DecodeString(aws.ToString(out.LogResult))
		if err != nil {
			t.Error(err)
		}
		answer := told{
			Status: int(out.StatusCode), Version: aws.ToString(out.ExecutedVersion),
			FunctionError: aws.ToString(out.FunctionError), Log: string(log),
		}
		if len(out.Payload) > 0 {
			if err := json.Unmarshal(out.Payload, &answer.Payload); err != nil {
				t.Error(err)
			}
		}
		answers[name] = answer
	}
	out, err := client.InvokeWithResponseStream(t.Context(), &lambda.InvokeWithResponseStreamInput{
		FunctionName: aws.String("stream"), Payload: []byte(`{}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer out.GetStream().Close()
	var text []byte
	for event := range out.GetStream().Events() {
		if chunk, ok := event.(*types.InvokeWithResponseStreamResponseEventMemberPayloadChunk); ok {
			text = append(text, chunk.Value.Payload...)
		}
	}
	answers["stream"] = told{Text: string(text)}
	return answers
}

func toldGo(err error) (answer told) {
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		answer.Code, answer.Message = e.ErrorCode(), e.ErrorMessage()
	}
	if e, ok := errors.AsType[*smithyhttp.ResponseError](err); ok {
		answer.Status = e.HTTPStatusCode()
	}
	if e, ok := errors.AsType[*types.TooManyRequestsException](err); ok {
		answer.Reason = string(e.Reason)
	}
	return answer
}
