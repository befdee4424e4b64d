package awslambda_test

import (
	"bytes"
	"compress/gzip"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/awslambda"
)

// trusting returns cfg with the SDK's own HTTP client, which trusts server.
func trusting(cfg aws.Config, server *httptest.Server) aws.Config {
	roots := server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	cfg.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
		tr.TLSClientConfig.RootCAs = roots
	})
	return cfg
}

// overHTTP2 is trusting with a transport that is told to speak HTTP/2.
func overHTTP2(cfg aws.Config, server *httptest.Server) aws.Config {
	cfg = trusting(cfg, server)
	cfg.HTTPClient = cfg.HTTPClient.(*awshttp.BuildableClient).WithTransportOptions(func(tr *http.Transport) {
		tr.Protocols = new(http.Protocols)
		tr.Protocols.SetHTTP1(true)
		tr.Protocols.SetHTTP2(true)
	})
	return cfg
}

// withClient returns cfg with a caller's own HTTP client.
func withClient(cfg aws.Config, client aws.HTTPClient) aws.Config {
	cfg.HTTPClient = client
	return cfg
}

// TestTrapE5 makes a thousand calls at once, twice: the second time no connection is
// made, and no TLS handshake.
func TestTrapE5(t *testing.T) {
	const calls = 1000
	var conns atomic.Int64
	var inside sync.WaitGroup
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inside.Done()
		inside.Wait() // all calls are in flight at once
		io.WriteString(w, "{}")
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			conns.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	client := newClient(t, testConfig(server.URL))
	for round := range 2 {
		inside.Add(calls)
		var group sync.WaitGroup
		for range calls {
			group.Go(func() {
				result, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f", Payload: []byte("{}")})
				if err != nil {
					t.Error(err)
					return
				}
				defer result.Payload.Close()
				if _, err := io.Copy(io.Discard, result.Payload); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if n := conns.Load(); n != calls {
			t.Errorf("after round %d: %d connections for %d calls at once", round+1, n, calls)
		}
	}
}

// TestTrapE6 says that a certificate that does not verify ends the call, before
// anything is sent, and that nothing in the configuration was needed for that.
func TestTrapE6(t *testing.T) {
	var calls atomic.Int64
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
	server.Config.ErrorLog = discardLog()
	defer server.Close()
	eachClient(t, testConfig(server.URL), func(t *testing.T, client *awslambda.Client) {
		_, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f"})
		failed := invokeError(t, err)
		if failed.MayHaveRun || !strings.Contains(err.Error(), "AWS_CA_BUNDLE") || strings.Contains(err.Error(), "skip") {
			t.Errorf("%v", err)
		}
		if _, ok := errors.AsType[x509.UnknownAuthorityError](err); !ok {
			t.Errorf("no x509 error in %v", err)
		}
	})
	if calls.Load() != 0 {
		t.Error("a call came through")
	}
}

// TestHTTP2 says what is sent by which version of HTTP to a server that speaks both.
func TestHTTP2(t *testing.T) {
	var conns atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, r.Proto)
	}))
	server.EnableHTTP2 = true
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			conns.Add(1)
		}
	}
	server.StartTLS()
	defer server.Close()
	usual, told := trusting(testConfig(server.URL), server), overHTTP2(testConfig(server.URL), server)
	for _, test := range []struct {
		name string
		cfg  aws.Config
		size int
		want string
	}{
		{"small", usual, 60 << 10, "HTTP/1.1"},
		{"large", usual, 60<<10 + 1, "HTTP/2.0"},
		{"small, as it was told", told, 2, "HTTP/2.0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := conns.Load()
			client := newClient(t, test.cfg)
			for range 20 {
				result, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f", Payload: make([]byte, test.size)})
				if err != nil {
					t.Fatal(err)
				}
				if proto := string(read(t, result)); proto != test.want {
					t.Fatal(proto)
				}
			}
			if n := conns.Load() - before; n != 1 {
				t.Errorf("%d connections", n)
			}
		})
	}
}

