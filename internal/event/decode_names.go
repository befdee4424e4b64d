package event

// fieldName is the canonical name of a field: known, or else text[start:end].
type fieldName struct {
	known      string
	start, end int
}

func (n *fieldName) in(text string) string {
	if n.known != "" {
		return n.known
	}
	return text[n.start:n.end]
}

// knownNames are canonical names by how answers spelled them, escapes as they are, so that
// they are found and need not be made: answers of one function have the same names again
// and again. A place that is taken stays so.
type knownNames [64]struct{ spelled, canonical string }

// maxKnownName bounds how long a name is remembered, in bytes.
const maxKnownName = 32

// place returns where a name is to be, if it is there. name must not be empty.
func (k *knownNames) place(name []byte) *struct{ spelled, canonical string } {
	last := len(name) - 1
	return &k[(uint(last)+5*uint(name[0])+11*uint(name[last])+3*uint(name[last/2]))%uint(len(k))]
}

// find returns what name is in canonical spelling, "" if that is not known.
func (k *knownNames) find(name []byte) string {
	if len(name) == 0 {
		return ""
	}
	if at := k.place(name); at.spelled == string(name) {
		return at.canonical
	}
	return ""
}

// add remembers that canonical is how name is spelled, if there is room.
func (k *knownNames) add(name, canonical []byte) {
	if len(name) > maxKnownName {
		return
	}
	if at := k.place(name); at.spelled == "" {
		at.spelled, at.canonical = string(name), string(canonical)
	}
}
