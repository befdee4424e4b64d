package stub

import (
	"encoding/json"
	"io"
)

// Ready is the line that Main writes once the stub listens.
type Ready struct{ URL, Control, CA string }

// Main runs a Stub as a process of its own until in ends, which it does when
// the process that started this one has gone. It writes Ready to out, in JSON.
func Main(in io.Reader, out io.Writer, useTLS bool) error {
	s, err := Start(useTLS)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := json.NewEncoder(out).Encode(Ready{URL: s.URL, Control: s.Control, CA: s.CA}); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, in)
	return err
}