// TestTrapE11 has large answers come through the SDK's pipeline whole, once each.
// Without what FromSDK does, about one in ten is cut by the client itself.
func TestTrapE11(t *testing.T) {
	const calls = 40
	payload := bytes.Repeat([]byte("x"), 5_600_000)
	var requests atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		w.Header().Set("Content-Length", itoa(len(payload)))
		w.Write(payload)
	}))
	defer server.Close()
	client := fromSDK(t, testConfig(server.URL))
	for range calls {
		result, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f", Payload: []byte("{}")})
		if err != nil {
			t.Fatal(err)
		}
		if got := read(t, result); len(got) != len(payload) {
			t.Fatalf("%d bytes", len(got))
		}
	}
	if n := requests.Load(); n != calls {
		t.Errorf("%d calls were sent %d times", calls, n)
	}
}

// TestCompression says that answers are taken as they are.
func TestCompression(t *testing.T) {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	io.WriteString(z, "hello")
	z.Close()
	server := record(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(zipped.Bytes())
	})
	for name, test := range map[string]struct {
		client aws.HTTPClient
		accept string
	}{
		"the SDK's own":     {nil, ""},
		"a caller's client": {&http.Client{Transport: new(http.Transport)}, "identity"},
	} {
		t.Run(name, func(t *testing.T) {
			client := newClient(t, withClient(testConfig(server.URL), test.client))
			result, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f"})
			if err != nil {
				t.Fatal(err)
			}
			if got := read(t, result); !bytes.Equal(got, zipped.Bytes()) || result.Size != int64(zipped.Len()) {
				t.Errorf("%q, size %d", got, result.Size)
			}
			if got := server.last(t).Header.Get("Accept-Encoding"); got != test.accept {
				t.Errorf("Accept-Encoding %q", got)
			}
		})
	}
}

// doer is an HTTP client that is nobody's.
type doer func(*http.Request) (*http.Response, error)

func (d doer) Do(r *http.Request) (*http.Response, error) { return d(r) }

// TestOtherHTTPClients calls through HTTP clients of other kinds.
func TestOtherHTTPClients(t *testing.T) {
	t.Run("without a socket", func(t *testing.T) {
		handler := record(t, nil)
		client := awslambda.New(withClient(testConfig("http://local"), doer(func(r *http.Request) (*http.Response, error) {
			w := httptest.NewRecorder()
			handler.Config.Handler.ServeHTTP(w, r)
			return w.Result(), nil
		})))
		client.CloseIdleConnections()
		result, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f", Payload: []byte("[1]")})
		if err != nil {
			t.Fatal(err)
		}
		if got := string(read(t, result)); got != "{}" || string(handler.last(t).body) != "[1]" {
			t.Errorf("%s", got)
		}
	})
	t.Run("that fails and proves nothing", func(t *testing.T) {
		cfg := withClient(testConfig("http://local"), doer(func(*http.Request) (*http.Response, error) { return nil, errors.New("broken") }))
		for name, client := range map[string]*awslambda.Client{"New": awslambda.New(cfg), "FromSDK": awslambda.FromSDK(lambda.NewFromConfig(cfg))} {
			_, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f"})
			if failed := invokeError(t, err); !failed.MayHaveRun || err.Error() != "lambda invoke: broken" {
				t.Errorf("%s: %+v", name, failed)
			}
		}
	})
	t.Run("with a timeout", func(t *testing.T) {
		release := make(chan struct{})
		server := record(t, func(_ http.ResponseWriter, r *http.Request) { <-release })
		defer close(release)
		for name, httpClient := range map[string]aws.HTTPClient{
			"http.Client":             &http.Client{Transport: new(http.Transport), Timeout: 20 * time.Millisecond},
			"BuildableClient":         awshttp.NewBuildableClient().WithTimeout(20 * time.Millisecond),
			"BuildableClient on read": awshttp.NewBuildableClient().WithReadTimeout(20 * time.Millisecond),
		} {
			client := newClient(t, withClient(testConfig(server.URL), httpClient))
			_, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f", Payload: []byte("{}")})
			failed := invokeError(t, err)
			var timeout net.Error
			if !failed.MayHaveRun || !errors.As(err, &timeout) || !timeout.Timeout() || strings.Contains(err.Error(), "functions") {
				t.Errorf("%s: %+v", name, failed)
			}
		}
	})
}
