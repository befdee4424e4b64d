package caddyvialambda

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	_ "github.com/caddyserver/caddy/v2/modules/standard"

	"github.com/vialambda/vialambda/locallambda"
)

var (
	scratch   string         // for the whole run
	inherited = os.Environ() // go build needs its caches
)

func TestMain(m *testing.M) {
	os.Exit(func() int {
		var err error
		if scratch, err = os.MkdirTemp("", "caddy"); err != nil {
			panic(err)
		}
		defer os.RemoveAll(scratch)
		for name, value := range environment(scratch) {
			os.Setenv(name, value)
		}
		return m.Run()
	}())
}

// environment keeps Caddy and the AWS SDK away from what is on this machine.
func environment(home string) map[string]string {
	return map[string]string{
		"HOME": home, "XDG_DATA_HOME": home, "XDG_CONFIG_HOME": home,
		"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI", "AWS_SESSION_TOKEN": "",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_PROFILE": "", "AWS_REGION": "", "AWS_DEFAULT_REGION": "",
		"AWS_CONFIG_FILE": filepath.Join(home, "aws-config"), "AWS_SHARED_CREDENTIALS_FILE": filepath.Join(home, "aws-credentials"),
		"AWS_ENDPOINT_URL": "", "AWS_ENDPOINT_URL_LAMBDA": "",
	}
}

// caddyBinary builds cmd/caddy once.
var caddyBinary = sync.OnceValues(func() (string, error) {
	path := filepath.Join(scratch, "caddy")
	build := exec.Command("go", slices.Concat([]string{"build", "-o", path}, buildFlags, []string{"./cmd/caddy"})...)
	build.Env = inherited
	if out, err := build.CombinedOutput(); err != nil {
		return "", errors.New(string(out))
	}
	return path, nil
})

// lambda is the Invoke API on this machine.
type lambda struct {
	URL string

	mu    sync.Mutex
	conns map[net.Conn]http.ConnState
}

// startLambda serves functions until the test is over, to those who sign with
// token, if there is one.
func startLambda(t *testing.T, functions locallambda.Functions, token string) *lambda {
	t.Helper()
	l := &lambda{conns: map[net.Conn]http.ConnState{}}
	server := &locallambda.Server{
		Functions: functions, Region: "eu-west-1",
		Credentials: locallambda.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI", SessionToken: token},
	}
	listening := httptest.NewUnstartedServer(server)
	listening.Config.ConnState = func(c net.Conn, state http.ConnState) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.conns[c] = state
	}
	listening.Start()
	l.URL = listening.URL
	t.Cleanup(func() {
		listening.Close()
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = server.Close(ctx)
	})
	return l
}

// open is how many connections are open of those that known has, or of all.
func (l *lambda) open(known []net.Conn) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, c := range known {
		if l.conns[c] != http.StateClosed {
			n++
		}
	}
	return n
}

func (l *lambda) all() []net.Conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []net.Conn
	for c := range l.conns {
		all = append(all, c)
	}
	return all
}
