package conformance

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/internal/conformance/contract"
	"github.com/vialambda/vialambda/locallambda"
)

// function returns the row of that name.
func function(t *testing.T, name string) Function {
	t.Helper()
	rows := Functions()
	i := slices.IndexFunc(rows, func(fn Function) bool { return fn.Name == name })
	if i < 0 {
		t.Fatalf("no function %s", name)
	}
	return rows[i]
}

// startFunction returns a client for one function in one format, and closes the
// function when the test ends.
func startFunction(t *testing.T, fn Function, f vialambda.Format, change func(*locallambda.Command)) *http.Client {
	t.Helper()
	needs(t, fn.Language)
	command := fn.command(moduleRoot(t), f)
	if change != nil {
		change(command)
	}
	closeAtEnd(t, command)
	return &http.Client{Transport: &vialambda.Transport{
		Invoker: locallambda.Functions{fn.Name: command},
		Targets: vialambda.Targets{fn.Name: {Format: f, Mode: fn.Mode, Routes: fn.Routes}},
	}}
}

// closeAtEnd ends the function's processes when the test ends.
func closeAtEnd(t *testing.T, command *locallambda.Command) {
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := command.Close(ctx); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
}

// children are the processes that this one has started and that are still
// there; none where /proc does not tell.
func children(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // the thread has ended
		}
		all = append(all, strings.Fields(string(text))...)
	}
	return all
}

// TestConcurrentCalls sends a hundred calls at once to a Python and a Go
// function with four workers at most: each answer carries its own request's
// nonce.
func TestConcurrentCalls(t *testing.T) {
	const calls, workers = 100, 4
	for _, name := range []string{"mangum", "chi"} {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			cold := 0
			before := children(t)
			t.Cleanup(func() { // runs after the function's own end
				if after := children(t); len(after) > len(before) {
					t.Errorf("processes left behind: %v, before: %v", after, before)
				}
			})
			client := startFunction(t, function(t, name), vialambda.HTTPAPI, func(c *locallambda.Command) {
				c.MaxConcurrency = workers
				c.Observe = func(r locallambda.Report) {
					mu.Lock()
					defer mu.Unlock()
					if r.Cold {
						cold++
					}
				}
			})
			var running sync.WaitGroup
			for i := range calls {
				running.Go(func() {
					nonce := fmt.Sprintf("nonce-%d", i)
					resp, err := client.Post("http+lambda://"+name+"/echo?n="+nonce, contract.TextType, strings.NewReader(nonce))
					if err != nil {
						t.Error(err)
						return
					}
					body, err := io.ReadAll(resp.Body)
					resp.Body.Close()
					if err != nil {
						t.Error(err)
						return
					}
					echo, err := parseEcho(body)
					if err != nil {
						t.Error(err)
						return
					}
					if string(echo.Body) != nonce || len(echo.Query) != 1 || echo.Query[0][1] != nonce {
						t.Errorf("%s was answered with %s, %v", nonce, echo.Body, echo.Query)
					}
				})
			}
			running.Wait()
			mu.Lock()
			defer mu.Unlock()
			if cold == 0 || cold > workers {
				t.Errorf("%d workers were started, allowed are %d", cold, workers)
			}
		})
	}
}

// TestRapidClientShim runs a function under aws-lambda-ric with the shim in the
// place of its native part, which the matrix uses where that is compiled.
func TestRapidClientShim(t *testing.T) {
	failing := Function{Name: "no-handler", Language: "node", program: awslambdaricNode("hono_app.nothing")}
	shim := func(c *locallambda.Command) { c.Env = append(c.Env, "RAPID_CLIENT=javascript") }
	client := startFunction(t, function(t, "hono"), vialambda.RESTAPI, shim)
	for _, target := range []string{"/utf8", "/large", "/utf8"} {
		resp, err := client.Get("http+lambda://hono" + target)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if want := map[string]string{"/utf8": contract.UTF8, "/large": contract.Large()}[target]; string(body) != want {
			t.Errorf("%s: %d bytes %s, not %d", target, len(body), short(body), len(want))
		}
	}
	_, err := startFunction(t, failing, vialambda.RESTAPI, shim).Get("http+lambda://no-handler/")
	if e, ok := errors.AsType[*vialambda.FunctionError](err); !ok || e.Type != "Runtime.HandlerNotFound" {
		t.Errorf("a missing handler: %v", err)
	}
}

