package serve

import (
	"context"
	"io"
	"log/slog"

	"github.com/vialambda/vialambda/gateway"
)

func newLog(w io.Writer, format string) *slog.Logger {
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, nil))
	}
	return slog.New(slog.NewTextHandler(w, nil))
}

// logRecord writes the line of one request. It has no query, no header and no
// body; what went wrong it says in the words that the client does not get. source
// is where the credentials came from that AWS has refused, or "".
func logRecord(log *slog.Logger, r *gateway.Record, source string) {
	i := r.Info
	attrs := []slog.Attr{
		slog.String("request_id", r.RequestID), slog.String("method", r.Method), slog.String("host", r.Host), slog.String("path", r.Path),
		slog.Int("status", r.Status), slog.Duration("duration", r.Duration), slog.String("client", r.Client),
	}
	if r.Target != "" {
		attrs = append(attrs, slog.String("target", r.Target))
	}
	if i.Function != "" {
		attrs = append(attrs, slog.String("function", i.Function), slog.String("qualifier", i.Qualifier), slog.String("version", i.Version),
			slog.String("lambda_request_id", i.RequestID), slog.Int("attempts", i.Attempts), slog.String("start", startOf(r)),
			slog.Duration("queued", r.Queued), slog.Duration("encode", i.Encode), slog.Duration("connect", i.Connect),
			slog.Duration("wait", i.Wait), slog.Duration("backoff", i.Backoff), slog.Duration("decode", i.Decode))
	}
	attrs = append(attrs, slog.Int64("received", r.BodyBytes), slog.Int64("sent", r.SentBytes))
	level := slog.LevelInfo
	if r.Refused != "" {
		attrs = append(attrs, slog.String("refused", r.Refused))
	}
	if r.Err != nil {
		level = slog.LevelWarn
		attrs = append(attrs, slog.String("error", r.Err.Error()))
		if hint := hintOf(r.Err); hint != "" {
			attrs = append(attrs, slog.String("hint", hint))
		}
	}
	if source != "" {
		attrs = append(attrs, slog.String("credentials", source))
	}
	if r.ClientGone {
		attrs = append(attrs, slog.Bool("client_gone", true))
	} else if r.Aborted {
		attrs = append(attrs, slog.Bool("aborted", true))
	}
	if r.MayRun {
		attrs = append(attrs, slog.String("note", "the function may still run, or have run"))
	}
	log.LogAttrs(context.Background(), level, "request", attrs...)
}
