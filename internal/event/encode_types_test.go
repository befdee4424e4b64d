package event

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
)

// The events as typed decoders declare them, after AWS's documentation. A
// pointer is a member that may be null.
type (
	restEvent struct {
		Resource                        string               `json:"resource"`
		Path                            string               `json:"path"`
		HTTPMethod                      string               `json:"httpMethod"`
		Headers                         map[string]string    `json:"headers"`
		MultiValueHeaders               map[string][]string  `json:"multiValueHeaders"`
		QueryStringParameters           *map[string]string   `json:"queryStringParameters"`
		MultiValueQueryStringParameters *map[string][]string `json:"multiValueQueryStringParameters"`
		PathParameters                  *map[string]string   `json:"pathParameters"`
		StageVariables                  *map[string]string   `json:"stageVariables"`
		RequestContext                  restContext          `json:"requestContext"`
		Body                            *string              `json:"body"`
		IsBase64Encoded                 bool                 `json:"isBase64Encoded"`
	}
	restContext struct {
		AccountID         string         `json:"accountId"`
		APIID             string         `json:"apiId"`
		Authorizer        map[string]any `json:"authorizer"`
		DeploymentID      string         `json:"deploymentId"`
		DomainName        string         `json:"domainName"`
		DomainPrefix      string         `json:"domainPrefix"`
		ExtendedRequestID string         `json:"extendedRequestId"`
		HTTPMethod        string         `json:"httpMethod"`
		Identity          restIdentity   `json:"identity"`
		Path              string         `json:"path"`
		Protocol          string         `json:"protocol"`
		RequestID         string         `json:"requestId"`
		RequestTime       string         `json:"requestTime"`
		RequestTimeEpoch  int64          `json:"requestTimeEpoch"`
		ResourceID        string         `json:"resourceId"`
		ResourcePath      string         `json:"resourcePath"`
		Stage             string         `json:"stage"`
	}
	restIdentity struct {
		AccessKey                     *string `json:"accessKey"`
		AccountID                     *string `json:"accountId"`
		Caller                        *string `json:"caller"`
		CognitoAuthenticationProvider *string `json:"cognitoAuthenticationProvider"`
		CognitoAuthenticationType     *string `json:"cognitoAuthenticationType"`
		CognitoIdentityID             *string `json:"cognitoIdentityId"`
		CognitoIdentityPoolID         *string `json:"cognitoIdentityPoolId"`
		PrincipalOrgID                *string `json:"principalOrgId"`
		SourceIP                      string  `json:"sourceIp"`
		User                          *string `json:"user"`
		UserAgent                     *string `json:"userAgent"`
		UserArn                       *string `json:"userArn"`
	}
	httpEvent struct {
		Version               string            `json:"version"`
		RouteKey              string            `json:"routeKey"`
		RawPath               string            `json:"rawPath"`
		RawQueryString        string            `json:"rawQueryString"`
		Cookies               []string          `json:"cookies"`
		Headers               map[string]string `json:"headers"`
		QueryStringParameters map[string]string `json:"queryStringParameters"`
		PathParameters        map[string]string `json:"pathParameters"`
		StageVariables        map[string]string `json:"stageVariables"`
		RequestContext        httpContext       `json:"requestContext"`
		Body                  string            `json:"body"`
		IsBase64Encoded       bool              `json:"isBase64Encoded"`
	}
	httpContext struct {
		AccountID    string         `json:"accountId"`
		APIID        string         `json:"apiId"`
		Authorizer   map[string]any `json:"authorizer"`
		DomainName   string         `json:"domainName"`
		DomainPrefix string         `json:"domainPrefix"`
		HTTP         struct {
			Method    string `json:"method"`
			Path      string `json:"path"`
			Protocol  string `json:"protocol"`
			SourceIP  string `json:"sourceIp"`
			UserAgent string `json:"userAgent"`
		} `json:"http"`
		RequestID string `json:"requestId"`
		RouteKey  string `json:"routeKey"`
		Stage     string `json:"stage"`
		Time      string `json:"time"`
		TimeEpoch int64  `json:"timeEpoch"`
	}
	albEvent struct {
		RequestContext struct {
			ELB struct {
				TargetGroupARN string `json:"targetGroupArn"`
			} `json:"elb"`
		} `json:"requestContext"`
		HTTPMethod                      string              `json:"httpMethod"`
		Path                            string              `json:"path"`
		QueryStringParameters           map[string]string   `json:"queryStringParameters"`
		MultiValueQueryStringParameters map[string][]string `json:"multiValueQueryStringParameters"`
		Headers                         map[string]string   `json:"headers"`
		MultiValueHeaders               map[string][]string `json:"multiValueHeaders"`
		Body                            string              `json:"body"`
		IsBase64Encoded                 bool                `json:"isBase64Encoded"`
	}
)

