package gateway_test

import (
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vialambda/vialambda/gateway"
	"github.com/vialambda/vialambda/locallambda"
)

var update = flag.Bool("update", false, "write testdata/wire.golden")

// serveWire starts gw with the limits of vialambda serve.
func serveWire(t *testing.T, gw http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(gw)
	server.Config.MaxHeaderBytes = 16 << 10
	server.Config.ReadHeaderTimeout = time.Second
	server.Config.IdleTimeout = time.Second
	server.Start()
	t.Cleanup(server.Close)
	return server
}

// raw sends bytes and returns the status of every answer, in order, and all that
// came back, until the server closes the connection.
func raw(t *testing.T, server *httptest.Server, row wireRow) (statuses []int, all string) {
	t.Helper()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := io.WriteString(conn, row.request); err != nil && !strings.Contains(row.request, "huge") {
		t.Fatal(err)
	}
	if row.half {
		_ = conn.(*net.TCPConn).CloseWrite()
	}
	got, _ := io.ReadAll(conn) // a reset ends it too
	for _, m := range regexp.MustCompile(`HTTP/1\.[01] (\d\d\d)`).FindAllSubmatch(got, -1) {
		n, _ := strconv.Atoi(string(m[1]))
		statuses = append(statuses, n)
	}
	return statuses, string(got)
}

// echo is a function that answers with what it sees; at /headers, with those of
// the header fields that tests send.
func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if r.URL.Path == "/headers" {
		_, _ = fmt.Fprintf(w, "X-A=%q X-Forwarded-For=%s", r.Header.Get("X-A"), r.Header.Get("X-Forwarded-For"))
		return
	}
	_, _ = fmt.Fprintf(w, "[%s %s|%s]", r.Method, r.URL.RequestURI(), body)
}

// TestHostileBytes is a table of raw bytes in and exact bytes out.
func TestHostileBytes(t *testing.T) {
	functions := locallambda.Functions{"echo": locallambda.HTTP(http.HandlerFunc(echo))}
	targets := map[string]gateway.Target{"echo": {MaxBody: 1000}}
	routes := []gateway.Route{
		{Target: "echo"},
		{Path: "/pages/*", Target: "echo", Origins: []string{"https://app.example"}},
		{Path: "/narrow/*", Target: "echo", Strip: true},
	}
	for name, payload := range hostileAnswers {
		functions[name] = answering(payload)
		targets[name] = gateway.Target{}
		routes = append(routes, gateway.Route{Path: "/" + name, Target: name})
	}
	server := serveWire(t, mustNew(t, gateway.Config{
		Invoker: functions, Targets: targets, Routes: routes, Proxy: []string{"echo"}, BodyTimeout: time.Second,
	}))
	golden := readGolden(t)
	seen := map[string]string{}
	var mu sync.Mutex
	rows := wireRows()
	t.Run("rows", func(t *testing.T) {
		for _, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				t.Parallel()
				statuses, all := raw(t, server, row)
				if fmt.Sprint(statuses) != fmt.Sprint(row.want) {
					t.Fatalf("statuses %v, want %v:\n%s", statuses, row.want, all)
				}
				if !strings.Contains(all, row.contains) {
					t.Errorf("no %q in\n%s", row.contains, all)
				}
				if row.lacks != "" && strings.Contains(all, row.lacks) {
					t.Errorf("%q in\n%s", row.lacks, all)
				}
				entry := goldenEntry(row, all)
				mu.Lock()
				seen[row.name] = entry
				mu.Unlock()
				if !*update && entry != golden[row.name] {
					t.Errorf("got\n%s\nwant\n%s", entry, golden[row.name])
				}
			})
		}
	})
	if *update {
		writeGolden(t, rows, seen)
	}
	if !*update && len(golden) != len(rows) {
		t.Errorf("%d rows, %d in %s", len(rows), len(golden), goldenFile)
	}
}

const goldenFile = "testdata/wire.golden"

var (
	dateField = regexp.MustCompile(`Date: [^\r]+`)
	idField   = regexp.MustCompile(`X-Request-Id: [a-z0-9]{26}\r`)
	amznField = regexp.MustCompile(`X-Amzn-Requestid: [0-9a-f-]{36}\r`)
)

// goldenEntry is a row as the file has it: each line of bytes in quotes, > what
// the client sends, < what it gets.
func goldenEntry(row wireRow, got string) string {
	got = dateField.ReplaceAllString(got, "Date: …")
	got = idField.ReplaceAllString(got, "X-Request-Id: …\r")
	got = amznField.ReplaceAllString(got, "X-Amzn-Requestid: …\r")
	return quoted("> ", row.request) + quoted("< ", got)
}

func quoted(mark, text string) string {
	var b strings.Builder
	lines := 0
	for line := range strings.SplitAfterSeq(text, "\n") {
		if line == "" {
			continue
		}
		if lines++; lines == 25 {
			fmt.Fprintf(&b, "%s… %d bytes\n", mark, len(text))
			break
		}
		if q := strconv.Quote(line); len(q) > 400 {
			fmt.Fprintf(&b, "%s%s… %d bytes\n", mark, q[:60], len(line))
		} else {
			b.WriteString(mark + q + "\n")
		}
	}
	return b.String()
}

func readGolden(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(goldenFile)
	if err != nil && !*update {
		t.Fatal(err)
	}
	entries := map[string]string{}
	for entry := range strings.SplitSeq(string(text), "\n== ") {
		name, body, ok := strings.Cut(entry, "\n")
		if ok && !strings.HasPrefix(entry, "#") {
			entries[name] = strings.TrimRight(body, "\n") + "\n"
			if strings.TrimSpace(body) == "" {
				entries[name] = ""
			}
		}
	}
	return entries
}

func writeGolden(t *testing.T, rows []wireRow, entries map[string]string) {
	t.Helper()
	var b strings.Builder
	b.WriteString("# Bytes that a client sends (>) and gets (<), for TestHostileBytes. Dates and new\n" +
		"# ids are left out, long lines cut. go test ./gateway -run TestHostileBytes -update\n# writes it anew.\n")
	for _, row := range rows {
		b.WriteString("\n== " + row.name + "\n" + entries[row.name])
	}
	if err := os.WriteFile(goldenFile, []byte(b.String()), 0o644); err != nil { //nolint:gosec // no secret
		t.Fatal(err)
	}
}
