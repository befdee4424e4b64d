//go:build unix && !live

package live

import (
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

// TestLocal runs the checks over a socket, with the function of examples/live in
// Node processes: what make live would find is then about AWS, not about them.
func TestLocal(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("node is not installed")
		}
		t.Skip("NOT RUN: node is not installed, so the function of examples/live cannot run")
	}
	program := func(handler string) *locallambda.Command {
		runtime, err := filepath.Abs("testdata/runtime.mjs")
		if err != nil {
			t.Fatal(err)
		}
		c := &locallambda.Command{
			Args: []string{node, runtime}, Dir: "../../examples/live", Handler: handler, MaxConcurrency: 2,
			Timeout: time.Second, InitTimeout: time.Minute, Log: t.Output(),
		}
		t.Cleanup(func() { c.Close(context.WithoutCancel(t.Context())) })
		return c
	}
	// Short, for the time limit here is one second.
	runAll(t, local(t, locallambda.Functions{
		"live": program("index.handler"), "live-stream": program("index.stream"),
		"live:vialambda-nowhere": missing{},
	}), func(t *testing.T, d difference) { t.Error(d) })
}

// TestDifferences runs the checks against functions that do nothing right.
func TestDifferences(t *testing.T) {
	wrong := locallambda.Func(func(context.Context, []byte) ([]byte, error) { return []byte(`"wrong"`), nil })
	s := local(t, locallambda.Functions{"live": wrong, "live-stream": wrong})
	found := map[string]string{}
	runAll(t, s, func(_ *testing.T, d difference) { found[d.name] = d.String() })
	for _, c := range slicesOf(contract, traps, streams) {
		switch c.name {
		// What has nothing to do with the function.
		case "payload too large", "payload that is no JSON", "function that does not exist", "A6 Event", "A6 DryRun", "C1 case of the name":
		default:
			if !strings.Contains(found[c.name], "\n\texpected "+c.want+"\n\tgot      ") {
				t.Errorf("%s: nothing differs, or it is not said: %q", c.name, found[c.name])
			}
		}
	}
}

// local serves functions over a socket and connects to it as make live does.
func local(t *testing.T, functions locallambda.Functions) *session {
	t.Helper()
	home := t.TempDir()
	server := &locallambda.Server{
		Functions: functions, Region: "eu-central-1",
		Credentials: locallambda.Credentials{AccessKeyID: "AKIDLOCAL", SecretAccessKey: "local"},
	}
	web := httptest.NewServer(server)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_LAMBDA": web.URL, "AWS_REGION": "eu-central-1", "AWS_PROFILE": "", "AWS_SESSION_TOKEN": "",
		"AWS_ACCESS_KEY_ID": "AKIDLOCAL", "AWS_SECRET_ACCESS_KEY": "local", "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_CONFIG_FILE": filepath.Join(home, "config"), "AWS_SHARED_CREDENTIALS_FILE": filepath.Join(home, "credentials"),
	} {
		t.Setenv(name, value)
	}
	s, err := connect(t.Context(), "live", "live-stream")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.invoker.CloseIdleConnections()
		web.CloseClientConnections()
		web.Close()
		server.Close(context.WithoutCancel(t.Context()))
	})
	return s
}

// missing is an alias that does not exist.
type missing struct{}

func (missing) Invoke(context.Context, *vialambda.Invocation) (*vialambda.Result, error) {
	return nil, &vialambda.InvokeError{Status: 404, Code: "ResourceNotFoundException", Message: "Function not found"}
}
