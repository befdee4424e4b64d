package http1

// records tells the records of TLS apart (RFC 8446, section 5.1): five bytes, of which the
// last two are the length of what follows.
type records struct {
	header [5]byte // of a record that is beginning
	have   int     // bytes of header
	left   int     // bytes of a record that have not come
}

// follow goes on by what has come. A nil r follows nothing.
func (r *records) follow(p []byte) {
	if r == nil {
		return
	}
	for len(p) > 0 {
		if r.left > 0 {
			n := min(r.left, len(p))
			r.left -= n
			p = p[n:]
			continue
		}
		n := copy(r.header[r.have:], p)
		r.have += n
		p = p[n:]
		if r.have == len(r.header) {
			r.have, r.left = 0, int(r.header[3])<<8|int(r.header[4])
		}
	}
}

// whole reports whether no record has come in part.
func (r *records) whole() bool { return r == nil || r.have == 0 && r.left == 0 }
