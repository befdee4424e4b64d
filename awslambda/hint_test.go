package awslambda_test

import (
	"net"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/awslambda"
)

// TestFirstContact goes through what newcomers stumble over: each error is one line
// that names the way out, in its text or in its hint.
func TestFirstContact(t *testing.T) {
	const byName = `{"Message":"User: arn:aws:iam::123456789012:user/bob is not authorized to perform: lambda:InvokeFunction on resource: arn:aws:lambda:us-east-1:123456789012:function:orders:prod because no identity-based policy allows the lambda:InvokeFunction action"}`
	for _, test := range []struct {
		name string
		code string
		body string
		in   vialambda.Invocation
		want string
	}{
		{"denied, as AWS says it", "AccessDeniedException", byName, vialambda.Invocation{Function: "orders", Qualifier: "prod"},
			"the caller's policy must allow lambda:InvokeFunction on arn:aws:lambda:us-east-1:123456789012:function:orders:prod"},
		{"denied without words", "AccessDeniedException", `{"Message":null}`, vialambda.Invocation{Function: "orders"},
			"the caller's policy must allow lambda:InvokeFunction on arn:aws:lambda:us-east-1:*:function:orders"},
		{"denied, an alias", "AccessDeniedException", `{}`, vialambda.Invocation{Function: "arn:aws:lambda:us-east-1:123456789012:function:orders", Qualifier: "prod"},
			"the caller's policy must allow lambda:InvokeFunction on arn:aws:lambda:us-east-1:123456789012:function:orders:prod"},
		{"denied, an ARN's alias", "AccessDeniedException", `{}`, vialambda.Invocation{Function: "arn:aws:lambda:us-east-1:123456789012:function:orders:prod"},
			"the caller's policy must allow lambda:InvokeFunction on arn:aws:lambda:us-east-1:123456789012:function:orders:prod"},
		{"denied, a partial ARN", "AccessDeniedException", `{}`, vialambda.Invocation{Function: "123456789012:function:orders", Qualifier: "7"},
			"the caller's policy must allow lambda:InvokeFunction on arn:aws:lambda:us-east-1:123456789012:function:orders:7"},
		{"denied in China", "AccessDeniedException", `{}`, vialambda.Invocation{Function: "arn:aws-cn:lambda:cn-north-1:123456789012:function:orders"},
			"the caller's policy must allow lambda:InvokeFunction on arn:aws-cn:lambda:cn-north-1:123456789012:function:orders"},
		{"no such function", "ResourceNotFoundException", `{"Message":"Function not found: arn:aws:lambda:us-east-1:123456789012:function:oders:$LATEST"}`, vialambda.Invocation{Function: "oders"},
			"asked in region us-east-1, account 123456789012: is the name right, and deployed there?"},
		{"no such function, without words", "ResourceNotFoundException", `{}`, vialambda.Invocation{Function: "oders"},
			"asked in region us-east-1: is the name right, and deployed there?"},
		{"no such function of an account", "ResourceNotFoundException", `{}`, vialambda.Invocation{Function: "123456789012:function:oders"},
			"asked in region us-east-1, account 123456789012: is the name right, and deployed there?"},
		{"unknown key", "UnrecognizedClientException", `{"message":"The security token included in the request is invalid."}`, vialambda.Invocation{Function: "f"},
			"AWS does not know this access key in region us-east-1: check AWS_PROFILE and AWS_SESSION_TOKEN"},
		{"wrong secret", "InvalidSignatureException", `{"message":"x"}`, vialambda.Invocation{Function: "f"}, "check the secret access key"},
		{"expired", "ExpiredTokenException", `{"message":"x"}`, vialambda.Invocation{Function: "f"},
			"the credentials have expired: log in again, for instance with aws sso login"},
		{"unsigned", "MissingAuthenticationTokenException", `{"message":"x"}`, vialambda.Invocation{Function: "f"},
			"the request was not signed: configure credentials"},
		{"what needs no hint", "InvalidParameterValueException", `{"message":"x"}`, vialambda.Invocation{Function: "f"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := record(t, refuse(403, test.code, test.body))
			eachClient(t, testConfig(server.URL), func(t *testing.T, client *awslambda.Client) {
				_, err := client.Invoke(t.Context(), &test.in)
				failed := invokeError(t, err)
				if got := hintOf(err); got != test.want || strings.ContainsRune(got, '\n') {
					t.Errorf("got  %q\nwant %q", got, test.want)
				}
				if failed.Code != test.code || failed.MayHaveRun {
					t.Errorf("%+v", failed)
				}
			})
		})
	}
}

