// Caddy with the transport lambda: what "xcaddy build --with
// github.com/vialambda/vialambda/caddy" builds, without xcaddy.
//
//	cd caddy && go build ./cmd/caddy
package main

import (
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	_ "github.com/caddyserver/caddy/v2/modules/standard"

	_ "github.com/vialambda/vialambda/caddy"
)

func main() { caddycmd.Main() }
