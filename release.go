package vialambda

import (
	"reflect"
	"sync"
)

// Release says that nobody will read in.Payload any more, so that its memory, and
// in itself, can be used for another call once Invoke has returned. An Invoker may
// call it before that, never after, with itself, a pointer, as by; it need not. It
// must be certain: who still read the event would read another caller's.
//
// Nothing happens unless by is the very Invoker that the [Transport] called: what
// wraps an Invoker may use in again after that has released it.
func (in *Invocation) Release(by Invoker) {
	if t := reflect.TypeOf(by); t != nil && t.Kind() == reflect.Pointer && in.sentTo == by {
		in.released = true
	}
}

// again returns in for another attempt. Unless the last one has released it,
// something of it may read on, and no later one can release it.
func (in *Invocation) again() *Invocation {
	next := *in // who keeps in against the rules may still look at it
	if !in.released {
		next.sentTo = nil
	}
	next.released = false
	return &next
}

// memory is what a call needs of it: for the event, and the Invocation that carries
// it. It is used again if it was released.
type memory struct {
	call  Invocation
	event []byte // free; nil in the beginning
}

var memories = sync.Pool{New: func() any { return new(memory) }}

// maxReused bounds, in bytes, how much a small event holds of the memory that a
// larger one needed.
const maxReused = 8 << 10

// free lets another call use m.
func (m *memory) free() {
	if payload := m.call.Payload; cap(payload) > cap(m.event) { // it had no room in m.event
		m.event = payload[:0]
	}
	m.call = Invocation{}
	if cap(m.event) <= maxReused {
		memories.Put(m)
	}
}
