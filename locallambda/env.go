package locallambda

import (
	"crypto/rand"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// environ returns the environment of a worker
// (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html). dir
// is absolute, api the host and port of the Runtime API.
func (c *Command) environ(function, arn, dir, api string) []string {
	env := environment{}
	if c.Env == nil {
		env.inherit(os.Environ())
	} else {
		env.set(c.Env...)
		env.offer("PATH", os.Getenv("PATH"))
	}

	env.drop("AWS_LAMBDA_MAX_CONCURRENCY") // its mere presence makes runtimes ask for several events at a time
	env.drop("_X_AMZN_TRACE_ID")           // an invocation's, not a process's

	env.offer("AWS_REGION", env.vars["AWS_DEFAULT_REGION"])
	env.offer("AWS_REGION", arnRegion(arn))
	env.offer("AWS_DEFAULT_REGION", env.vars["AWS_REGION"])
	env.offer("TZ", ":UTC")
	env.offer("LANG", "en_US.UTF-8")
	env.offer("AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR")
	if !env.hasCredentials() {
		env.set("AWS_ACCESS_KEY_ID=local", "AWS_SECRET_ACCESS_KEY=local", "AWS_SESSION_TOKEN=local")
	}

	handler := c.Handler
	if handler == "" {
		handler = defaultHandler
	}
	var stream [16]byte
	rand.Read(stream[:])
	env.set(
		"AWS_LAMBDA_RUNTIME_API="+api,
		"AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
		"AWS_LAMBDA_FUNCTION_NAME="+function,
		"AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE="+strconv.Itoa(c.memory()),
		"AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/"+function,
		"AWS_LAMBDA_LOG_STREAM_NAME="+time.Now().UTC().Format("2006/01/02")+"/[$LATEST]"+hex.EncodeToString(stream[:]),
		"_HANDLER="+handler,
		"LAMBDA_TASK_ROOT="+dir,
		"PWD="+dir,
	)
	return env.list()
}

// environment is variables by name.
type environment struct{ vars map[string]string }

// inherit takes over the variables of this process, without what Lambda would
// have set if it is a function itself, and without what belongs to its own test
// run and time zone.
func (e *environment) inherit(parent []string) {
	e.set(parent...)
	for name := range e.vars {
		switch {
		case strings.HasPrefix(name, "AWS_LAMBDA_"), strings.HasPrefix(name, "_LAMBDA_"):
			delete(e.vars, name)
		}
	}
	e.drop("_HANDLER", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "AWS_EXECUTION_ENV",
		"AWS_XRAY_DAEMON_ADDRESS", "AWS_XRAY_CONTEXT_MISSING", "GOCOVERDIR", "TZ")
}

// set sets variables given as "name=value". What is not of this form is dropped.
func (e *environment) set(assignments ...string) {
	if e.vars == nil {
		e.vars = make(map[string]string)
	}
	for _, assignment := range assignments {
		if name, value, ok := strings.Cut(assignment, "="); ok && name != "" {
			e.vars[name] = value
		}
	}
}

// offer sets a variable that is not set, unless value is empty.
func (e *environment) offer(name, value string) {
	if _, ok := e.vars[name]; !ok && value != "" {
		e.set(name + "=" + value)
	}
}

func (e *environment) drop(names ...string) {
	for _, name := range names {
		delete(e.vars, name)
	}
}

// hasCredentials reports whether an AWS SDK would find credentials without
// asking the network. If it would not, the function gets some that are none: an
// SDK that finds nothing waits for an instance's metadata.
func (e *environment) hasCredentials() bool {
	for _, name := range []string{
		"AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE",
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
	} {
		if e.vars[name] != "" {
			return true
		}
	}
	file := e.vars["AWS_SHARED_CREDENTIALS_FILE"]
	if file == "" && e.vars["HOME"] != "" {
		file = filepath.Join(e.vars["HOME"], ".aws", "credentials")
	}
	config := e.vars["AWS_CONFIG_FILE"]
	if config == "" && e.vars["HOME"] != "" {
		config = filepath.Join(e.vars["HOME"], ".aws", "config")
	}
	return exists(file) || exists(config)
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return file != "" && err == nil
}

func (e *environment) list() []string {
	list := make([]string, 0, len(e.vars))
	for name, value := range e.vars {
		list = append(list, name+"="+value)
	}
	slices.Sort(list)
	return list
}

// arnRegion returns the region in a function's ARN, or the default one.
func arnRegion(arn string) string {
	if parts := strings.SplitN(arn, ":", 5); len(parts) == 5 && parts[3] != "" {
		return parts[3]
	}
	return defaultRegion
}
