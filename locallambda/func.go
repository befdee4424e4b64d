package locallambda

import (
	"context"

	"github.com/vialambda/vialambda"
)

// Func is a function in this process that gets the payload as it is and returns
// the answer: the shape of an aws-lambda-go handler that takes and returns bytes.
// What handlers are told and what becomes of their failures, see the package's
// documentation. The payload must not be modified.
type Func func(ctx context.Context, payload []byte) ([]byte, error)

// Invoke calls f in a goroutine of its own. A nil answer is the JSON null, as
// from every runtime.
func (f Func) Invoke(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
	if !hasCall(ctx) {
		return front(ctx, in, f)
	}
	return buffered(ctx, in, func(ctx context.Context) ([]byte, error) {
		answer, err := f(ctx, in.Payload)
		if answer == nil {
			answer = []byte("null")
		}
		return answer, err
	})
}
