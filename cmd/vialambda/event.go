package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/vialambda/vialambda"
)

// runEvent is "vialambda event URL": it prints the event and sends nothing.
func runEvent(ctx context.Context, t *terminal, args []string) int {
	var o options
	target, err := o.parse(args)
	if err != nil {
		return t.fail(ctx, err)
	}
	switch {
	case o.help:
		fmt.Fprint(t.out, usage())
		return exitOK
	case o.version:
		fmt.Fprintln(t.out, "vialambda", version())
		return exitOK
	}
	payload, err := o.event(ctx, t, target)
	if err != nil {
		return t.fail(ctx, unwrapURL(err))
	}
	fmt.Fprintln(t.out, string(indented(payload)))
	return exitOK
}

// event is the payload that a call would send.
func (o *options) event(ctx context.Context, t *terminal, target string) ([]byte, error) {
	to, err := o.target()
	if err != nil {
		return nil, err
	}
	req, err := o.request(vialambda.WithTarget(ctx, to), target, t.in)
	if err != nil {
		return nil, err
	}
	var payload []byte
	capture := vialambda.InvokerFunc(func(_ context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
		payload = in.Payload
		return &vialambda.Result{Payload: io.NopCloser(bytes.NewReader([]byte(`{"statusCode":200}`)))}, nil
	})
	resp, err := o.client(&connection{invoker: capture}).Do(req)
	if err != nil {
		return nil, err
	}
	resp.Body.Close()
	return payload, nil
}

// indented is JSON for reading; anything else as it is.
func indented(payload []byte) []byte {
	var buf bytes.Buffer
	if json.Indent(&buf, payload, "", "  ") != nil {
		return payload
	}
	return buf.Bytes()
}
