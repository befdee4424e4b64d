package http1

import "net/http/httptrace"

// Hears reports whether hooks, which may be nil, has only such as a Pool calls: GetConn and
// GotConn, and those for DNS and TCP, which package net calls.
func Hears(hooks *httptrace.ClientTrace) bool {
	return hooks == nil || hooks.PutIdleConn == nil && hooks.GotFirstResponseByte == nil &&
		hooks.Got100Continue == nil && hooks.Got1xxResponse == nil && hooks.Wait100Continue == nil &&
		hooks.TLSHandshakeStart == nil && hooks.TLSHandshakeDone == nil &&
		hooks.WroteHeaderField == nil && hooks.WroteHeaders == nil && hooks.WroteRequest == nil
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
