package locallambda

import (
	"bytes"
	"io"
	"sync"
)

// maxLine is how much of a line without an end is kept, in bytes, before it is
// written as if it had ended.
const maxLine = 16 << 10

// lineWriter writes the lines of one worker to a Log that several share, each
// with the function's name before it.
type lineWriter struct {
	mu     *sync.Mutex // of the Log; nil means there is none
	out    io.Writer
	prefix string

	own      sync.Mutex
	line     []byte // what has no end yet
	returned bool   // the last byte was a carriage return
	buf      []byte // reused
}

// write takes output as it comes. Runtimes write a message of several lines with
// carriage returns between them, which keeps it one message in CloudWatch: they
// end lines here.
func (l *lineWriter) write(p []byte) {
	if l.out == nil {
		return
	}
	l.own.Lock()
	defer l.own.Unlock()
	l.buf = l.buf[:0]
	for {
		i := bytes.IndexAny(p, "\r\n")
		if i < 0 {
			break
		}
		l.line = append(l.line, p[:i]...)
		l.returned = l.returned && i == 0
		if len(l.line) > 0 || p[i] == '\n' && !l.returned {
			l.endLine()
		}
		l.returned = p[i] == '\r'
		p = p[i+1:]
	}
	l.line = append(l.line, p...)
	l.returned = l.returned && len(p) == 0
	if len(l.line) > maxLine {
		l.endLine()
	}
	l.send()
}

// flush writes a last line that has no end.
func (l *lineWriter) flush() {
	if l.out == nil {
		return
	}
	l.own.Lock()
	defer l.own.Unlock()
	l.buf = l.buf[:0]
	if len(l.line) > 0 {
		l.endLine()
	}
	l.send()
}

// hint writes a line of the emulator's.
func (l *lineWriter) hint(text string) {
	if l.out == nil {
		return
	}
	l.own.Lock()
	defer l.own.Unlock()
	l.buf = append(append(append(l.buf[:0], l.prefix...), text...), '\n')
	l.send()
}

func (l *lineWriter) endLine() {
	l.buf = append(append(append(l.buf, l.prefix...), l.line...), '\n')
	l.line = l.line[:0]
}

func (l *lineWriter) send() {
	if len(l.buf) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.out.Write(l.buf) //nolint:errcheck // a log is no reason for a function to fail
}
