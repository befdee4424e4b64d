package live

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/awslambda"
)

// session is what the checks call: the functions of examples/live.
type session struct {
	invoker          *awslambda.Client
	function, stream string
}

// connect makes a session of the environment, as any AWS tool reads it.
func connect(ctx context.Context, function, stream string) (*session, error) {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, err
	}
	return &session{invoker: awslambda.New(cfg), function: function, stream: stream}, nil
}

// check is one thing that Lambda is taken to do. run says in a line what it does,
// which want says too.
type check struct {
	name, want string
	run        func(ctx context.Context, s *session) string
}

// difference is a check that found something else.
type difference struct{ name, want, got string }

func (d difference) String() string {
	return fmt.Sprintf("%s\n\texpected %s\n\tgot      %s", d.name, d.want, d.got)
}

// runAll runs the checks as subtests, one after another, and returns what differs.
func runAll(t *testing.T, s *session, fail func(t *testing.T, d difference)) {
	t.Helper()
	for _, c := range slicesOf(contract, traps, streams) {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if got := c.run(ctx, s); got != c.want {
				fail(t, difference{c.name, c.want, got})
			}
		})
	}
}

func slicesOf(lists ...[]check) (all []check) {
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}

// invoke calls and says in a line what came back.
func (s *session) invoke(ctx context.Context, in vialambda.Invocation) string {
	if in.Function == "" {
		in.Function = s.function
	}
	res, err := s.invoker.Invoke(ctx, &in)
	if err != nil {
		return failure(err)
	}
	defer res.Payload.Close()
	payload, err := io.ReadAll(res.Payload)
	said := fmt.Sprintf("%d %s", res.Status, clip(string(payload)))
	if res.FunctionError != "" {
		said = fmt.Sprintf("%d %s: %s", res.Status, res.FunctionError, document(string(payload)))
	}
	if err != nil {
		said += ", then " + failure(err)
	}
	return said
}

// failure says what is always the same in an error.
func failure(err error) string {
	if e, ok := errors.AsType[*vialambda.InvokeError](err); ok {
		if e.Code == "" {
			return fmt.Sprintf("no answer: may have run %v, unexpected EOF %v, deadline %v", e.MayHaveRun,
				errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, context.DeadlineExceeded))
		}
		return fmt.Sprintf("refused: %d %s, may have run %v", e.Status, e.Code, e.MayHaveRun)
	}
	if e, ok := errors.AsType[*vialambda.FunctionError](err); ok {
		return fmt.Sprintf("function error %s", e.Type)
	}
	return err.Error()
}

// document says which errorType an error document has.
func document(payload string) string {
	if _, rest, ok := strings.Cut(payload, `"errorType":"`); ok {
		name, _, _ := strings.Cut(rest, `"`)
		return name
	}
	return clip(payload)
}

// clip shortens what is long to its beginning and its length.
func clip(s string) string {
	if len(s) > 100 {
		return fmt.Sprintf("%.10q… %d bytes", s, len(s))
	}
	return s
}
