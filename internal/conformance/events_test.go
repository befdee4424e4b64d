package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/internal/conformance/contract"
)

// structGaps are members that AWS sends, on record, and that the structs of
// aws-lambda-go do not have. Each must be in the event, and every other member
// must be in the struct.
var structGaps = map[vialambda.Format]map[string]string{
	vialambda.RESTAPI: {
		"requestContext.deploymentId":            "sent since 2023; not in the struct",
		"requestContext.identity.principalOrgId": "not in the struct",
	},
	vialambda.FunctionURL: {
		"routeKey":                "always $default; not in the struct",
		"requestContext.routeKey": "always $default; not in the struct",
		"requestContext.stage":    "always $default; not in the struct",
	},
}

// TestTrapC8EventsDecodeIntoTypedStructs decodes the events of every case and
// format into the structs of aws-lambda-go/events, with unknown fields
// disallowed, and compares what is in them with the event's own members.
func TestTrapC8EventsDecodeIntoTypedStructs(t *testing.T) {
	targets := map[vialambda.Format]func() any{
		vialambda.RESTAPI:       func() any { return new(events.APIGatewayProxyRequest) },
		vialambda.HTTPAPI:       func() any { return new(events.APIGatewayV2HTTPRequest) },
		vialambda.FunctionURL:   func() any { return new(events.LambdaFunctionURLRequest) },
		vialambda.ALB:           func() any { return new(events.ALBTargetGroupRequest) },
		vialambda.ALBMultiValue: func() any { return new(events.ALBTargetGroupRequest) },
	}
	fronts := map[string]vialambda.Front{
		"plain": {},
		"full": {
			AccountID: "111122223333", APIID: "api", Stage: "prod", DomainName: "api.example.com", SourceIP: "192.0.2.1",
			TargetGroupARN: "arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/x/1",
			StageVariables: map[string]string{"color": "blue"},
		},
	}
	routes := []string{"ANY /echo", "ANY /echo/{rest+}", "$default"}
	for _, format := range allFive {
		for name, front := range fronts {
			target := vialambda.Target{Format: format, Front: front}
			if name == "full" && (format == vialambda.RESTAPI || format == vialambda.HTTPAPI) {
				target.Routes = routes
				target.Front.Authorizer = json.RawMessage(`{"lambda":{"user":"u"}}`)
				if format == vialambda.RESTAPI {
					target.Routes = append(routes[:2:2], "ANY /{proxy+}")
					target.Front.Authorizer = json.RawMessage(`{"principalId":"p","n":1}`)
				}
			}
			if format == vialambda.FunctionURL {
				target.Front.Stage = ""
			}
			t.Run(format.String()+"/"+name, func(t *testing.T) {
				for _, c := range contract.Cases() {
					decodeEvent(t, c.Name, capture(t, target, c), targets[format](), structGaps[format])
				}
			})
		}
	}
}

// capture returns the event that the transport makes of a case.
func capture(t *testing.T, target vialambda.Target, c contract.Case) []byte {
	t.Helper()
	var event []byte
	captured := errors.New("captured")
	client := &http.Client{Transport: &vialambda.Transport{
		Retry:   vialambda.Retry{MaxAttempts: 1},
		Targets: vialambda.Targets{"probe": target},
		Invoker: vialambda.InvokerFunc(func(_ context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
			event = bytes.Clone(in.Payload)
			return nil, captured
		}),
	}}
	req, err := c.Request("http+lambda://probe")
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := client.Do(req); err == nil {
		resp.Body.Close()
		t.Fatalf("%s: an answer from an Invoker that gives none", c.Name)
	} else if !errors.Is(err, captured) {
		t.Fatalf("%s: %v", c.Name, err)
	}
	return event
}

func decodeEvent(t *testing.T, name string, event []byte, into any, gaps map[string]string) {
	t.Helper()
	var members map[string]any
	if err := json.Unmarshal(event, &members); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for gap := range gaps {
		if !remove(members, gap) {
			t.Errorf("%s: %s is a known gap and not in the event", name, gap)
		}
	}
	known, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(bytes.NewReader(known))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		t.Errorf("%s: %v\n%s", name, err, event)
		return
	}
	// What was decoded, written again, has every member of the event that is
	// neither null nor empty, with the same value.
	again, err := json.Marshal(into)
	if err != nil {
		t.Fatal(err)
	}
	var decoded map[string]any
	if err := json.Unmarshal(again, &decoded); err != nil {
		t.Fatal(err)
	}
	for _, path := range lost(members, decoded, "") {
		t.Errorf("%s: %s is not in the struct as the event has it", name, path)
	}
}

// remove deletes the member at a dotted path and reports whether it was there.
func remove(members map[string]any, path string) bool {
	first, rest, nested := strings.Cut(path, ".")
	if !nested {
		_, ok := members[first]
		delete(members, first)
		return ok
	}
	next, ok := members[first].(map[string]any)
	return ok && remove(next, rest)
}

// lost are the paths at which decoded has not the value of members.
func lost(members, decoded map[string]any, prefix string) []string {
	var paths []string
	for name, value := range members {
		switch value := value.(type) {
		case map[string]any:
			inner, _ := decoded[name].(map[string]any)
			paths = append(paths, lost(value, inner, prefix+name+".")...)
		default:
			if !isZero(value) && !reflect.DeepEqual(value, decoded[name]) {
				paths = append(paths, prefix+name)
			}
		}
	}
	slices.Sort(paths)
	return paths
}

func isZero(value any) bool {
	return value == nil || value == "" || value == false || value == float64(0)
}
