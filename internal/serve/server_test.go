package serve

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"go.uber.org/goleak"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// syncBuffer is a log that may be read while it is written.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// wait waits until the log says text.
func (b *syncBuffer) wait(t *testing.T, text string) {
	t.Helper()
	for range 1000 {
		if strings.Contains(b.String(), text) {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("the log does not say %q:\n%s", text, b)
}

type running struct {
	file    string
	log     *syncBuffer
	reload  chan os.Signal
	address net.Addr
	metrics net.Addr
	stop    context.CancelFunc
	done    chan error
	creds   error // of the client
	client  *http.Client
}

// start runs a server with the configuration in text.
func start(t *testing.T, text string, functions locallambda.Functions) *running {
	t.Helper()
	r := &running{
		file: filepath.Join(t.TempDir(), "gateway.yaml"), log: new(syncBuffer), reload: make(chan os.Signal), done: make(chan error, 1),
		client: &http.Client{Transport: &http.Transport{}},
	}
	r.write(t, text)
	ready := make(chan struct{})
	server := &Server{
		Load: func() (*Config, error) { return Load(r.file) },
		Connect: func(_ context.Context, a Account) (*Client, error) {
			return &Client{Invoker: functions, Credentials: aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
				switch a.Profile {
				case "refused":
					return aws.Credentials{}, errors.New("refused")
				case "hanging":
					<-ctx.Done()
					return aws.Credentials{}, ctx.Err()
				}
				return aws.Credentials{}, r.creds
			})}, nil
		},
		Reload: r.reload, Log: r.log,
		Ready: func(_ *Config, l, m net.Addr) { r.address, r.metrics = l, m; close(ready) },
	}
	ctx, cancel := context.WithCancel(t.Context())
	r.stop = cancel
	go func() { r.done <- server.Run(ctx) }()
	select {
	case <-ready:
	case err := <-r.done:
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		r.client.CloseIdleConnections()
		if err := <-r.done; err != nil {
			t.Error(err)
		}
		r.done <- nil
	})
	return r
}

func (r *running) write(t *testing.T, text string) {
	t.Helper()
	if err := os.WriteFile(r.file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, client *http.Client, url string) (int, string) {
	t.Helper()
	resp, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func functions() locallambda.Functions {
	saying := func(text string) vialambda.Invoker {
		return locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/fail" {
				panic("secret of the function")
			}
			_, _ = io.WriteString(w, text)
		}))
	}
	return locallambda.Functions{"one": saying("one"), "two": saying("two")}
}

const common = "listen: 127.0.0.1:0\nmetrics_listen: 127.0.0.1:0\nlog_format: json\n"

