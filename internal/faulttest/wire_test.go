package faulttest

import (
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"go.uber.org/goleak"

	"github.com/vialambda/vialambda/locallambda"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// key is what requests are signed with; the server verifies it.
var key = locallambda.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}

func config(url string) aws.Config {
	return aws.Config{
		Region: "us-east-1", BaseEndpoint: &url,
		Credentials: credentials.NewStaticCredentialsProvider(key.AccessKeyID, key.SecretAccessKey, ""),
	}
}

// connections counts a server's.
type connections struct{ opened, open atomic.Int64 }

func (c *connections) watch(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		c.opened.Add(1)
		c.open.Add(1)
	case http.StateClosed, http.StateHijacked:
		c.open.Add(-1)
	}
}

// listen serves s on a socket of the loopback interface.
func listen(s *locallambda.Server) (*httptest.Server, *connections) {
	c := new(connections)
	server := httptest.NewUnstartedServer(s)
	server.Config.ConnState = c.watch
	server.Start()
	return server, c
}
