package event

// Shape is what a stream of a function's bytes turns out to be.
type Shape int

const (
	// Undecided: more bytes, or the end, must come first.
	Undecided Shape = iota
	// RawStream: the bytes are the body. See RawResponse.
	RawStream
	// Prelude: a metadata object and 8 NUL bytes, then the body. See DecodePrelude.
	Prelude
	// BufferedAnswer: the function does not stream; the bytes, read to their end,
	// at most MaxAnswer of them, are an answer for Decode.
	BufferedAnswer
)

// Sniffer decides by the first JSON object of a stream, as it arrives, what the
// stream is. Its zero value is ready; it keeps none of the bytes.
//
//	var sniffer event.Sniffer
//	buf := make([]byte, 0, event.PreludeLimit)
//	shape := event.Undecided
//	for shape == event.Undecided {
//		n, err := stream.Read(buf[len(buf):cap(buf)])
//		if err != nil && err != io.EOF {
//			return err
//		}
//		buf = buf[:len(buf)+n]
//		shape = sniffer.Sniff(buf, err == io.EOF)
//	}
//	switch shape {
//	case event.RawStream:
//		response, rest = event.RawResponse(), buf
//	case event.Prelude:
//		metadata, body := sniffer.Split(buf)
//		response, err = event.DecodePrelude(format, metadata)
//		rest = body
//	case event.BufferedAnswer:
//		// read the stream to its end, then
//		response, err = event.Decode(format, append(buf, remainder...))
//	}
//
// The decision is the same however the stream is cut, and is made as soon as
// it can be:
//
//	the first byte is not {, or there is none      raw
//	the object is closed, 8 NUL bytes follow       prelude
//	closed without statusCode, no NUL follows      raw, on the byte after it
//	closed with statusCode, then the end           buffered answer
//	closed with statusCode, then something else    raw
//	closed, then the end within the NUL bytes      buffered answer (Decode refuses it)
//	still open after 16 KiB or at the end, or      buffered answer if a top-level
//	not JSON                                       statusCode, body or
//	                                               isBase64Encoded was seen, else raw
//
// White space between an object that has a statusCode and what follows it is
// ignored. The price of the last lines: metadata of over 16 KiB that begins
// with a statusCode is read as a buffered answer, which Decode understands, but
// which does not stream.
type Sniffer struct {
	scan   scanner
	shape  Shape
	closed bool // the object is complete
	status bool // it has a statusCode
	answer bool // it has a key that only answers have
	body   int  // where the body begins, if shape is Prelude; before, the white space skipped
}

// Sniff looks at what has arrived of the stream, soFar, from its first byte on,
// and what it has not looked at before; eof says that nothing follows. With eof,
// or with PreludeLimit bytes, it never returns Undecided. A decision stands.
func (s *Sniffer) Sniff(soFar []byte, eof bool) Shape {
	if s.shape == Undecided {
		head := soFar[:min(len(soFar), PreludeLimit)]
		s.shape = s.decide(head, eof || len(head) == PreludeLimit)
	}
	return s.shape
}

// Split cuts what has arrived of a stream of shape Prelude into the metadata
// and the beginning of the body. Both share memory with soFar.
func (s *Sniffer) Split(soFar []byte) (metadata, body []byte) {
	return soFar[:s.scan.pos:s.scan.pos], soFar[s.body:]
}

// decide decides by head; last says that there will not be a longer one.
func (s *Sniffer) decide(head []byte, last bool) Shape {
	switch {
	case len(head) == 0 && !last:
		return Undecided
	case len(head) == 0 || head[0] != '{':
		return RawStream
	}
	for !s.closed {
		switch s.scan.next(head) {
		case scanMember:
		case scanKey:
			s.see(head)
		case scanEnd:
			s.closed, s.body = true, s.scan.pos
		case scanMore:
			if !last {
				return Undecided
			}
			return s.unfinished()
		default:
			return s.unfinished()
		}
	}
	for s.status && s.body < len(head) && isJSONSpace(head[s.body]) {
		s.body++
	}
	rest := head[s.body:]
	nuls := countNULs(rest)
	switch {
	case nuls == len(separator):
		s.body += nuls
		return Prelude
	case nuls < len(rest):
		return RawStream
	case !last:
		return Undecided
	case nuls > 0 || s.status:
		return BufferedAnswer
	}
	return RawStream
}

func (s *Sniffer) see(head []byte) {
	switch string(unquoted(head, s.scan.key)) {
	case "statusCode":
		s.status, s.answer = true, true
	case "body", "isBase64Encoded":
		s.answer = true
	}
}

// unfinished decides on an object that is not complete.
func (s *Sniffer) unfinished() Shape {
	if s.answer {
		return BufferedAnswer
	}
	return RawStream
}
