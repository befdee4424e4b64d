// Package proxy is the servers that stand between client and stub when the
// gateway is measured, each in a process of its own.
package proxy

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"runtime/pprof"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/vialambda/vialambda/awslambda"
	"github.com/vialambda/vialambda/gateway"
)

// Names of the servers.
const (
	// None is the stub itself, by plain HTTP.
	None = "none"
	// Reverse is httputil.ReverseProxy, whose upstream is the stub's plain HTTP.
	Reverse = "httputil.ReverseProxy"
	// Gateway is the package gateway in a server of net/http.
	Gateway = "gateway"
	// Serve is the command: Gateway with its limits of time, its access log (to
	// the null device) and its metrics.
	Serve = "vialambda serve"
	// Nginx is nginx as a plain reverse proxy of the stub's plain HTTP.
	Nginx = "nginx"
)

// Ready is the line that Main writes once the server listens.
type Ready struct{ URL string }

// Options are what Main needs.
type Options struct {
	In  io.Reader
	Out io.Writer
	// Server is Reverse or Gateway.
	Server string
	// Upstream is the URL of the stub.
	Upstream string
	// InFlight is how many connections to it are kept.
	InFlight int
	// Functions are what can be called.
	Functions []string
	// CPUProfile is a file for a profile; "": none.
	CPUProfile string
}

// Main serves until o.In ends. It writes Ready to o.Out, in JSON.
func Main(o Options) error {
	handler, err := newHandler(o)
	if err != nil {
		return err
	}
	if o.CPUProfile != "" {
		file, err := os.Create(o.CPUProfile)
		if err != nil {
			return err
		}
		defer file.Close()
		if err := pprof.StartCPUProfile(file); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it takes no time
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(listener) // it ends one way or the other
	}()
	if err := json.NewEncoder(o.Out).Encode(Ready{URL: "http://" + listener.Addr().String()}); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, o.In)
	server.Close()
	<-ended
	return err
}

func newHandler(o Options) (http.Handler, error) {
	switch o.Server {
	case Reverse:
		return newReverse(o.Upstream, o.InFlight)
	case Gateway:
		return newGateway(o.Upstream, o.Functions)
	}
	return nil, fmt.Errorf("there is no server %q", o.Server)
}

// newReverse keeps as many connections as are used at once, of which the
// transport by default keeps two.
func newReverse(upstream string, inFlight int) (http.Handler, error) {
	to, err := url.Parse(upstream)
	if err != nil {
		return nil, err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.ForceAttemptHTTP2 = false
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = 0, max(inFlight, 10)
	return &httputil.ReverseProxy{
		Transport: transport,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.SetXForwarded()
		},
	}, nil
}

func newGateway(upstream string, functions []string) (http.Handler, error) {
	targets := make(map[string]gateway.Target)
	for _, name := range functions {
		targets[name] = gateway.Target{}
	}
	return gateway.New(gateway.Config{
		Invoker: awslambda.New(aws.Config{
			Region:       "eu-central-1",
			BaseEndpoint: aws.String(upstream),
			Credentials:  aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "")),
		}),
		Targets: targets,
		ByName:  functions,
	})
}
