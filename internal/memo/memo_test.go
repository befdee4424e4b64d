package memo

import (
	"sync"
	"testing"
)

func TestMap(t *testing.T) {
	var m Map[int, string]
	if v, ok := m.Get(1); ok || v != "" || m.Full() {
		t.Errorf("an empty Map has %q, %v", v, ok)
	}
	for i := range Limit {
		if m.Full() || !m.Add(i, "old") {
			t.Fatalf("no room for the %dth key", i+1)
		}
	}
	if !m.Full() || m.Add(Limit, "x") {
		t.Error("there is room beyond Limit")
	}
	if _, ok := m.Get(Limit); ok {
		t.Error("what had no room is there")
	}
	if !m.Add(7, "new") {
		t.Error("what a full Map has cannot be replaced")
	}
	for i := range Limit {
		want := "old"
		if i == 7 {
			want = "new"
		}
		if v, ok := m.Get(i); !ok || v != want {
			t.Fatalf("%d: %q, %v", i, v, ok)
		}
	}
}

func TestMapConcurrently(t *testing.T) {
	var m Map[int, int]
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 200 {
				m.Add(i, i)
				if v, ok := m.Get(i); !ok || v != i {
					t.Errorf("%d, just added by %d: %d, %v", i, g, v, ok)
				}
			}
		})
	}
	wg.Wait()
}
