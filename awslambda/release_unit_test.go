package awslambda

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/vialambda/vialambda"
)

// places is where in memory what was written to it lay.
type places map[*byte]bool

func (p places) Write(b []byte) (int, error) {
	p[&b[0]] = true
	return len(b), nil
}

// TestMemoryIsUsedAgain looks where the events of many calls lie.
func TestMemoryIsUsedAgain(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, `{"statusCode":200}`)
	}))
	t.Cleanup(server.Close)
	const calls = 200
	for _, test := range []struct {
		name        string
		wrap        func(*Client) vialambda.Invoker
		least, most int
	}{
		// The pool loses some, the more under the race detector.
		{"called by the Transport", func(c *Client) vialambda.Invoker { return c }, 1, calls * 3 / 4},
		{"called by another Invoker", func(c *Client) vialambda.Invoker { return vialambda.InvokerFunc(c.Invoke) }, calls, calls},
	} {
		t.Run(test.name, func(t *testing.T) {
			client := New(aws.Config{Region: "us-east-1", Credentials: aws.AnonymousCredentials{}, BaseEndpoint: aws.String(server.URL)})
			t.Cleanup(client.CloseIdleConnections)
			events, do := places{}, client.http.do
			client.http.do = func(req *http.Request) (*http.Response, error) {
				body, err := req.GetBody()
				if err != nil {
					return nil, err
				}
				io.Copy(events, body)
				return do(req)
			}
			tr := &vialambda.Transport{Invoker: test.wrap(client)}
			for range calls {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http+lambda://f/", nil)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := tr.RoundTrip(req); err != nil {
					t.Fatal(err)
				}
			}
			if n := len(events); n < test.least || n > test.most {
				t.Errorf("the events of %d calls were in %d places", calls, n)
			}
		})
	}
}
