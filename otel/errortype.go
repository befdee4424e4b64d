package otelvialambda

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/vialambda/vialambda"
)

// maxText bounds every text that comes from outside, in bytes.
const maxText = 512

// errorType is the error.type of an error.
func errorType(err error) attribute.KeyValue {
	if e, ok := errors.AsType[*vialambda.FunctionError](err); ok {
		return typed(e.Type, "FunctionError")
	}
	if e, ok := errors.AsType[*vialambda.InvokeError](err); ok && e.Code != "" {
		return typed(e.Code, "InvokeError")
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return semconv.ErrorTypeKey.String("timeout")
	case errors.Is(err, context.Canceled):
		return semconv.ErrorTypeKey.String("canceled")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return semconv.ErrorTypeKey.String("unexpected_eof")
	}
	for _, known := range []struct {
		name string
		is   bool
	}{
		{"InvokeError", isA[*vialambda.InvokeError](err)},
		{"ResponseError", isA[*vialambda.ResponseError](err)},
		{"TooLargeError", isA[*vialambda.TooLargeError](err)},
		{"AddressError", isA[*vialambda.AddressError](err)},
	} {
		if known.is {
			return typed("", known.name)
		}
	}
	return semconv.ErrorType(err)
}

// typed is an error.type of one of vialambda's errors.
func typed(word, name string) attribute.KeyValue {
	if word == "" {
		word = "vialambda." + name
	}
	return semconv.ErrorTypeKey.String(shorten(word))
}

// statusType is the error.type of an answer.
func statusType(status int) attribute.KeyValue {
	return semconv.ErrorTypeKey.String(strconv.Itoa(status))
}

func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func shorten(text string) string {
	return strings.ToValidUTF8(text[:min(len(text), maxText)], "")
}
