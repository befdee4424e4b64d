package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/url"
	"os"
	"strings"
)

// dataKind is which of curl's data flags a datum came with.
type dataKind int

const (
	dataPlain dataKind = iota
	dataBinary
	dataRaw
	dataURLEncode
	dataJSON
)

type dataFlag struct {
	kind  dataKind
	value string
}

// dataValue is a flag that adds to a list; the flags of all kinds share one, so
// that their order is kept.
type dataValue struct {
	list *[]dataFlag
	kind dataKind
}

func (v dataValue) String() string { return "" }
func (v dataValue) Type() string   { return "DATA" }
func (v dataValue) Set(s string) error {
	*v.list = append(*v.list, dataFlag{v.kind, s})
	return nil
}

// body joins the data flags as curl does: with & between them, JSON without.
func (o *options) body(stdin io.Reader) ([]byte, error) {
	var body []byte
	for i, d := range o.data {
		content, err := d.content(stdin)
		if err != nil {
			return nil, err
		}
		if i > 0 && d.kind != dataJSON {
			body = append(body, '&')
		}
		body = append(body, content...)
	}
	return body, nil
}

func (d dataFlag) content(stdin io.Reader) ([]byte, error) {
	switch file, isFile := strings.CutPrefix(d.value, "@"); {
	case d.kind == dataRaw:
		return []byte(d.value), nil
	case d.kind == dataURLEncode:
		return urlEncoded(d.value, stdin)
	case !isFile:
		return []byte(d.value), nil
	default:
		content, err := readFile(file, stdin)
		if d.kind == dataPlain { // as curl: lines are joined
			content = bytes.ReplaceAll(content, []byte("\n"), nil)
			content = bytes.ReplaceAll(content, []byte("\r"), nil)
		}
		return content, err
	}
}

// urlEncoded reads content, =content, name=content, @file and name@file.
func urlEncoded(value string, stdin io.Reader) ([]byte, error) {
	at := strings.IndexAny(value, "=@")
	if at < 0 {
		return []byte(url.QueryEscape(value)), nil
	}
	name, content := value[:at], []byte(value[at+1:])
	if value[at] == '@' {
		var err error
		if content, err = readFile(string(content), stdin); err != nil {
			return nil, err
		}
	}
	encoded := url.QueryEscape(string(content))
	if name != "" {
		encoded = name + "=" + encoded
	}
	return []byte(encoded), nil
}

// readFile reads a file, or stdin if its name is "-".
func readFile(name string, stdin io.Reader) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(stdin)
	}
	content, err := os.ReadFile(name)
	if err != nil {
		return nil, usagef("cannot read the file: %v", err)
	}
	return content, nil
}

func validJSON(s string) bool { return json.Valid([]byte(s)) }
