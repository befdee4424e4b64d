//go:build unix

package locallambda

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What a function process finds in its environment, by its own account.
func TestCommandEnvironment(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Run("Env", func(t *testing.T) {
		t.Setenv("LOCALLAMBDA_TEST_OF_PARENT", "leaked")
		c := newCommand(t, func(c *Command) {
			c.Dir, c.Handler, c.MemoryMB = dir, "app.handler", 1024
			c.Env = append(c.Env, "TABLE=items", "TZ=Europe/Paris", "AWS_LAMBDA_MAX_CONCURRENCY=4",
				"AWS_LAMBDA_RUNTIME_API=127.0.0.1:1", "_HANDLER=wrong", "AWS_LAMBDA_LOG_FORMAT=JSON", "AWS_DEFAULT_REGION=eu-west-3")
		})
		s := worksStill(t, c)
		if s.Dir != dir {
			t.Errorf("runs in %s, want %s", s.Dir, dir)
		}
		for name, want := range map[string]string{
			"TABLE":                           "items",
			"TZ":                              "Europe/Paris",
			"LANG":                            "en_US.UTF-8",
			"PATH":                            os.Getenv("PATH"),
			"PWD":                             dir,
			"LAMBDA_TASK_ROOT":                dir,
			"_HANDLER":                        "app.handler",
			"AWS_LAMBDA_FUNCTION_NAME":        "orders",
			"AWS_LAMBDA_FUNCTION_VERSION":     "$LATEST",
			"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
			"AWS_LAMBDA_INITIALIZATION_TYPE":  "on-demand",
			"AWS_LAMBDA_LOG_GROUP_NAME":       "/aws/lambda/orders",
			"AWS_LAMBDA_LOG_FORMAT":           "JSON",
			"AWS_REGION":                      "eu-west-3",
			"AWS_DEFAULT_REGION":              "eu-west-3",
			"AWS_ACCESS_KEY_ID":               "local",
			"AWS_SECRET_ACCESS_KEY":           "local",
			"AWS_SESSION_TOKEN":               "local",
			"AWS_XRAY_CONTEXT_MISSING":        "LOG_ERROR",
		} {
			if s.Env[name] != want {
				t.Errorf("%s=%q, want %q", name, s.Env[name], want)
			}
		}
		for _, name := range []string{"AWS_LAMBDA_MAX_CONCURRENCY", "LOCALLAMBDA_TEST_OF_PARENT", "_X_AMZN_TRACE_ID", "HOME"} {
			if value, ok := s.Env[name]; ok {
				t.Errorf("%s=%q, want none", name, value)
			}
		}
		for name, pattern := range map[string]string{
			"AWS_LAMBDA_RUNTIME_API":     `^127\.0\.0\.1:\d+$`,
			"AWS_LAMBDA_LOG_STREAM_NAME": `^\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}$`,
		} {
			if !regexp.MustCompile(pattern).MatchString(s.Env[name]) || s.Env[name] == "127.0.0.1:1" {
				t.Errorf("%s=%q", name, s.Env[name])
			}
		}
	})

	t.Run("inherited", func(t *testing.T) {
		gone := []string{
			"AWS_LAMBDA_MAX_CONCURRENCY", "AWS_LAMBDA_LOG_FORMAT", "AWS_LAMBDA_EXEC_WRAPPER", "AWS_EXECUTION_ENV",
			"LAMBDA_RUNTIME_DIR", "_LAMBDA_TELEMETRY_LOG_FD", "_X_AMZN_TRACE_ID", "AWS_XRAY_DAEMON_ADDRESS", "GOCOVERDIR",
		}
		for _, name := range gone {
			t.Setenv(name, "of the parent")
		}
		for _, name := range []string{"AWS_LAMBDA_RUNTIME_API", "_HANDLER", "AWS_LAMBDA_FUNCTION_NAME", "LAMBDA_TASK_ROOT", "TZ"} {
			t.Setenv(name, "of the parent")
		}
		t.Setenv("AWS_REGION", "eu-central-1")
		t.Setenv("AWS_PROFILE", "mine")
		t.Setenv("AWS_ACCESS_KEY_ID", "")
		t.Setenv("TABLE", "items")
		t.Setenv(functionMode, "normal")
		c := newCommand(t, func(c *Command) { c.Env = nil })
		s := worksStill(t, c)
		for _, name := range gone {
			if value, ok := s.Env[name]; ok {
				t.Errorf("%s=%q, want none", name, value)
			}
		}
		wd, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{
			"TABLE": "items", "_HANDLER": "bootstrap", "AWS_LAMBDA_FUNCTION_NAME": "orders", "LAMBDA_TASK_ROOT": wd,
			"TZ": ":UTC", "AWS_REGION": "eu-central-1", "AWS_PROFILE": "mine", "AWS_ACCESS_KEY_ID": "",
			"HOME": os.Getenv("HOME"), "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
		} {
			if s.Env[name] != want {
				t.Errorf("%s=%q, want %q", name, s.Env[name], want)
			}
		}
	})
}

// Without a Name a function is called as its first caller calls it.
func TestCommandNameOfFirstCall(t *testing.T) {
	c := newCommand(t, func(c *Command) { c.Name = "" })
	in := newEvent(task{Do: "echo"})
	in.Function = "123456789012:function:invoices:7"
	s := parseSaid(t, invokeBuffered(t, Functions{"invoices": c}, in).payload)
	if s.Env["AWS_LAMBDA_FUNCTION_NAME"] != "invoices" || s.Env["AWS_REGION"] != "us-east-1" {
		t.Errorf("%q in %q", s.Env["AWS_LAMBDA_FUNCTION_NAME"], s.Env["AWS_REGION"])
	}
}

func TestHasCredentials(t *testing.T) {
	home := t.TempDir()
	file := filepath.Join(home, ".aws", "credentials")
	if err := os.Mkdir(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	has := func(assignments ...string) bool {
		var env environment
		env.set(assignments...)
		return env.hasCredentials()
	}
	for _, assignment := range []string{
		"AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_PROFILE=mine", "AWS_WEB_IDENTITY_TOKEN_FILE=/token",
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/x", "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1/x",
	} {
		if !has(assignment) {
			t.Errorf("none with %s", assignment)
		}
		if name, _, _ := strings.Cut(assignment, "="); has(name + "=") {
			t.Errorf("some with an empty %s", name)
		}
	}
	if has("HOME=" + home) {
		t.Error("some in an empty home")
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if !has("HOME="+home) || !has("AWS_CONFIG_FILE="+file) || !has("AWS_SHARED_CREDENTIALS_FILE="+file) {
		t.Error("none with a credentials file")
	}
}
