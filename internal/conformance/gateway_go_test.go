package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http/httpproxy"
)

// takeGo takes the steps with net/http. Its ProxyFromEnvironment reads the
// environment once in a process; httpproxy is what that calls.
func takeGo(t *testing.T, m gatewayMode, steps []gatewayStep) map[string]gatewayAnswer {
	transport := &http.Transport{}
	if m.env != nil {
		config := proxyConfig(m.env)
		transport.Proxy = func(r *http.Request) (*url.URL, error) { return config.ProxyFunc()(r.URL) }
	}
	if m.proxy != "" {
		proxy, err := url.Parse(m.proxy)
		if err != nil {
			t.Fatal(err)
		}
		transport.Proxy = http.ProxyURL(proxy)
	}
	names := m.names()
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		host, port, err := net.SplitHostPort(address)
		if err == nil && slices.Contains(names, strings.ToLower(host)) {
			address = net.JoinHostPort("127.0.0.1", port)
		}
		if port := m.divert[host]; port != "" {
			address = net.JoinHostPort("127.0.0.1", port)
		}
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	defer transport.CloseIdleConnections()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: transport, Jar: jar}
	answers := map[string]gatewayAnswer{}
	for _, step := range steps {
		answers[step.Name] = goStep(t, client, step)
	}
	return answers
}

func proxyConfig(env []string) *httpproxy.Config {
	config := new(httpproxy.Config)
	for _, line := range env {
		switch name, value, _ := strings.Cut(line, "="); name {
		case "HTTP_PROXY":
			config.HTTPProxy = value
		case "NO_PROXY":
			config.NoProxy = value
		}
	}
	return config
}

func goStep(t *testing.T, client *http.Client, step gatewayStep) gatewayAnswer {
	if step.Kind != "parallel" {
		return goCall(t, client, step)
	}
	answers := make([]gatewayAnswer, step.Times)
	var running sync.WaitGroup
	for n := range step.Times {
		one := step
		one.Kind, one.JSON = "call", map[string]any{"n": n}
		running.Go(func() { answers[n] = goCall(t, client, one) })
	}
	running.Wait()
	return numbers(answers)
}

func goCall(t *testing.T, client *http.Client, step gatewayStep) gatewayAnswer {
	patience := time.Minute
	if step.Kind == "impatient" {
		patience = time.Second
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	req, err := goRequest(ctx, step)
	if err != nil {
		return gatewayAnswer{Error: err.Error()}
	}
	resp, err := client.Do(req)
	if err != nil {
		return gatewayAnswer{Error: err.Error()}
	}
	defer resp.Body.Close()
	var answer gatewayAnswer
	if step.Kind == "call" || step.Kind == "impatient" {
		if answer.Body, err = io.ReadAll(resp.Body); err != nil {
			return gatewayAnswer{Error: err.Error()}
		}
		if resp.Header.Get("Content-Encoding") == "gzip" && req.Method != http.MethodHead {
			answer.Body = gunzip(answer.Body) // the step has asked for it, not the Transport
		}
	} else {
		answer = readStream(step, resp.Body, cancel)
	}
	answer.Status, answer.URL, answer.Header = resp.StatusCode, resp.Request.URL.String(), map[string]string{}
	for name, values := range resp.Header {
		answer.Header[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	return answer
}

func goRequest(ctx context.Context, step gatewayStep) (*http.Request, error) {
	body, kind := step.Body, ""
	if step.JSON != nil {
		var err error
		if body, err = json.Marshal(step.JSON); err != nil {
			return nil, err
		}
		kind = "application/json"
	}
	if step.Form != nil {
		values := url.Values{}
		for _, pair := range step.Form {
			values.Add(pair[0], pair[1])
		}
		body, kind = []byte(values.Encode()), "application/x-www-form-urlencoded"
	}
	req, err := http.NewRequestWithContext(ctx, step.Method, withQuery(step), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	for name, value := range step.Header {
		req.Header.Set(name, value)
	}
	req.Host = orElse(step.Header["Host"], req.Host)
	return req, nil
}
