package conformance

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// serveCredentials serves the credentials with which functions can be called
// where EC2, ECS and EKS keep them, and returns its port. It refuses requests
// that a proxy would get.
func serveCredentials(t *testing.T) (port string) {
	document := fmt.Sprintf(`{"Code": "Success", "AccessKeyId": %q, "SecretAccessKey": %q, "Token": "", "Expiration": "2100-01-01T00:00:00Z"}`, accessKey, secretKey)
	answers := map[string]string{
		"GET /hello":            "not proxied",
		"PUT /latest/api/token": "the token",
		"GET /latest/meta-data/iam/security-credentials/":          "some-role",
		"GET /latest/meta-data/iam/security-credentials/some-role": document,
		"GET /of-the-task":    document,
		"GET /v1/credentials": document,
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, ok := answers[r.Method+" "+r.RequestURI]
		if !ok {
			http.NotFound(w, r)
			return
		}
		io.WriteString(w, answer)
	}))
	t.Cleanup(server.Close)
	return server.URL[strings.LastIndex(server.URL, ":")+1:]
}

// TestTrapE10GatewayBoto3: a program that sets what serve prints calls functions
// through the gateway, and with boto3 still finds the credentials of its machine
// or task, and AWS. Without NO_PROXY it does not.
func TestTrapE10GatewayBoto3(t *testing.T) {
	needs(t, "python")
	needs(t, "node")
	needs(t, "go")
	root := moduleRoot(t)
	g := startGateway(t, root)
	var proxyOnly []string
	for _, line := range g.exports {
		if strings.HasPrefix(strings.ToUpper(line), "HTTP_PROXY=") {
			proxyOnly = append(proxyOnly, line)
		}
	}
	const found = "not proxied; 200 Grüße, 世界 🌍; " + accessKey + "; 204"
	for _, test := range []struct{ name, keeper, want string }{
		{"EC2", "", found},
		{"ECS", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/of-the-task", found},
		{"EKS", "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://169.254.170.23/v1/credentials", found},
		{"EC2, without NO_PROXY", "", "proxied; 200 Grüße, 世界 🌍; None"},
	} {
		t.Run(test.name, func(t *testing.T) {
			args := program{args: []string{"@/python/clients/bin/python", "gateway_credentials.py"}}.resolve(root)
			cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
			cmd.Dir = filepath.Join(root, "python")
			cmd.Env = append(gatewayMode{env: g.exports}.environ(t),
				"AWS_REGION="+region, "AWS_DEFAULT_REGION="+region, "AWS_ENDPOINT_URL_LAMBDA="+g.endpoint, "DIVERT_TO="+g.divert["169.254.169.254"], test.keeper)
			if strings.HasSuffix(test.name, "without NO_PROXY") {
				cmd.Env = append(gatewayMode{env: proxyOnly}.environ(t), cmd.Env[len(cmd.Env)-5:]...)
			}
			cmd.Stderr = os.Stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.TrimSpace(string(out)); got != test.want {
				t.Errorf("%s, not %s", got, test.want)
			}
		})
	}
}
