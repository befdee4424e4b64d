package http1

import (
	"net/http/httptrace"
	"reflect"
)

// Hears reports whether hooks, which may be nil, has only such as a Pool calls: GetConn and
// GotConn, and those for DNS and TCP, which package net calls.
func Hears(hooks *httptrace.ClientTrace) bool {
	if hooks == nil {
		return true
	}
	others := *hooks
	others.GetConn, others.GotConn = nil, nil
	others.DNSStart, others.DNSDone, others.ConnectStart, others.ConnectDone = nil, nil, nil, nil
	return reflect.ValueOf(others).IsZero()
}

// info describes c before a call.
func (c *conn) info() httptrace.GotConnInfo {
	info := httptrace.GotConnInfo{Conn: c.Conn, Reused: c.used, WasIdle: c.idle != instant{}}
	if info.Conn == c.socket {
		info.Conn = c.socket.Conn
	}
	if info.WasIdle {
		info.IdleTime = now().since(c.idle)
	}
	return info
}
