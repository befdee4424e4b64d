//go:build unix

package http1

import (
	"context"
	"net/http/httptrace"
	"reflect"
	"testing"
)

// TestHooks says when which hooks are called, and with what.
func TestHooks(t *testing.T) {
	each(t, func(t *testing.T, secure bool) {
		s := listen(t, secure, echo)
		var asked []string
		var got []httptrace.GotConnInfo
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
			GetConn: func(addr string) { asked = append(asked, addr) },
			GotConn: func(info httptrace.GotConnInfo) { got = append(got, info) },
		})
		for range 2 {
			if body, err := s.call(ctx, "1"); body != "1" || err != nil {
				t.Fatalf("%q, %v", body, err)
			}
		}
		if want := []string{s.pool.Addr, s.pool.Addr}; !reflect.DeepEqual(asked, want) {
			t.Errorf("asked for %q", asked)
		}
		if len(got) != 2 || got[0].Conn == nil || got[0].Conn != got[1].Conn {
			t.Fatalf("%+v", got)
		}
		if _, ok := got[0].Conn.(*socket); ok {
			t.Error("the hook has our own type")
		}
		if first := got[0]; first.Reused || first.WasIdle || first.IdleTime != 0 {
			t.Errorf("the first is %+v", first)
		}
		if second := got[1]; !second.Reused || !second.WasIdle || second.IdleTime <= 0 {
			t.Errorf("the second is %+v", second)
		}
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := s.call(ctx, "1"); err == nil || len(asked) != 2 {
			t.Errorf("asked for %q by a call that had ended, %v", asked, err)
		}
	})
}

// TestHears goes through all hooks that there are, those of later versions of Go included.
func TestHears(t *testing.T) {
	if !Hears(nil) || !Hears(new(httptrace.ClientTrace)) {
		t.Error("does without hooks")
	}
	heard := map[string]bool{"GetConn": true, "GotConn": true, "DNSStart": true, "DNSDone": true, "ConnectStart": true, "ConnectDone": true}
	all := reflect.TypeFor[httptrace.ClientTrace]()
	for i := range all.NumField() {
		name := all.Field(i).Name
		hooks := new(httptrace.ClientTrace)
		field := reflect.ValueOf(hooks).Elem().Field(i)
		field.Set(reflect.MakeFunc(field.Type(), func([]reflect.Value) []reflect.Value { return nil }))
		if Hears(hooks) != heard[name] {
			t.Errorf("%s: %v", name, !heard[name])
		}
		delete(heard, name)
	}
	if len(heard) != 0 {
		t.Errorf("there is no %v", heard)
	}
}
