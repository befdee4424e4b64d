package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/vialambda/vialambda"
)

// runCall is "vialambda [call] URL".
func runCall(ctx context.Context, t *terminal, args []string) int {
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
	if limit := o.timeout(); limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	code, err := o.call(ctx, t, target)
	if err != nil {
		if o.silent && !o.showError {
			code, _ = classify(ctx, err)
			return code
		}
		return t.fail(ctx, err)
	}
	return code
}

func (o *options) call(ctx context.Context, t *terminal, target string) (int, error) {
	to, err := o.target()
	if err != nil {
		return 0, err
	}
	ctx, info := vialambda.WithInfo(vialambda.WithTarget(ctx, to))
	req, err := o.request(ctx, target, t.in)
	if err != nil {
		return 0, err
	}
	conn, err := o.connect(ctx, t)
	if err != nil {
		return 0, err
	}
	defer conn.close()
	if o.verbose {
		conn.invoker = &shower{next: conn.invoker, to: t.err}
		showRequest(t.err, req)
	}
	resp, err := o.client(conn).Do(req)
	if o.verbose && err == nil {
		showResponse(t.err, resp)
	}
	if err == nil {
		err = o.write(t, resp)
	}
	o.tell(t, info, err)
	if err != nil {
		return 0, unwrapURL(err)
	}
	if o.fail && resp.StatusCode >= http.StatusBadRequest {
		if !o.silent || o.showError {
			fmt.Fprintln(t.err, "vialambda: the function answered", resp.Status)
		}
		return exitStatus, nil
	}
	return exitOK, nil
}

// maxRedirects is curl's limit.
const maxRedirects = 50

func (o *options) client(conn *connection) *http.Client {
	return &http.Client{
		Transport: vialambda.Mount(http.DefaultTransport, &vialambda.Transport{Invoker: conn.invoker, Targets: conn.targets}),
		CheckRedirect: func(_ *http.Request, via []*http.Request) error {
			switch {
			case !o.location:
				return http.ErrUseLastResponse
			case len(via) > maxRedirects:
				return fmt.Errorf("more than %d redirects", maxRedirects)
			}
			return nil
		},
	}
}

// tell writes what --log and --timing ask for.
func (o *options) tell(t *terminal, info *vialambda.Info, err error) {
	if o.log {
		tail := info.LogTail
		if e, ok := errors.AsType[*vialambda.FunctionError](err); ok && len(tail) == 0 {
			tail = e.LogTail
		}
		_, _ = t.err.Write(tail)
	}
	if o.timing {
		showTiming(t.err, info)
	}
}

// unwrapURL takes off what http.Client puts around an error: it quotes the URL,
// and a query may hold secrets.
func unwrapURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}
