package conformance

import (
	"os"
	"testing"
)

// gatewayMode is a way in which clients reach functions through the gateway.
type gatewayMode struct {
	name string
	// base returns the URL of a target; unknown is one of none.
	base    func(target string) string
	unknown string
	refused int // the status of unknown
	// env are the variables of HTTP_PROXY, proxy the client's own setting.
	env   []string
	proxy string
	// hosts says that names of targets resolve to 127.0.0.1.
	hosts bool
	// noHostHeader says that the client sends no Host but the URL's.
	noHostHeader bool
	// tunnel leaves undici's proxyTunnel as it is, which is on.
	tunnel bool
	// divert are ports of this machine that stand for hosts: connections to a
	// host go there, unless a proxy is asked.
	divert map[string]string
}

func (m gatewayMode) proxied() bool { return m.env != nil || m.proxy != "" }

func (g *runningGateway) modes() []gatewayMode {
	prefix := func(prefix string) func(string) string {
		return func(target string) string { return g.base + prefix + target }
	}
	host := func(port string) func(string) string {
		return func(target string) string { return "http://" + target + ".lambda.internal" + port }
	}
	return []gatewayMode{
		{name: "reverse proxy", base: prefix("/api/"), unknown: g.base + "/api/nobody", refused: 404},
		{name: "by name", base: prefix("/"), unknown: g.base + "/nobody", refused: 404},
		{name: "HTTP_PROXY", base: host(""), unknown: host("")("nobody"), refused: 403, env: g.exports, divert: g.divert},
		{name: "client's own proxy setting", base: host(""), unknown: host("")("nobody"), refused: 403, proxy: g.base},
		{name: "hosts file", base: host(":" + g.port), unknown: host(":" + g.port)("nobody"), refused: 421, hosts: true},
	}
}

// names are the lines of a hosts file.
func (m gatewayMode) names() []string {
	names := []string{}
	if m.hosts {
		names = append(names, "nobody.lambda.internal")
		for _, fn := range gatewayFunctions() {
			for _, prefix := range []string{"", "brief-", "later-"} {
				names = append(names, prefix+fn.name+".lambda.internal")
			}
		}
	}
	return names
}

// environ is the environment of a client that is a process: the mode's and
// nothing of the user's own.
func (m gatewayMode) environ(t *testing.T) []string {
	return append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "LANG=C.UTF-8", "PYTHONDONTWRITEBYTECODE=1",
	}, m.env...)
}
