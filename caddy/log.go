package caddyvialambda

import (
	"errors"
	"net/http"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/vialambda/vialambda"
)

// The log has no query, header values or bodies. What AWS said is in it, since
// clients are not told.

// logFields adds what is known of the invocation to Caddy's access log, as
// "lambda". It may be called again when more is known.
func (x *exchange) logFields(err error) {
	extra, ok := x.in.Context().Value(caddyhttp.ExtraLogFieldsCtxKey).(*caddyhttp.ExtraLogFields)
	if ok {
		extra.Set(zap.Dict("lambda", x.fields(err)...))
	}
}

func (x *exchange) fields(err error) []zap.Field {
	i := x.info
	fields := []zap.Field{zap.String("request_id", x.id)}
	if x.lane != nil {
		fields = append(fields, zap.String("target", x.lane.name))
	}
	add := func(name, value string) {
		if value != "" {
			fields = append(fields, zap.String(name, value))
		}
	}
	add("function", i.Function)
	add("qualifier", i.Qualifier)
	add("version", i.Version)
	add("lambda_request_id", i.RequestID)
	if i.Attempts > 0 {
		fields = append(fields, zap.Int("attempts", i.Attempts),
			zap.Duration("encode", i.Encode), zap.Duration("connect", i.Connect), zap.Duration("wait", i.Wait), zap.Duration("backoff", i.Backoff))
	}
	if report, ok := i.Report(); ok {
		start := "warm"
		if report.Cold() {
			start = "cold"
		}
		fields = append(fields, zap.String("start", start), zap.Duration("billed", report.Billed))
	}
	if e, ok := errors.AsType[*vialambda.FunctionError](err); ok {
		add("error_type", e.Type)
	}
	if err != nil {
		fields = append(fields, zap.Error(err))
	}
	return fields
}

// logFailed says why the function gave no HTTP response.
func (x *exchange) logFailed(status int, err error, ran bool) {
	level := zapcore.ErrorLevel
	if status < http.StatusInternalServerError {
		level = zapcore.WarnLevel
	}
	x.t.log.Log(level, "no HTTP response of the function", append(x.fields(err),
		zap.Int("status", status), zap.Bool("may_have_run", ran), zap.Duration("duration", time.Since(x.start)))...)
}

func (x *exchange) logGone(mayRun bool) {
	text := "the client went away"
	if mayRun {
		text += "; the function may still run"
	}
	x.t.log.Info(text, x.fields(nil)...)
}

func (x *exchange) logRefused(status int, reason string) {
	x.logFields(nil)
	x.t.log.Info("refused: "+reason, append(x.fields(nil), zap.Int("status", status))...)
}