// TestTrapC8TypedDecoders decodes events into those types, unknown fields
// disallowed, and compares which members are null and which there are.
func TestTrapC8TypedDecoders(t *testing.T) {
	least := func() (*Request, io.Reader) { return newRequest("/"), nil }
	most := func() (*Request, io.Reader) {
		r := newRequest("/items/1?a=1")
		body := post(r, "application/json", "{}")
		r.Header["Cookie"] = []string{"a=1"}
		r.Header["User-Agent"] = []string{"ua"}
		r.Route = Route{Key: "POST /items/{id}", Resource: "/items/{id}", Params: []Param{{"id", "1"}}}
		r.StageVariables = map[string]string{"v": "1"}
		r.Authorizer = json.RawMessage(`{"lambda":{}}`)
		return r, body
	}
	const rest = "resource path httpMethod headers multiValueHeaders queryStringParameters multiValueQueryStringParameters" +
		" pathParameters stageVariables requestContext body isBase64Encoded"
	const leastHTTP = "version routeKey rawPath rawQueryString headers requestContext isBase64Encoded"
	for _, test := range []struct {
		name    string
		request func() (*Request, io.Reader)
		formats []Format
		nulls   string
		keys    string
	}{
		{"least", least, []Format{RESTAPI},
			"body pathParameters queryStringParameters multiValueQueryStringParameters stageVariables", rest},
		{"most", most, []Format{RESTAPI}, "", rest},
		{"least", least, []Format{HTTPAPI, FunctionURL}, "", leastHTTP},
		{"most", most, []Format{HTTPAPI}, "",
			leastHTTP + " cookies queryStringParameters pathParameters stageVariables body"},
		{"most", most, []Format{FunctionURL}, "", leastHTTP + " cookies queryStringParameters body"},
		{"both", most, []Format{ALB}, "",
			"requestContext httpMethod path queryStringParameters headers body isBase64Encoded"},
		{"both", least, []Format{ALBMultiValue}, "",
			"requestContext httpMethod path multiValueQueryStringParameters multiValueHeaders body isBase64Encoded"},
	} {
		for _, f := range test.formats {
			t.Run(test.name+"/"+encodeFormatName(f), func(t *testing.T) {
				r, body := test.request()
				event := mustEncode(t, f, r, body)
				var typed any
				switch f {
				case RESTAPI:
					typed = new(restEvent)
				case HTTPAPI, FunctionURL:
					typed = new(httpEvent)
				default:
					typed = new(albEvent)
				}
				d := json.NewDecoder(bytes.NewReader(event))
				d.DisallowUnknownFields()
				if err := d.Decode(typed); err != nil {
					t.Errorf("%v in %s", err, event)
				}
				var members map[string]json.RawMessage
				if err := json.Unmarshal(event, &members); err != nil {
					t.Fatal(err)
				}
				var keys, nulls []string
				for key, value := range members {
					keys = append(keys, key)
					if string(value) == "null" {
						nulls = append(nulls, key)
					}
				}
				for _, c := range []struct {
					got  []string
					want string
				}{{keys, test.keys}, {nulls, test.nulls}} {
					want := strings.Fields(c.want)
					slices.Sort(want)
					slices.Sort(c.got)
					if !slices.Equal(c.got, want) {
						t.Errorf("members:\n got %q\nwant %q", c.got, want)
					}
				}
			})
		}
	}
}

func TestEncodeAuthorizerAndIdentity(t *testing.T) {
	for _, test := range []struct {
		name       string
		raw        string
		authorizer string // what requestContext.authorizer then is
		user       string // what requestContext.identity.user then is
		bad        bool
	}{
		{"nil", "", "", "null", false},
		{"null", "null", "", "null", false},
		{"object", "\n{\"user\":\"ann\"}\n", `{"user":"ann"}`, `"ann"`, false},
		{"empty object", "{}", "{}", "null", false},
		{"overwritten by null", `{"user":null}`, `{"user":null}`, "null", false},
		{"array", "[]", "", "", true},
		{"string", `"a"`, "", "", true},
		{"cut off", `{"user":`, "", "", true},
		{"two", "{}{}", "", "", true},
		{"blank", "  ", "", "", true},
		{"not UTF-8", "{\"user\":\"\xff\"}", "", "", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, f := range []Format{RESTAPI, HTTPAPI, FunctionURL} {
				r := newRequest("/")
				r.Authorizer = json.RawMessage(test.raw)
				event, err := Encode(f, r, nil, noLimit)
				if test.bad != (err != nil) {
					t.Fatalf("authorizer: error %v", err)
				}
				if err == nil && member(t, event, "requestContext", "authorizer") != test.authorizer {
					t.Errorf("authorizer: %s", event)
				}
			}
			r := newRequest("/")
			r.Identity = json.RawMessage(test.raw)
			event, err := Encode(RESTAPI, r, nil, noLimit)
			if test.bad != (err != nil) {
				t.Fatalf("identity: error %v", err)
			}
			if err == nil && member(t, event, "requestContext", "identity", "user") != test.user {
				t.Errorf("identity: %s", event)
			}
		})
	}
}
