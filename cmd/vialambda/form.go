package main

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/textproto"
	"path/filepath"
	"strings"
)

// multipart makes the body of --form: name=value, name=@FILE (a file), name=<FILE
// (its content as a value), each with ;type=… and ;filename=….
func (o *options) multipart(stdin io.Reader) ([]byte, string, error) {
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	for _, form := range o.forms {
		if err := writePart(w, form, stdin); err != nil {
			return nil, "", err
		}
	}
	if err := w.Close(); err != nil {
		return nil, "", err
	}
	return buf.Bytes(), w.FormDataContentType(), nil
}

func writePart(w *multipart.Writer, form string, stdin io.Reader) error {
	name, value, ok := strings.Cut(form, "=")
	if !ok || name == "" {
		return usagef("form %q cannot be read: write name=value or name=@FILE", form)
	}
	value, attributes := cutAttributes(value)
	filename, contentType := attributes["filename"], attributes["type"]
	content := []byte(value)
	if file, isFile := strings.CutPrefix(value, "@"); isFile {
		var err error
		if content, err = readFile(file, stdin); err != nil {
			return err
		}
		if filename == "" {
			filename = filepath.Base(file)
		}
		if contentType == "" {
			contentType = mime.TypeByExtension(filepath.Ext(filename))
		}
		if contentType == "" {
			contentType = "application/octet-stream"
		}
	} else if file, isValue := strings.CutPrefix(value, "<"); isValue {
		var err error
		if content, err = readFile(file, stdin); err != nil {
			return err
		}
	}
	header := textproto.MIMEHeader{}
	disposition := fmt.Sprintf(`form-data; name="%s"`, escapeQuotes(name))
	if filename != "" {
		disposition += fmt.Sprintf(`; filename="%s"`, escapeQuotes(filename))
	}
	header.Set("Content-Disposition", disposition)
	if contentType != "" {
		header.Set("Content-Type", contentType)
	}
	part, err := w.CreatePart(header)
	if err != nil {
		return err
	}
	_, err = part.Write(content)
	return err
}

// cutAttributes takes ;type=… and ;filename=… off the end of a form's value.
func cutAttributes(value string) (string, map[string]string) {
	attributes := map[string]string{}
	for {
		at := strings.LastIndexByte(value, ';')
		if at < 0 {
			return value, attributes
		}
		key, attribute, ok := strings.Cut(strings.TrimSpace(value[at+1:]), "=")
		if !ok || key != "type" && key != "filename" {
			return value, attributes
		}
		attributes[key] = strings.Trim(attribute, `"`)
		value = value[:at]
	}
}

func escapeQuotes(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\r", "%0D", "\n", "%0A").Replace(s)
}
