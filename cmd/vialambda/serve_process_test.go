package main

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

// key is what the gateway signs with; the Invoke APIs of the tests verify it.
var key = locallambda.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}

// gatewayProcess is a running vialambda serve.
type gatewayProcess struct {
	url, metrics string
	config       string // the file
	cmd          *exec.Cmd
	log          gatewayLog
	ended        chan error
}

// gatewayLog counts the lines of requests and keeps the others; of the first
// thousand of requests it keeps those, too.
type gatewayLog struct {
	requests atomic.Int64
	mu       sync.Mutex
	text     strings.Builder
}

func (l *gatewayLog) read(from io.Reader) {
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		request := strings.Contains(lines.Text(), "msg=request ")
		if request && l.requests.Add(1) > 1000 {
			continue
		}
		l.mu.Lock()
		l.text.WriteString(lines.Text() + "\n")
		l.mu.Unlock()
	}
}

func (l *gatewayLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// await waits until the log matches.
func (l *gatewayLog) await(t *testing.T, pattern string) {
	t.Helper()
	await(t, func() bool { return regexp.MustCompile(pattern).MatchString(l.String()) }, func() string {
		return "the log does not say " + pattern + ":\n" + l.String()
	})
}

func await(t *testing.T, done func() bool, complaint func() string) {
	t.Helper()
	for range 3000 {
		if done() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal(complaint())
}

// startGateway runs vialambda serve with the configuration in text. program is
// "vialambda", this binary in its other role, or the file of another.
func startGateway(t *testing.T, program, text string, env ...string) *gatewayProcess {
	t.Helper()
	return startGatewayWith(t, program, text, nil, env...)
}

// startGatewayWith is startGateway with further flags.
func startGatewayWith(t *testing.T, program, text string, flags []string, env ...string) *gatewayProcess {
	t.Helper()
	dir := t.TempDir()
	p := &gatewayProcess{config: filepath.Join(dir, "gateway.yaml"), ended: make(chan error, 1)}
	p.write(t, text)
	p.cmd = exec.Command(program, append([]string{"serve", "--config", p.config, "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"}, flags...)...)
	p.cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "AWS_EC2_METADATA_DISABLED=true", "AWS_REGION=us-east-1",
		"AWS_ACCESS_KEY_ID=" + key.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + key.SecretAccessKey,
	}, env...)
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var readers sync.WaitGroup
	readers.Go(func() { p.log.read(stderr) })
	lines := bufio.NewScanner(stdout)
	for p.metrics == "" && lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "vialambda gateway: "); ok {
			p.url = url
		}
		if url, ok := strings.CutPrefix(lines.Text(), "metrics: "); ok {
			p.metrics = url
		}
	}
	readers.Go(func() { _, _ = io.Copy(io.Discard, stdout) })
	go func() {
		readers.Wait()
		p.ended <- p.cmd.Wait()
	}()
	t.Cleanup(func() { p.stop(t) })
	if p.metrics == "" {
		t.Fatalf("vialambda serve does not say where it is:\n%s", &p.log)
	}
	return p
}

func (p *gatewayProcess) write(t *testing.T, text string) {
	t.Helper()
	// In one step: a reload must not find half of it.
	if err := os.WriteFile(p.config+".new", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(p.config+".new", p.config); err != nil {
		t.Fatal(err)
	}
}

func (p *gatewayProcess) signal(t *testing.T, s os.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// stop ends the process with SIGTERM and checks that it ends well. It may be
// called twice.
func (p *gatewayProcess) stop(t *testing.T) {
	t.Helper()
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // ended already, if called twice
	select {
	case err := <-p.ended:
		if err != nil {
			t.Errorf("vialambda serve ended with %v:\n%s", err, &p.log)
		}
		p.ended <- nil
	case <-time.After(time.Minute):
		_ = p.cmd.Process.Kill()
		t.Errorf("vialambda serve does not end:\n%s", &p.log)
	}
}

// value returns a metric, summed over the labels that it has besides those
// given: value(t, `vialambda_requests_total`, `status="200"`).
func (p *gatewayProcess) value(t *testing.T, name string, labels ...string) float64 {
	t.Helper()
	resp, err := oneShot.Get(p.metrics)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var sum float64
	lines := bufio.NewScanner(resp.Body)
next:
	for lines.Scan() {
		key, value, _ := strings.Cut(lines.Text(), " ")
		if metric, _, _ := strings.Cut(key, "{"); metric != name {
			continue
		}
		for _, label := range labels {
			if !strings.Contains(key, label) {
				continue next
			}
		}
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += n
	}
	return sum
}

// oneShot leaves no connection behind.
var oneShot = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

// fetchText returns the status and the body of a GET.
func fetchText(t *testing.T, url string) (int, string) {
	t.Helper()
	resp, err := oneShot.Get(url)
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

// invokeAPI serves functions on a socket.
func invokeAPI(t *testing.T, functions locallambda.Functions) string {
	t.Helper()
	server := httptest.NewServer(&locallambda.Server{Functions: functions, Credentials: key})
	t.Cleanup(server.Close)
	return server.URL
}

func says(text string) vialambda.Invoker {
	return locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }))
}
