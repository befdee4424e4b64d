// Package memo remembers what was found out about a few keys, for readers that take no
// lock.
package memo

import (
	"maps"
	"sync"
	"sync/atomic"
)

// Map holds the values of at most Limit keys. Its zero value is empty. It is safe for
// concurrent use, and must not be copied after its first use.
//
// Adding copies the whole, so it is for what is added seldom and read often.
type Map[K comparable, V any] struct {
	values atomic.Pointer[map[K]V] // never changed
	mu     sync.Mutex              // of writers
}

// Limit is how many keys a Map has at most.
const Limit = 1024

// Get returns the value of key.
func (m *Map[K, V]) Get(key K) (value V, ok bool) {
	if values := m.values.Load(); values != nil {
		value, ok = (*values)[key]
	}
	return value, ok
}

// Full reports whether the Map takes no further keys.
func (m *Map[K, V]) Full() bool {
	values := m.values.Load()
	return values != nil && len(*values) >= Limit
}

// Add gives key a value, and reports whether there was room for it. What a key has
// already is replaced.
func (m *Map[K, V]) Add(key K, value V) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	next := make(map[K]V)
	if values := m.values.Load(); values != nil {
		if _, ok := (*values)[key]; !ok && len(*values) >= Limit {
			return false
		}
		next = maps.Clone(*values)
	}
	next[key] = value
	m.values.Store(&next)
	return true
}
