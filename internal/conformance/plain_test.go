package conformance

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/vialambda/vialambda/internal/conformance/contract"
)

// startPlain starts an application's own server and returns its base URL. The
// process is killed when the test ends.
func startPlain(t testing.TB, root string, p program) string {
	t.Helper()
	args := p.resolve(root)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = filepath.Join(root, p.dir)
	cmd.Env = append(os.Environ(), p.env...)
	cmd.SysProcAttr = killedWithParent()
	var complaints strings.Builder
	cmd.Stderr = &complaints
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	// The kernel takes the thread that started a process for its parent: this
	// one lives as long as the server.
	started, ended := make(chan error), make(chan struct{})
	go func() {
		runtime.LockOSThread()
		started <- cmd.Start()
		<-ended
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		close(ended)
	})
	port := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if number, ok := strings.CutPrefix(lines.Text(), "PORT "); ok {
				port <- number
				break
			}
		}
		close(port)
		io.Copy(io.Discard, out)
	}()
	select {
	case number, ok := <-port:
		if !ok {
			cmd.Wait()
			t.Fatalf("%s ended before it printed its port: %s", strings.Join(args, " "), complaints.String())
		}
		return "http://127.0.0.1:" + number
	case <-time.After(time.Minute):
		t.Fatalf("%s printed no port", strings.Join(args, " "))
	}
	panic("unreachable")
}

// askAll sends every case to a plain server.
func askAll(t testing.TB, base string, cases []contract.Case) map[string]*Answer {
	t.Helper()
	// A connection for each request: chalice's server leaves the body of an
	// answer to HEAD on it.
	transport := &http.Transport{DisableCompression: true, DisableKeepAlives: true}
	client := &http.Client{Transport: transport, CheckRedirect: follownone, Timeout: time.Minute}
	answers := map[string]*Answer{}
	for _, c := range cases {
		answer, err := ask(t, client, base, c)
		if err != nil {
			answers[c.Name] = &Answer{Body: fmt.Appendf(nil, "no answer: %v", err)}
			continue
		}
		answers[c.Name] = answer
	}
	return answers
}

func ask(t testing.TB, client *http.Client, base string, c contract.Case) (*Answer, error) {
	req, err := c.Request(base)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req.WithContext(t.Context()))
	if err != nil {
		return nil, err
	}
	return NewAnswer(c, resp)
}

func follownone(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// diffContract says in a line where an application's own server departs from
// the contract; "" if nowhere. Frameworks choose some fields, and the bodies of
// redirects and errors, as they like.
func diffContract(c contract.Case, reference, own *Answer) string {
	want, got := *reference, *own
	want.Header, got.Header = map[string][]string{}, map[string][]string{}
	for _, name := range []string{"Set-Cookie", "Location", "X-One", "X-List", "Content-Encoding"} {
		if values := reference.Header[name]; values != nil {
			want.Header[name] = values
		}
		if values := own.Header[name]; values != nil {
			got.Header[name] = values
		}
	}
	if c.Name == "answer: redirect" || c.Name == "answer: error" {
		got.Body = want.Body
	}
	return Diff(&want, &got)
}
