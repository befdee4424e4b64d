package conformance

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

// gatewayFunction is a function that clients call through the gateway.
type gatewayFunction struct {
	name    string
	format  vialambda.Format
	streams bool
	program program
}

// gatewayFunctions are one of each language, in two formats, buffered and as a
// stream.
func gatewayFunctions() []gatewayFunction {
	return []gatewayFunction{
		{"flask", vialambda.RESTAPI, false, awslambdaric("gateway_function.handler")(0)},
		{"hono", vialambda.FunctionURL, true, awslambdaricNode("gateway_function.handler")(0)},
		{"go", vialambda.FunctionURL, true, program{args: []string{"@/go/gateway"}, env: []string{}}},
	}
}

// runningGateway is a process "vialambda serve" over real functions.
type runningGateway struct {
	endpoint string   // of the Invoke API behind it
	base     string   // http://127.0.0.1:PORT
	port     string   // of base
	exports  []string // the variables that serve says to set
	log      *lockedBuffer
	// divert sends connections to where AWS keeps credentials to a server that
	// has some.
	divert map[string]string
}

// startGateway starts the functions, an Invoke API that verifies signatures, and
// the command in front of it. Each function is there three times: by its name,
// as brief-NAME with a short timeout, and as later-NAME, which may be called
// asynchronously.
func startGateway(t *testing.T, root string) *runningGateway {
	g := &runningGateway{endpoint: serveGatewayFunctions(t, root), log: new(lockedBuffer)}
	keeper := serveCredentials(t)
	g.divert = map[string]string{"169.254.169.254": keeper, "169.254.170.2": keeper, "169.254.170.23": keeper}
	var targets, routes, names strings.Builder
	for _, fn := range gatewayFunctions() {
		mode := vialambda.Buffered
		if fn.streams {
			mode = vialambda.Stream
		}
		for _, kind := range []struct{ prefix, option string }{{"", ""}, {"brief-", "timeout: 300ms"}, {"later-", "async: true"}} {
			name := kind.prefix + fn.name
			fmt.Fprintf(&targets, "  %s: {function: %s, format: %s, mode: %s, %s}\n", name, fn.name, fn.format, mode, kind.option)
			fmt.Fprintf(&routes, "  - {path: /api/%s/*, target: %s, strip: true}\n", name, name)
			fmt.Fprintf(&names, "%s, ", name)
		}
	}
	list := strings.TrimSuffix(names.String(), ", ")
	file := filepath.Join(t.TempDir(), "gateway.yaml")
	config := fmt.Sprintf(`listen: 127.0.0.1:0
log_format: json
region: %s
endpoint_url: ${INVOKE_ENDPOINT}
targets:
%sroutes:
%sproxy: [%s]
by_name: [%s]
`, region, targets.String(), routes.String(), list, list)
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	out := new(lockedBuffer)
	cmd := exec.Command(buildCommand(t, root), "serve", "--config", file)
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "INVOKE_ENDPOINT=" + g.endpoint,
		"AWS_ACCESS_KEY_ID=" + accessKey, "AWS_SECRET_ACCESS_KEY=" + secretKey, "AWS_EC2_METADATA_DISABLED=true",
	}
	cmd.Stdout, cmd.Stderr = out, g.log
	cmd.SysProcAttr = killedWithParent()
	started, ended := make(chan error), make(chan struct{})
	var failed error
	go func() {
		runtime.LockOSThread() // which the kernel takes for the parent
		started <- cmd.Start()
		failed = cmd.Wait()
		close(ended)
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		<-ended
		if failed != nil {
			t.Errorf("vialambda serve: %v\n%s", failed, g.log.tail(2000))
		}
	})
	exports := regexp.MustCompile(`(?m)^  export (.+)\n`)
	if !eventually(func() bool {
		select {
		case <-ended:
			t.Fatal("vialambda serve ended at once")
		default:
		}
		return exports.MatchString(out.tail(1 << 16))
	}) {
		t.Fatalf("vialambda serve printed no lines to set: %s%s", out.tail(2000), g.log.tail(2000))
	}
	g.exports = strings.Fields(exports.FindStringSubmatch(out.tail(1 << 16))[1])
	g.base = regexp.MustCompile(`vialambda gateway: (\S+)`).FindStringSubmatch(out.tail(1 << 16))[1]
	g.port = g.base[strings.LastIndex(g.base, ":")+1:]
	return g
}

func serveGatewayFunctions(t *testing.T, root string) (endpoint string) {
	functions := locallambda.Functions{}
	for _, fn := range gatewayFunctions() {
		c := Function{Name: fn.name, program: func(vialambda.Format) program { return fn.program }}.command(root, fn.format)
		closeAtEnd(t, c)
		functions[fn.name] = c
	}
	server := &locallambda.Server{
		Functions:   functions,
		Credentials: locallambda.Credentials{AccessKeyID: accessKey, SecretAccessKey: secretKey},
		Region:      region,
	}
	front := httptest.NewServer(server)
	t.Cleanup(func() {
		front.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := server.Close(ctx); err != nil {
			t.Errorf("Server.Close: %v", err)
		}
	})
	return front.URL
}
