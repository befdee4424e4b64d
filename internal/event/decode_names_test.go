package event

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestKnownNames decodes answers with many names, several of which share a place, more
// than once: what is remembered of one is not taken for another.
func TestKnownNames(t *testing.T) {
	var names []string
	for _, name := range []string{"content-type", "x-request-id", "etag", "x", "vary", "cache-control", strings.Repeat("long-", 20) + "name"} {
		names = append(names, name, strings.ToUpper(name), http.CanonicalHeaderKey(name))
	}
	for c := range 200 {
		names = append(names, fmt.Sprintf("x-%c%d", 'a'+c%26, c))
	}
	for range 3 {
		for _, name := range names {
			for _, answer := range []string{
				fmt.Sprintf(`{"headers":{%q:"v"}}`, name),
				fmt.Sprintf(`{"multiValueHeaders":{%q:["v"]}}`, name),
				fmt.Sprintf(`{"headers":{"\u%04x%s":"v"}}`, name[0], name[1:]),
			} {
				r, err := Decode(RESTAPI, []byte(answer))
				if err != nil {
					t.Fatal(err)
				}
				if got := r.Header[http.CanonicalHeaderKey(name)]; len(got) != 1 || got[0] != "v" || len(r.Header) > 2 {
					t.Fatalf("%s: %v", answer, r.Header)
				}
			}
		}
	}
}

// TestKnownNamesAreBounded: neither long names are kept, nor many.
func TestKnownNamesAreBounded(t *testing.T) {
	var k knownNames
	long := []byte(strings.Repeat("x", maxKnownName+1))
	k.add(long, long)
	if got := k.find(long); got != "" {
		t.Errorf("a name of %d bytes is kept", len(long))
	}
	if got := k.find(nil); got != "" {
		t.Errorf("no name is %q", got)
	}
	kept := 0
	for c := range 1000 {
		name := fmt.Appendf(nil, "n%d", c)
		k.add(name, []byte("N"))
	}
	for c := range 1000 {
		if k.find(fmt.Appendf(nil, "n%d", c)) != "" {
			kept++
		}
	}
	if kept > len(k) || k.find([]byte("n0")) == "" {
		t.Errorf("%d names are kept, of %d places; the first: %q", kept, len(k), k.find([]byte("n0")))
	}
}

// TestKnownNamesAreCopies: a name does not hold the answer that it came from.
func TestKnownNamesAreCopies(t *testing.T) {
	var k knownNames
	name := []byte("etag")
	k.add(name, []byte("Etag"))
	copy(name, "xxxx")
	if k.find([]byte("etag")) != "Etag" || k.find(name) != "" {
		t.Error("what is kept changes with the answer")
	}
}