// TestFirstContactUnsent goes through what ends before anything is sent.
func TestFirstContactUnsent(t *testing.T) {
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	base := func(url string) aws.Config { return testConfig(url) }
	region := func(region string) aws.Config { return aws.Config{Region: region, Credentials: testCredentials} }
	for name, test := range map[string]struct {
		cfg  aws.Config
		want []string
	}{
		"E12 no region":                {region(""), []string{"NoRegion", "AWS_REGION", "ARN"}},
		"a region that is none":        {region("us east 1"), []string{`NoEndpoint: region "us east 1" has none`}},
		"an endpoint without a scheme": {base("localhost:3001"), []string{`endpoint URL "localhost:3001" is not one`, "http://localhost:3001"}},
		"an endpoint by number":        {base("127.0.0.1:3001"), []string{`endpoint URL "127.0.0.1:3001" is not one`}},
		"an endpoint without a host":   {base("http://"), []string{`endpoint URL "http://" is not one`}},
		"an endpoint that is no URL":   {base("http://[::1"), []string{`is not one`}},
		"an endpoint of another kind":  {base("ftp://user:hunter2@example.com"), []string{`endpoint URL "…@example.com" is not one`}},
		"nobody there":                 {base("http://" + gone.Addr().String()), []string{"nothing listens there", "endpoint URL"}},
		"nil credentials":              {aws.Config{Region: "us-east-1"}, []string{"NoCredentials", "LoadDefaultConfig"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := newClient(t, test.cfg).Invoke(t.Context(), &vialambda.Invocation{Function: "f"})
			if failed := invokeError(t, err); failed.MayHaveRun {
				t.Errorf("%+v", failed)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("no %q in %v", want, err)
				}
			}
			if strings.ContainsAny(err.Error(), "\r\n") || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%q", err.Error())
			}
		})
	}
	t.Run("no credentials anywhere", func(t *testing.T) {
		environment(t, nil, map[string]string{"AWS_REGION": "us-east-1"})
		cfg, err := config.LoadDefaultConfig(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		eachClient(t, cfg, func(t *testing.T, client *awslambda.Client) {
			_, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f"})
			if failed := invokeError(t, err); failed.MayHaveRun || failed.Status != 0 {
				t.Errorf("%+v", failed)
			}
			for _, want := range []string{"NoCredentials", "AWS_ACCESS_KEY_ID", "AWS_PROFILE", "instance metadata: turned off (AWS_EC2_METADATA_DISABLED)", "aws configure"} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("no %q in %v", want, err)
				}
			}
		})
	})
	t.Run("a role that cannot be assumed", func(t *testing.T) {
		server := record(t, refuse(403, "", `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not allowed to sts:AssumeRole</Message></Error></ErrorResponse>`))
		environment(t, map[string]string{
			"credentials": "[default]\naws_access_key_id=AKID\naws_secret_access_key=secret\n",
			"config":      "[profile app]\nrole_arn=arn:aws:iam::123456789012:role/caller\nsource_profile=default\nregion=us-east-2\n",
		}, map[string]string{"AWS_PROFILE": "app", "AWS_ENDPOINT_URL_STS": server.URL})
		cfg, err := config.LoadDefaultConfig(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		eachClient(t, cfg, func(t *testing.T, client *awslambda.Client) {
			_, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f"})
			want := "lambda invoke: NoCredentials: from the profile, an assumed role: AccessDenied: not allowed to sts:AssumeRole"
			if failed := invokeError(t, err); failed.MayHaveRun || err.Error() != want {
				t.Errorf("%v", err)
			}
		})
	})
}