func TestServeAndReload(t *testing.T) {
	r := start(t, common+"targets: {one: {}, two: {}, gone: {function: nosuch}}\nroutes: [{path: /x/*, target: one}]\nproxy: [two, gone]\n", functions())
	url := "http://" + r.address.String() + "/x/y?token=secret-query"
	if status, body := get(t, r.client, url); status != 200 || body != "one" {
		t.Errorf("%d %s", status, body)
	}
	r.log.wait(t, `"msg":"a target cannot be called","target":"gone"`)
	if _, metrics := get(t, r.client, "http://"+r.metrics.String()+"/metrics"); !strings.Contains(metrics, `vialambda_target_available{target="gone"} 0`) {
		t.Errorf("the metrics do not say that a target cannot be called:\n%s", metrics)
	}

	// A wrong configuration changes nothing.
	r.write(t, common+"targets: {one: {}}\nroutes: [{path: /x/*, target: two}]\n")
	r.reload <- os.Interrupt
	r.log.wait(t, `gateway.yaml:5:`)
	if _, body := get(t, r.client, url); body != "one" {
		t.Errorf("after a bad configuration: %s", body)
	}
	r.write(t, common+"targets: {two: {}}\nroutes: [{path: /x/*, target: two}]\n")
	r.reload <- os.Interrupt
	r.log.wait(t, "configuration reloaded")
	if _, body := get(t, r.client, url); body != "two" {
		t.Errorf("after a good configuration: %s", body)
	}
	if status, _ := get(t, r.client, "http://"+r.address.String()+"/nowhere"); status != 404 {
		t.Errorf("no route: %d", status)
	}

	metrics := ""
	for range 1000 { // the new target is tried in the background
		if _, metrics = get(t, r.client, "http://"+r.metrics.String()+"/metrics"); strings.Contains(metrics, `vialambda_target_available{target="two"} 1`) {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if strings.Contains(metrics, `vialambda_target_available{target="one"}`) {
		t.Error("a target that is no more is said to be available")
	}
	for _, want := range []string{
		`vialambda_requests_total{status="200",target="one"} 2`, `vialambda_requests_total{status="404",target=""}`,
		`vialambda_target_available{target="two"} 1`,
		`vialambda_config_reloads_total{result="failed"} 1`, `vialambda_config_reloads_total{result="ok"} 1`,
		`vialambda_request_duration_seconds_count{start="warm",target="one"} 2`, "vialambda_bytes_in_flight 0",
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("no %s in\n%s", want, metrics)
		}
	}
	if strings.Contains(r.log.String(), "secret-query") {
		t.Error("the log has a query")
	}
	var line map[string]any
	for text := range strings.SplitSeq(r.log.String(), "\n") {
		if strings.Contains(text, `"msg":"request"`) && json.Unmarshal([]byte(text), &line) == nil {
			break
		}
	}
	for _, key := range []string{"request_id", "lambda_request_id", "status", "duration", "function", "attempts", "start", "wait", "queued"} {
		if _, ok := line[key]; !ok {
			t.Errorf("no %s in the log's line %v", key, line)
		}
	}
}

// TestInvocation: what the configuration alone can say reaches Lambda, whatever
// headers a client sends, and the log has what Lambda says: the version that ran.
func TestInvocation(t *testing.T) {
	called := make(chan *vialambda.Invocation, 2)
	fns := locallambda.Functions{"one": vialambda.InvokerFunc(func(_ context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
		if in.Type != vialambda.DryRun {
			called <- in
		}
		return &vialambda.Result{Payload: io.NopCloser(strings.NewReader(`{"statusCode":200}`)), Version: "42", RequestID: "lambda-id"}, nil
	})}
	r := start(t, common+"targets: {prod.one: {tenant: blue, client_context: {custom: {tier: gold}}}}\nby_name: [prod.one]\n", fns)
	req, _ := http.NewRequest(http.MethodGet, "http://"+r.address.String()+"/prod.one/", nil)
	for name, value := range map[string]string{
		"X-Amz-Client-Context": "e30=", "X-Amz-Tenant-Id": "red", "X-Amz-Invocation-Type": "Event", "X-Amz-Log-Type": "None", "X-Amz-Function-Qualifier": "test",
	} {
		req.Header.Set(name, value)
	}
	resp, err := r.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	in := <-called
	if string(in.ClientContext) != `{"custom":{"tier":"gold"}}` || in.TenantID != "blue" || in.Qualifier != "prod" || in.Type != vialambda.RequestResponse || !in.LogTail {
		t.Errorf("Lambda is asked for %s of %q with %q by %s, the log's end: %t", in.Type, in.Qualifier, in.ClientContext, in.TenantID, in.LogTail)
	}
	r.log.wait(t, `"function":"one","qualifier":"prod","version":"42","lambda_request_id":"lambda-id"`)
}

func TestFunctionErrorsAreLoggedAndCounted(t *testing.T) {
	r := start(t, common+"targets: {one: {}}\nby_name: [one]\n", functions())
	status, body := get(t, r.client, "http://"+r.address.String()+"/one/fail")
	if status != 502 || strings.Contains(body, "secret") {
		t.Errorf("%d %s", status, body)
	}
	r.log.wait(t, "secret of the function")
	_, metrics := get(t, r.client, "http://"+r.metrics.String()+"/metrics")
	if !strings.Contains(metrics, `vialambda_function_errors_total{target="one",type="string"} 1`) {
		t.Errorf("the error is not counted:\n%s", metrics)
	}
}

func TestTLSAndUnix(t *testing.T) {
	dir := t.TempDir()
	cert, pool := certificate(t, dir)
	r := start(t, fmt.Sprintf("listen: 127.0.0.1:0\ntls_cert: %s\ntls_key: %s\ntargets: {one: {}}\nby_name: [one]\n", cert, filepath.Join(dir, "key.pem")), functions())
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "localhost"}, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	if status, body := get(t, &http.Client{Transport: transport}, "https://"+r.address.String()+"/one/"); status != 200 || body != "one" {
		t.Errorf("TLS: %d %s", status, body)
	}

	socket := filepath.Join(dir, "gw.sock")
	u := start(t, "listen: unix:"+socket+"\ntargets: {one: {}}\nby_name: [one]\n", functions())
	unix := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}
	defer unix.CloseIdleConnections()
	if status, body := get(t, &http.Client{Transport: unix}, "http://localhost/one/"); status != 200 || body != "one" {
		t.Errorf("Unix: %d %s", status, body)
	}
	for _, address := range []string{r.address.String(), "unix:" + u.address.String()} {
		if l, err := listen(t.Context(), address, "--listen"); err == nil {
			l.Close()
			t.Errorf("%s can be listened on twice", address)
		}
	}
}

func TestStaleSocketIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	again, err := listen(t.Context(), "unix:"+path, "--listen")
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
}
