package harness

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/vialambda/vialambda/internal/bench/stub"
)

// startCommand starts vialambda serve. Its access log goes to the null device.
func (l *serverLine) startCommand(ctx context.Context, command, upstream string, functions []string) error {
	cmd := exec.CommandContext(ctx, command, "serve", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", //nolint:gosec // what was built before
		"--region", "eu-central-1", "--endpoint-url", upstream, "--by-name", strings.Join(functions, ","))
	cmd.Env = environment("AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := l.run(cmd); err != nil {
		return err
	}
	unwatch := context.AfterFunc(ctx, l.end)
	defer unwatch()
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if address, ok := strings.CutPrefix(lines.Text(), "vialambda gateway: "); ok {
			l.endpoint.ready = stub.Ready{URL: address, Control: l.endpoint.ready.Control}
			return nil
		}
	}
	l.end()
	return errors.New("vialambda serve ended without a word")
}

const nginxConfig = `daemon off;
worker_processes auto;
pid %[1]s/nginx.pid;
error_log %[1]s/nginx.log;
events { worker_connections 4096; }
http {
	access_log off;
	client_body_temp_path %[1]s/body;
	proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi;
	scgi_temp_path %[1]s/scgi;
	keepalive_requests 1000000000;
	upstream stub {
		server %[2]s;
		keepalive %[3]d;
		keepalive_requests 1000000000;
	}
	server {
		listen %[4]s;
		location / {
			proxy_pass http://stub;
			proxy_http_version 1.1;
			proxy_set_header Connection "";
			proxy_set_header Host $http_host;
			proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
			proxy_set_header X-Forwarded-Host $http_host;
			proxy_set_header X-Forwarded-Proto $scheme;
		}
	}
}
`

// startNginx starts nginx, if there is one.
func (l *serverLine) startNginx(ctx context.Context, dir, upstream string, inFlight int) error {
	nginx, err := exec.LookPath("nginx")
	if err != nil {
		return errors.New("not installed")
	}
	free, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it takes no time; nginx cannot tell which port the kernel chose
	if err != nil {
		return err
	}
	address := free.Addr().String()
	free.Close()
	dir = filepath.Join(dir, "nginx-"+strconv.Itoa(inFlight))
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	config := fmt.Sprintf(nginxConfig, dir, strings.TrimPrefix(upstream, "http://"), max(inFlight, 10), address)
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, nginx, "-p", dir, "-c", file, "-e", filepath.Join(dir, "nginx.log")) //nolint:gosec // as above
	cmd.Env = environment()
	if err := l.run(cmd); err != nil {
		return err
	}
	for range 500 {
		if conn, err := new(net.Dialer).DialContext(ctx, "tcp", address); err == nil {
			conn.Close()
			l.endpoint.ready = stub.Ready{URL: "http://" + address, Control: l.endpoint.ready.Control}
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	l.end()
	text, _ := os.ReadFile(filepath.Join(dir, "nginx.log"))
	return fmt.Errorf("nginx does not listen: %.300s", text)
}

// run starts cmd; l.end will end it.
func (l *serverLine) run(cmd *exec.Cmd) error {
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		cmd.Wait() //nolint:errcheck // how it ended is not of interest
	}()
	l.pid = cmd.Process.Pid
	l.end = func() {
		cmd.Process.Signal(syscall.SIGTERM) //nolint:errcheck // it may have ended just now
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			cmd.Process.Kill() //nolint:errcheck // as above
			<-ended
		}
	}
	return nil
}

// ticks is the kernel's USER_HZ.
const ticks = 100

// processCPU returns what the process and its children have used, user and
// system, as /proc counts; 0 if it cannot be told.
func processCPU(pid int) time.Duration {
	if pid == 0 {
		return 0
	}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is a good one
	var sum time.Duration
	for _, file := range stats {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // has ended
		}
		at := strings.LastIndexByte(string(text), ')')
		fields := strings.Fields(string(text[at+1:]))
		if len(fields) < 13 || filepath.Base(filepath.Dir(file)) != strconv.Itoa(pid) && fields[1] != strconv.Itoa(pid) {
			continue
		}
		user, _ := strconv.ParseInt(fields[11], 10, 64)
		system, _ := strconv.ParseInt(fields[12], 10, 64)
		sum += time.Duration(user+system) * time.Second / ticks
	}
	return sum
}
