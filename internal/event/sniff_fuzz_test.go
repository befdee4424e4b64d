package event

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// FuzzSniff lets data arrive in pieces as long as cuts say, in turn. The
// decision and the parts are those of one piece, and what encoding/json says.
func FuzzSniff(f *testing.F) {
	for _, seed := range decodeSeeds() {
		f.Add([]byte(seed+separator+"x"), []byte{0, 5})
		f.Add([]byte(seed), []byte{7})
	}
	f.Fuzz(func(t *testing.T, data, cuts []byte) {
		var whole Sniffer
		want := result(&whole, whole.Sniff(data, true), data, 0)

		var pieces Sniffer
		shape, arrived := Undecided, 0
		for i := 0; shape == Undecided && arrived < len(data) && len(cuts) > 0; i++ {
			arrived = min(len(data), arrived+1+int(cuts[i%len(cuts)]))
			shape = pieces.Sniff(data[:arrived], false)
		}
		if shape == Undecided {
			shape = pieces.Sniff(data, true)
		}
		if got := result(&pieces, shape, data, 0); got != want {
			t.Fatalf("%q in pieces %d: %v, in one piece %v", data, cuts, got, want)
		}
		if len(data) > PreludeLimit || referenceTooDeep(data) {
			return
		}
		if shape := referenceShape(data); shape != want.shape {
			t.Fatalf("%q: %v, the reference says %v", data, want.shape, shape)
		}
	})
}

// referenceShape says what a stream that ends after data is, data being at most
// PreludeLimit long.
func referenceShape(data []byte) Shape {
	if len(data) == 0 || data[0] != '{' {
		return RawStream
	}
	var object json.RawMessage
	d := json.NewDecoder(bytes.NewReader(data))
	if d.Decode(&object) != nil {
		for _, key := range referenceTopKeys(data) {
			if key == "statusCode" || key == "body" || key == "isBase64Encoded" {
				return BufferedAnswer
			}
		}
		return RawStream
	}
	_, status := referenceObject(object)["statusCode"]
	rest := data[len(object):]
	if status {
		rest = bytes.TrimLeft(rest, " \t\r\n")
	}
	switch {
	case bytes.HasPrefix(rest, []byte(separator)):
		return Prelude
	case strings.HasPrefix(separator, string(rest)) && len(rest) > 0, len(rest) == 0 && status:
		return BufferedAnswer
	}
	return RawStream
}

// referenceTopKeys returns the keys of an object that is not complete or not valid.
func referenceTopKeys(data []byte) (keys []string) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	depth, isKey := 0, false
	for {
		token, err := d.Token()
		if err != nil {
			return keys
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		default:
			if key, ok := token.(string); ok && depth == 1 && isKey {
				keys = append(keys, key)
				isKey = false
				continue
			}
		}
		isKey = depth == 1
	}
}
