package harness

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/vialambda/vialambda/internal/bench/client"
	"github.com/vialambda/vialambda/internal/bench/workload"
)

// patience is how long a client may take for one command.
const patience = 5 * time.Minute

// measured is a client process.
type measured struct{ process *process }

// startClient starts a client and hands it its spec.
func (h *Harness) startClient(ctx context.Context, e *endpoint, contender string, c *workload.Case, inFlight int) (*measured, error) {
	spec, err := h.spec(c)
	if err != nil {
		return nil, err
	}
	spec.Contender = contender
	spec.Endpoint = e.ready.URL
	spec.InFlight = inFlight
	spec.MemoryLimit = h.MemoryLimit

	env := environment(
		"AWS_ACCESS_KEY_ID=AKIDEXAMPLE",
		"AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
		"AWS_DEFAULT_REGION=eu-central-1",
		"AWS_ENDPOINT_URL_LAMBDA="+e.ready.URL,
		fmt.Sprintf("GOMEMLIMIT=%d", h.MemoryLimit/4*3),
	)
	if e.caFile != "" {
		env = append(env, "SSL_CERT_FILE="+e.caFile, "AWS_CA_BUNDLE="+e.caFile)
	}
	name, args := h.Executable, []string{"client"}
	if isPython(contender) {
		name, args = h.Python, []string{"-u", h.script}
	}
	p, err := start(env, name, args...)
	if err != nil {
		return nil, err
	}
	m := &measured{process: p}
	if _, err := m.do(ctx, spec); err != nil {
		p.stop()
		return nil, err
	}
	return m, nil
}

// do gives m its spec or a command, and returns what it replies.
func (m *measured) do(ctx context.Context, line any) (client.Reply, error) {
	var reply client.Reply
	sent := m.process.send(line)
	if err := m.process.receive(ctx, &reply, patience); err != nil {
		return reply, err // says more than the failure to send to one that has died
	}
	if sent != nil {
		return reply, sent
	}
	if reply.Error != "" {
		return reply, errors.New(reply.Error)
	}
	return reply, nil
}

// spec returns what all contenders are told of c.
func (h *Harness) spec(c *workload.Case) (client.Spec, error) {
	content := c.Body.Bytes()
	body := sha256.Sum256(content)
	spec := client.Spec{
		Function: c.Name,
		Method:   c.Method,
		Path:     c.Path,
		Header:   c.Header(),
		BodySHA:  hex.EncodeToString(body[:]),
		Stream:   c.Stream > 0,
	}
	var err error
	if spec.Answer, err = sum(c.WriteAnswer); err != nil {
		return spec, err
	}
	if spec.Payload, err = sum(c.WritePayload); err != nil {
		return spec, err
	}
	if content == nil {
		return spec, nil
	}
	spec.BodyFile = filepath.Join(h.dir, c.Name)
	return spec, os.WriteFile(spec.BodyFile, content, 0o600)
}

// sum returns the sum of what write writes.
func sum(write func(io.Writer) error) (client.Sum, error) {
	hash := sha256.New()
	var size counter
	err := write(io.MultiWriter(hash, &size))
	return client.Sum{SHA: hex.EncodeToString(hash.Sum(nil)), Size: int64(size)}, err
}

type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
