package main

import (
	"errors"
	"fmt"
	"testing"

	"github.com/vialambda/vialambda"
)

// advised is an error with a hint, as package awslambda makes them.
type advised struct{ error }

func (advised) Hint() string { return "allow lambda:InvokeFunction on arn" }

func TestHintOfRefusal(t *testing.T) {
	refused := &vialambda.InvokeError{Code: "AccessDeniedException", Status: 403, Err: fmt.Errorf("api: %w", advised{errors.New("denied")})}
	if code, hint := classify(t.Context(), fmt.Errorf("call: %w", refused)); code != exitUsage || hint != "allow lambda:InvokeFunction on arn" {
		t.Errorf("exit %d, hint %q", code, hint)
	}
	if code, hint := classify(t.Context(), &vialambda.InvokeError{Code: "AccessDeniedException", Status: 403}); code != exitUsage || hint != "" {
		t.Errorf("exit %d, hint %q", code, hint)
	}
}
