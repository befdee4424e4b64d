package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/vialambda/vialambda"
)

// Exit codes, as far as they go curl's.
const (
	exitOK       = 0
	exitFailed   = 1
	exitUsage    = 2
	exitStatus   = 22
	exitDeadline = 28
	exitSignal   = 130
)

type codeMeaning struct {
	code    int
	meaning string
}

func exitCodes() []codeMeaning {
	return []codeMeaning{
		{exitOK, "a response"},
		{exitFailed, "failed"},
		{exitUsage, "a mistake to correct"},
		{exitStatus, "--fail and a status of 400 or more"},
		{exitDeadline, "--max-time passed"},
		{exitSignal, "interrupted"},
	}
}

// usageError is a mistake on the command line.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...)}
}

// fail prints err as one line, with a second one on what to do if that is known,
// and returns the exit code.
func (t *terminal) fail(ctx context.Context, err error) int {
	code, hint := classify(ctx, err)
	if mistake, ok := errors.AsType[*usageError](err); ok {
		err = mistake
	}
	fmt.Fprintln(t.err, "vialambda:", oneLine(err))
	if hint != "" {
		fmt.Fprintln(t.err, "hint:", hint)
	}
	return code
}

func classify(ctx context.Context, err error) (code int, hint string) {
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() != nil {
		return exitDeadline, "the function may still run; --max-time sets how long to wait"
	}
	if ctx.Err() != nil {
		return exitSignal, ""
	}
	if _, ok := errors.AsType[*usageError](err); ok {
		return exitUsage, ""
	}
	if _, ok := errors.AsType[*vialambda.AddressError](err); ok {
		return exitUsage, ""
	}
	if e, ok := errors.AsType[*vialambda.TooLargeError](err); ok {
		if strings.HasSuffix(e.What, "event") || e.What == "client context" {
			return exitUsage, "nothing was sent; Lambda takes no larger one"
		}
		return exitFailed, "use --stream for a function that streams"
	}
	if e, ok := errors.AsType[*vialambda.ResponseError](err); ok {
		return exitFailed, formatHint(e)
	}
	if _, ok := errors.AsType[*vialambda.FunctionError](err); ok {
		return exitFailed, "--log shows the end of the function's log"
	}
	if e, ok := errors.AsType[*vialambda.InvokeError](err); ok {
		return invokeExit(e)
	}
	return exitFailed, ""
}

// formatHint suggests another format where that is the likely cause.
func formatHint(e *vialambda.ResponseError) string {
	switch e.Format {
	case vialambda.RESTAPI, vialambda.ALB, vialambda.ALBMultiValue:
		return "the function may expect another format: try --format http-api or function-url, or raw if it knows nothing of HTTP; -v shows its answer"
	}
	return "the function may expect another format: try --format rest-api, or raw if it knows nothing of HTTP; -v shows its answer"
}

// invokeExit tells mistakes that the user can correct from failures.
func invokeExit(e *vialambda.InvokeError) (int, string) {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](e); ok {
		return exitUsage, "there is no switch to skip verification"
	}
	if dns, ok := errors.AsType[*net.DNSError](e); ok && dns.IsNotFound {
		return exitUsage, "check --region and --endpoint-url"
	}
	switch e.Status {
	case 400, 401, 403, 404, 413:
		return exitUsage, wayOut(e)
	case 429:
		return exitFailed, "Lambda throttles the function: " + reasonOr(e.Reason, "try again later")
	}
	if e.Status == 0 && e.Code != "" { // never asked: configuration
		return exitUsage, ""
	}
	return exitFailed, ""
}

// wayOut is what the error itself knows to do about it: see package awslambda.
func wayOut(err error) string {
	if h, ok := errors.AsType[interface {
		error
		Hint() string
	}](err); ok {
		return h.Hint()
	}
	return ""
}

func reasonOr(reason, otherwise string) string {
	if reason != "" {
		return reason
	}
	return otherwise
}

// oneLine is err's text in one line.
func oneLine(err error) string {
	return strings.Join(strings.Fields(err.Error()), " ")
}