// TestTrapE8SlashRedirect follows the redirect to /slash/, which FastAPI and
// Flask make absolute, with credentials and a cookie. They must reach the
// function; if the Location were followed over the network, the request would
// fail, for no server has that name.
func TestTrapE8SlashRedirect(t *testing.T) {
	for _, name := range []string{"mangum", "zappa", "apig-wsgi", "serverless-wsgi"} {
		fn := function(t, name)
		for _, f := range fn.Formats {
			t.Run(name+"/"+f.String(), func(t *testing.T) {
				client := startFunction(t, fn, f, nil)
				jar, err := cookiejar.New(nil)
				if err != nil {
					t.Fatal(err)
				}
				client.Jar = vialambda.CookieJar(jar)
				hops := 0
				client.CheckRedirect = func(*http.Request, []*http.Request) error {
					if hops++; hops > 1 {
						return http.ErrUseLastResponse
					}
					return nil
				}
				req, err := http.NewRequestWithContext(t.Context(), "GET", "http+lambda://"+name+"/slash", nil)
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Authorization", "Bearer t0ken")
				req.AddCookie(&http.Cookie{Name: "session", Value: "abc123"})
				resp, err := client.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				body, err := io.ReadAll(resp.Body)
				if err != nil {
					t.Fatal(err)
				}
				if name == "mangum" && f == vialambda.FunctionURL {
					// A function URL writes http.path without the slash, and
					// Mangum reads that one: the redirect leads to itself, at
					// AWS too.
					if hops != 2 || resp.StatusCode != 307 {
						t.Errorf("%d redirects, status %d; want a loop", hops, resp.StatusCode)
					}
					return
				}
				want := `{"authorization":"Bearer t0ken","cookies":{"session":"abc123"}}`
				if got := string(canonicalJSON(body)); hops != 1 || resp.StatusCode != 200 || got != want {
					t.Errorf("%d redirects, status %d, %s; want one, 200, %s", hops, resp.StatusCode, got, want)
				}
			})
		}
	}
}

// TestStreams reads what real streaming functions write, in both modes.
func TestStreams(t *testing.T) {
	stream := Function{
		Name: "node", Language: "node",
		program: awslambdaricNode("stream_app.handler"),
	}
	typed := Function{
		Name: "go", Language: "go",
		program: func(vialambda.Format) program { return program{args: []string{"@/go/streaming"}, env: []string{}} },
	}
	for _, test := range []struct {
		fn      Function
		prelude bool // the status line and the fields are checked too
	}{
		{fn: stream, prelude: true},
		{fn: typed, prelude: true},
		{fn: function(t, "hono-stream")},
		{fn: function(t, "lambdaurl-stream")},
		{fn: function(t, "lambda_http-stream")},
	} {
		for _, mode := range []vialambda.Mode{vialambda.Stream, vialambda.Auto, vialambda.Buffered} {
			t.Run(test.fn.Name+"/"+mode.String(), func(t *testing.T) {
				fn := test.fn
				fn.Mode = mode
				client := startFunction(t, fn, vialambda.FunctionURL, nil)
				resp, err := client.Get("http+lambda://" + fn.Name + "/stream")
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				if kind := mediaType(resp.Header.Get("Content-Type")); kind != mediaType(contract.TextType) {
					t.Errorf("Content-Type %q", kind)
				}
				if test.prelude {
					if got := resp.Header["Set-Cookie"]; !slices.Equal(got, contract.Cookies()) {
						t.Errorf("Set-Cookie %q", got)
					}
					if resp.Header.Get("X-One") != "1" {
						t.Errorf("X-One %q", resp.Header.Get("X-One"))
					}
				}
				lines := bufio.NewScanner(resp.Body)
				for i := range 5 {
					if !lines.Scan() || lines.Text() != fmt.Sprint("line ", i) {
						t.Fatalf("line %d is %q: %v", i, lines.Text(), lines.Err())
					}
				}
				if lines.Scan() || lines.Err() != nil {
					t.Errorf("after the last line: %q, %v", lines.Text(), lines.Err())
				}
			})
		}
	}
}
