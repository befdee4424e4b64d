package awslambda_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/awslambda"
)

// home writes files into the .aws directory of a new home.
func home(t *testing.T, files map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, ".aws", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, "~", dir)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// environment makes the environment have nothing of AWS in it but env and files.
func environment(t *testing.T, files, env map[string]string) {
	t.Helper()
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "") // so that it is restored
			os.Unsetenv(name)
		}
	}
	dir := home(t, files)
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(dir, ".aws", "config"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(dir, ".aws", "credentials"))
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	for name, value := range env {
		t.Setenv(name, value)
	}
}

// standInSTS hands out credentials named after the role and how it was asked for.
func standInSTS(t *testing.T) *httptest.Server {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		form, err := url.ParseQuery(string(body))
		if err != nil {
			t.Error(err)
		}
		action := form.Get("Action")
		role := form.Get("RoleArn")[strings.LastIndexByte(form.Get("RoleArn"), '/')+1:]
		by := "token-" + form.Get("WebIdentityToken")
		if action == "AssumeRole" {
			_, by, _ = strings.Cut(r.Header.Get("Authorization"), "Credential=")
			by, _, _ = strings.Cut(by, "/")
		}
		w.Header().Set("Content-Type", "text/xml")
		fmt.Fprintf(w, `<%[1]sResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><%[1]sResult><Credentials>
			<AccessKeyId>%[2]s-by-%[3]s</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>session</SessionToken>
			<Expiration>%[4]s</Expiration></Credentials>
			<AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/%[2]s/x</Arn><AssumedRoleId>id:x</AssumedRoleId></AssumedRoleUser>
			</%[1]sResult></%[1]sResponse>`, action, role, by, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	}))
	t.Cleanup(server.Close)
	return server
}

// TestConfiguration loads the SDK's configuration from files and environment in
// every way that boto3 shares, and looks at what arrives.
func TestConfiguration(t *testing.T) {
	sts := standInSTS(t)
	const keys = "[default]\naws_access_key_id=AKIDFILE\naws_secret_access_key=secret\n"
	for _, test := range []struct {
		name               string
		files, env         map[string]string
		key, region, token string
	}{
		{
			name: "access keys and AWS_REGION",
			env:  map[string]string{"AWS_ACCESS_KEY_ID": "AKIDENV", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-west-1"},
			key:  "AKIDENV", region: "eu-west-1",
		},
		{
			name: "session token and AWS_DEFAULT_REGION",
			env:  map[string]string{"AWS_ACCESS_KEY_ID": "AKIDENV", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token", "AWS_DEFAULT_REGION": "eu-west-2"},
			key:  "AKIDENV", region: "eu-west-2", token: "token",
		},
		{
			name:  "shared credentials and config files",
			files: map[string]string{"credentials": keys, "config": "[default]\nregion=eu-west-3\n"},
			key:   "AKIDFILE", region: "eu-west-3",
		},
		{
			name: "files elsewhere",
			files: map[string]string{"../own/credentials": keys + "aws_session_token=filetoken\n", "../own/config": "[default]\nregion=eu-north-1\n",
				"config": "[default]\nregion=us-east-1\n"},
			env: map[string]string{"AWS_SHARED_CREDENTIALS_FILE": "~/own/credentials", "AWS_CONFIG_FILE": "~/own/config"},
			key: "AKIDFILE", region: "eu-north-1", token: "filetoken",
		},
		{
			name:  "AWS_PROFILE",
			files: map[string]string{"credentials": keys + "[work]\naws_access_key_id=AKIDWORK\naws_secret_access_key=secret\n", "config": "[profile work]\nregion=ap-south-1\n"},
			env:   map[string]string{"AWS_PROFILE": "work"},
			key:   "AKIDWORK", region: "ap-south-1",
		},
		{
			name:  "region in code",
			files: map[string]string{"credentials": keys, "config": "[default]\nregion=eu-west-3\n"},
			env:   map[string]string{callRegion: "sa-east-1"},
			key:   "AKIDFILE", region: "sa-east-1",
		},
		{
			name: "a role of a profile",
			files: map[string]string{"credentials": keys,
				"config": "[profile app]\nrole_arn=arn:aws:iam::123456789012:role/caller\nsource_profile=default\nregion=us-east-2\n"},
			env: map[string]string{"AWS_PROFILE": "app"},
			key: "caller-by-AKIDFILE", region: "us-east-2", token: "session",
		},
		{
			name:  "a web identity of a profile",
			files: map[string]string{"token": "file", "config": "[default]\nrole_arn=arn:aws:iam::123456789012:role/pod\nweb_identity_token_file=~/.aws/token\nregion=us-east-2\n"},
			key:   "pod-by-token-file", region: "us-east-2", token: "session",
		},
		{
			name:  "a web identity of the environment",
			files: map[string]string{"token": "env"},
			env:   map[string]string{"AWS_WEB_IDENTITY_TOKEN_FILE": "~/.aws/token", "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/pod", "AWS_REGION": "us-east-2"},
			key:   "pod-by-token-env", region: "us-east-2", token: "session",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			lambdaServer := record(t, nil)
			dir := home(t, test.files)
			child := exec.Command(os.Args[0], "-test.run=^$")
			child.Env = []string{"HOME=" + dir, "USERPROFILE=" + dir, "AWS_EC2_METADATA_DISABLED=true", callOnce + "=1",
				"AWS_ENDPOINT_URL_LAMBDA=" + lambdaServer.URL, "AWS_ENDPOINT_URL_STS=" + sts.URL}
			for name, value := range test.env {
				child.Env = append(child.Env, name+"="+strings.ReplaceAll(value, "~", dir))
			}
			if out, err := child.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			all := lambdaServer.all()
			if len(all) != 2 {
				t.Fatalf("%d calls came, not one by each constructor", len(all))
			}
			for _, r := range all {
				authorization := r.Header.Get("Authorization")
				if !strings.Contains(authorization, "Credential="+test.key+"/") || !strings.Contains(authorization, "/"+test.region+"/lambda/aws4_request") {
					t.Errorf("Authorization: %s", authorization)
				}
				if got := r.Header.Get("X-Amz-Security-Token"); got != test.token {
					t.Errorf("session token %q", got)
				}
			}
		})
	}
}

// The environment of a process that makes a call by each constructor and ends: only
// a new process looks for its home anew.
const (
	callOnce   = "AWSLAMBDA_TEST_CALL"
	callRegion = "AWSLAMBDA_TEST_REGION" // the region in code
)

func callByEnvironment() error {
	var options []func(*config.LoadOptions) error
	if region := os.Getenv(callRegion); region != "" {
		options = append(options, config.WithRegion(region))
	}
	cfg, err := config.LoadDefaultConfig(context.Background(), options...)
	if err != nil {
		return err
	}
	for _, client := range []*awslambda.Client{awslambda.New(cfg), awslambda.FromSDK(lambda.NewFromConfig(cfg))} {
		result, err := client.Invoke(context.Background(), &vialambda.Invocation{Function: "f"})
		if err != nil {
			return err
		}
		result.Payload.Close()
	}
	return nil
}
