// Package contract is the small HTTP contract that every function of the matrix
// serves: its fixed answers, the requests that are sent, and a reference server.
//
//	ANY  /echo, /echo/…  what arrived, as JSON: see Echo
//	GET  /status/{code}  that status, text "status {code}"
//	GET  /binary         1,024 bytes, 0 to 255 four times
//	GET  /utf8           text that is not ASCII
//	GET  /gzip           JSON that the application compressed
//	POST /form           the form's fields, as JSON pairs
//	POST /multipart      fields and files, as JSON: see Multipart
//	GET  /redirect       302 to Redirect
//	GET  /cookies        three Set-Cookie fields, one with a comma in it
//	GET  /headers        a field of its own, and one that is there twice
//	GET  /empty          200 without a body
//	GET  /nocontent      204
//	GET  /error          what the framework answers when a handler fails: 500
//	GET  /large          5 MiB of text
//	GET  /stream         five lines, written one by one (streaming functions)
package contract

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// The fixed answers.
const (
	TextType   = "text/plain; charset=utf-8"
	BinaryType = "application/octet-stream"
	UTF8       = "Grüße, 世界 🌍"
	Redirect   = "/echo/target?x=1"
)

// Binary returns the bytes of /binary.
func Binary() []byte {
	b := make([]byte, 1024)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

// Gzip returns the bytes of /gzip.
func Gzip() []byte {
	b, err := base64.StdEncoding.DecodeString("H4sIAAAAAAACA6tWSs7PLShKLS5OTVGyKikqTa0FAPHqOZUTAAAA")
	if err != nil {
		panic(err)
	}
	return b
}

// Large returns the text of /large.
func Large() string { return strings.Repeat("0123456789abcde\n", 5<<16) }

// Cookies returns the Set-Cookie fields of /cookies.
func Cookies() []string {
	return []string{
		"a=1; Path=/",
		"b=2; Path=/; HttpOnly",
		"c=3; Path=/; Expires=Wed, 21 Oct 2037 07:28:00 GMT",
	}
}

// Pair is a name and a value; in JSON an array of two.
type Pair [2]string

// Echo is the answer of /echo: the request as the application saw it.
type Echo struct {
	Method  string `json:"method"`
	Path    string `json:"path"` // decoded
	Query   []Pair `json:"query"`
	Headers []Pair `json:"headers"`
	Cookies []Pair `json:"cookies"`
	Body    []byte `json:"body"`
	Length  int    `json:"length"`
}

// Multipart is the answer of /multipart.
type Multipart struct {
	Fields []Pair `json:"fields"`
	Files  []File `json:"files"`
}

// File is a part with a file name.
type File struct {
	Name     string `json:"name"`
	Filename string `json:"filename"`
	Type     string `json:"type"`
	Body     []byte `json:"body"`
}

// NewEcho makes the answer of /echo to r.
func NewEcho(r *http.Request) (Echo, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return Echo{}, err
	}
	e := Echo{
		Method:  r.Method,
		Path:    r.URL.Path,
		Query:   Pairs(r.URL.RawQuery),
		Headers: []Pair{{"Host", r.Host}},
		Cookies: []Pair{},
		Body:    body,
		Length:  len(body),
	}
	for name, values := range r.Header {
		if name == "Host" { // net/http keeps it apart, some adapters do not
			continue
		}
		for _, value := range values {
			e.Headers = append(e.Headers, Pair{name, value})
		}
	}
	for _, c := range r.Cookies() {
		e.Cookies = append(e.Cookies, Pair{c.Name, c.Value})
	}
	return e, nil
}

// Pairs decodes a query or a form, in order.
func Pairs(query string) []Pair {
	pairs := []Pair{}
	for field := range strings.SplitSeq(query, "&") {
		if field == "" {
			continue
		}
		name, value, _ := strings.Cut(field, "=")
		name, _ = url.QueryUnescape(name)
		value, _ = url.QueryUnescape(value)
		pairs = append(pairs, Pair{name, value})
	}
	return pairs
}

// NewMultipart makes the answer of /multipart to r.
func NewMultipart(r *http.Request) (Multipart, error) {
	m := Multipart{Fields: []Pair{}, Files: []File{}}
	reader, err := r.MultipartReader()
	if err != nil {
		return m, err
	}
	for {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			return m, nil
		}
		if err != nil {
			return m, err
		}
		body, err := io.ReadAll(part)
		if err != nil {
			return m, err
		}
		if part.FileName() == "" {
			m.Fields = append(m.Fields, Pair{part.FormName(), string(body)})
			continue
		}
		m.Files = append(m.Files, File{part.FormName(), part.FileName(), part.Header.Get("Content-Type"), body})
	}
}

// Handler serves the contract with nothing but net/http.
func Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/echo", serveEcho)
	mux.HandleFunc("/echo/", serveEcho)
	mux.HandleFunc("GET /status/{code}", func(w http.ResponseWriter, r *http.Request) {
		code, err := strconv.Atoi(r.PathValue("code"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		Text(w, code, "status "+r.PathValue("code"))
	})
	mux.HandleFunc("GET /binary", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", BinaryType)
		_, _ = w.Write(Binary())
	})
	mux.HandleFunc("GET /utf8", func(w http.ResponseWriter, r *http.Request) { Text(w, 200, UTF8) })
	mux.HandleFunc("GET /gzip", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(Gzip())
	})
	mux.HandleFunc("POST /form", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		JSON(w, Pairs(string(body)), err)
	})
	mux.HandleFunc("POST /multipart", func(w http.ResponseWriter, r *http.Request) {
		m, err := NewMultipart(r)
		JSON(w, m, err)
	})
	mux.HandleFunc("GET /redirect", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", Redirect)
		Text(w, http.StatusFound, "")
	})
	mux.HandleFunc("GET /cookies", func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Set-Cookie"] = Cookies()
		Text(w, 200, "cookies")
	})
	mux.HandleFunc("GET /headers", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-One", "1")
		w.Header()["X-List"] = []string{"a", "b"}
		Text(w, 200, "headers")
	})
	mux.HandleFunc("GET /empty", func(w http.ResponseWriter, r *http.Request) { Text(w, 200, "") })
	mux.HandleFunc("GET /nocontent", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(204) })
	mux.HandleFunc("GET /error", func(w http.ResponseWriter, r *http.Request) {
		Text(w, 500, "Internal Server Error")
	})
	mux.HandleFunc("GET /large", func(w http.ResponseWriter, r *http.Request) { Text(w, 200, Large()) })
	mux.HandleFunc("GET /stream", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", TextType)
		for i := range 5 {
			_, _ = io.WriteString(w, "line "+strconv.Itoa(i)+"\n")
			_ = http.NewResponseController(w).Flush()
		}
	})
	return mux
}

func serveEcho(w http.ResponseWriter, r *http.Request) {
	e, err := NewEcho(r)
	slices.SortFunc(e.Cookies, func(a, b Pair) int { return strings.Compare(a[0], b[0]) })
	JSON(w, e, err)
}

// Text answers with text.
func Text(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", TextType)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

// JSON answers with v, or with err if there is one.
func JSON(w http.ResponseWriter, v any, err error) {
	if err != nil {
		Text(w, http.StatusBadRequest, err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}
