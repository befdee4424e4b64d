//go:build unix

package locallambda

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The functions of these tests are this test binary, run again: TestFunctionProcess
// is a runtime client written by hand that does what the event asks for. With
// functionMode in its environment it misbehaves before it asks for an event.
const functionMode = "LOCALLAMBDA_TEST_FUNCTION"

func TestFunctionProcess(t *testing.T) {
	mode := os.Getenv(functionMode)
	if mode == "" {
		return
	}
	if mode == "sleep" {
		select {} // a grandchild
	}
	rt := &runtimeLoop{api: os.Getenv("AWS_LAMBDA_RUNTIME_API")}
	switch mode {
	case "init error":
		rt.post("/init/error", initErrorDocument, "Lambda-Runtime-Function-Error-Type", "Runtime.ImportModuleError")
		os.Exit(1)
	case "init error, hang":
		rt.post("/init/error", initErrorDocument)
		if got := rt.call(runtimeCall{Method: "GET", Path: "/invocation/next"}, ""); got.Status != 403 {
			fmt.Println("next after an init error:", got)
		}
		select {}
	case "init exit":
		fmt.Fprintln(os.Stderr, "no module named app")
		os.Exit(3)
	case "init output":
		fmt.Println("starting")
	case "init exit 0":
		os.Exit(0)
	case "init hang":
		select {}
	case "init hook":
		rt.hook(&delivered{task: task{Hook: os.Getenv("HOOK")}})
	case "answer before next":
		rt.early = rt.post("/invocation/00000000-0000-4000-8000-000000000000/response", `{}`)
	}
	for {
		rt.serve(rt.next())
	}
}

const initErrorDocument = `{"errorMessage": "Unable to import module 'app'",  "errorType":"Runtime.ImportModuleError","requestId":"","stackTrace":[]}`

// task is an event of these functions.
type task struct {
	Do    string `json:"do"`
	Nonce string `json:"nonce,omitempty"`
	Code  int    `json:"code,omitempty"`
	Size  int    `json:"size,omitempty"`
	Text  string `json:"text,omitempty"`
	// Hook is a URL that the function asks at each step that the test is to see:
	// it goes on when it has the answer.
	Hook  string        `json:"hook,omitempty"`
	Calls []runtimeCall `json:"calls,omitempty"`
}

// runtimeCall is a request to the Runtime API that a function is told to make.
// In Path, ID is replaced by the request id.
type runtimeCall struct {
	Method, Path, Body string
	Header             map[string]string
}

type runtimeReply struct {
	Status   int
	Body     string
	Deadline string `json:",omitempty"` // of an event
}

// said is what a function answers.
type said struct {
	Nonce   string            `json:"nonce"`
	PID     int               `json:"pid"`
	Child   int               `json:"child,omitempty"`
	Header  map[string]string `json:"header"`
	Env     map[string]string `json:"env"`
	Dir     string            `json:"dir"`
	Replies []runtimeReply    `json:"replies,omitempty"`
	Early   *runtimeReply     `json:"early,omitempty"`
}

type runtimeLoop struct {
	api   string
	early runtimeReply
}

type delivered struct {
	id     string
	header http.Header
	body   []byte
	task   task
}

func (rt *runtimeLoop) url(path string) string {
	return "http://" + rt.api + "/2018-06-01/runtime" + path
}

func (rt *runtimeLoop) next() *delivered {
	resp, err := http.Get(rt.url("/invocation/next"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "next:", err)
		os.Exit(9)
	}
	defer resp.Body.Close()
	d := &delivered{header: resp.Header, id: resp.Header.Get("Lambda-Runtime-Aws-Request-Id")}
	d.body, err = io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 {
		fmt.Fprintln(os.Stderr, "next:", resp.Status, err)
		os.Exit(9)
	}
	json.Unmarshal(d.body, &d.task)
	return d
}

func (rt *runtimeLoop) post(path, body string, header ...string) runtimeReply {
	return rt.call(runtimeCall{Method: "POST", Path: path, Body: body, Header: pairs(header)}, "")
}

func (rt *runtimeLoop) call(c runtimeCall, id string) runtimeReply {
	path := strings.ReplaceAll(c.Path, "ID", id)
	if !strings.HasPrefix(path, "/20") {
		path = "/2018-06-01/runtime" + path
	}
	req, err := http.NewRequest(c.Method, "http://"+rt.api+path, strings.NewReader(c.Body))
	if err != nil {
		return runtimeReply{Body: err.Error()}
	}
	for name, value := range c.Header {
		if name == "Host" {
			req.Host = value
		}
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return runtimeReply{Body: err.Error()}
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	return runtimeReply{resp.StatusCode, string(text), resp.Header.Get("Lambda-Runtime-Deadline-Ms")}
}

func pairs(list []string) map[string]string {
	m := map[string]string{}
	for i := 0; i+1 < len(list); i += 2 {
		m[list[i]] = list[i+1]
	}
	return m
}

func (rt *runtimeLoop) hook(d *delivered) {
	if d.task.Hook == "" {
		return
	}
	resp, err := http.Get(d.task.Hook)
	if err == nil {
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
}

// serve does one task.
func (rt *runtimeLoop) serve(d *delivered) {
	response := "/invocation/" + d.id + "/response"
	switch d.task.Do {
	case "echo":
		rt.hook(d)
		rt.answer(d, &said{})
	case "payload":
		rt.post(response, string(d.body))
	case "print":
		fmt.Print(d.task.Text)
		fmt.Fprint(os.Stderr, d.task.Nonce)
		rt.hook(d)
		rt.answer(d, &said{})
	case "print, exit":
		fmt.Print(d.task.Text)
		os.Exit(d.task.Code)
	case "print, hang":
		fmt.Print(d.task.Text)
		select {}
	case "print, error":
		fmt.Print(d.task.Text)
		rt.post("/invocation/"+d.id+"/error", `{}`)
	case "exit":
		rt.hook(d)
		os.Exit(d.task.Code)
	case "panic":
		panic(d.task.Text)
	case "kill":
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	case "hang":
		rt.hook(d)
		select {}
	case "ignore SIGTERM, hang":
		signal.Ignore(syscall.SIGTERM)
		rt.hook(d)
		select {}
	case "error":
		rt.post("/invocation/"+d.id+"/error", d.task.Text)
	case "error, exit":
		rt.post("/invocation/"+d.id+"/error", d.task.Text)
		os.Exit(1)
	case "linger":
		rt.answer(d, &said{})
		rt.hook(d)
	case "drop next":
		rt.answer(d, &said{})
		rt.raw("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: " + rt.api + "\r\n\r\n")
		rt.hook(d)
	case "grandchild", "grandchild, exit":
		child := sleeper(false)
		rt.answer(d, &said{Child: child})
		if d.task.Do == "grandchild, exit" {
			os.Exit(0)
		}
	case "runaway, exit":
		rt.answer(d, &said{Child: sleeper(true)})
		os.Exit(0)
	case "grandchild, hang":
		d.task.Hook += strconv.Itoa(sleeper(false))
		rt.hook(d)
		select {}
	case "big":
		reply := rt.post(response, `"`+strings.Repeat("x", d.task.Size-2)+`"`)
		fmt.Println("stream:", reply.Status)
	case "big, chunked":
		rt.chunks(response, func(w io.Writer) {
			io.WriteString(w, `"`+strings.Repeat("x", d.task.Size-2)+`"`)
		}, nil)
	case "twice":
		first := rt.post(response, `"first"`)
		second := rt.post(response, `"second"`)
		third := rt.post("/invocation/"+d.id+"/error", `{"errorType":"Late"}`)
		fmt.Println(first.Status, second.Status, second.Body, third.Status)
	case "calls":
		s := &said{}
		time.Sleep(3 * time.Millisecond) // so that a new deadline would be another one
		for _, c := range d.task.Calls {
			s.Replies = append(s.Replies, rt.call(c, d.id))
		}
		rt.answer(d, s)
	case "truncated":
		rt.raw("POST /2018-06-01/runtime" + response + " HTTP/1.1\r\nHost: " + rt.api + "\r\nContent-Length: 100\r\n\r\n{\"half\":")
	case "truncated, exit":
		rt.raw("POST /2018-06-01/runtime" + response + " HTTP/1.1\r\nHost: " + rt.api + "\r\nContent-Length: 100\r\n\r\n{\"half\":")
		os.Exit(d.task.Code)
	case "malformed chunks":
		rt.raw("POST /2018-06-01/runtime" + response + " HTTP/1.1\r\nHost: " + rt.api +
			"\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\nLambda-Runtime-Function-Error-Type: X\r\n\r\n")
	default:
		rt.serveStream(d, response)
	}
}

func (rt *runtimeLoop) answer(d *delivered, s *said) {
	s.Nonce, s.PID = d.task.Nonce, os.Getpid()
	s.Header, s.Env = map[string]string{}, map[string]string{}
	for name := range d.header {
		s.Header[name] = d.header.Get(name)
	}
	for _, assignment := range os.Environ() {
		name, value, _ := strings.Cut(assignment, "=")
		s.Env[name] = value
	}
	s.Dir, _ = os.Getwd()
	if rt.early.Status != 0 {
		s.Early = &rt.early
	}
	text, _ := json.Marshal(s)
	rt.post("/invocation/"+d.id+"/response", string(text))
}

// raw sends text on a connection of its own and closes it for writing.
func (rt *runtimeLoop) raw(text string) {
	conn, err := net.Dial("tcp", rt.api)
	if err != nil {
		os.Exit(9)
	}
	defer conn.Close()
	io.WriteString(conn, text)
	conn.(*net.TCPConn).CloseWrite()
	if resp, err := http.ReadResponse(bufio.NewReader(conn), nil); err == nil {
		body, _ := io.ReadAll(resp.Body)
		fmt.Println("raw:", resp.StatusCode, string(body))
	}
}

// sleeper starts a process that holds this one's standard output and never ends.
// It returns its id.
func sleeper(ownSession bool) int {
	cmd := exec.Command(os.Args[0], "-test.run=^TestFunctionProcess$")
	cmd.Env = functionEnv("sleep")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: ownSession}
	if cmd.Start() != nil {
		os.Exit(9)
	}
	return cmd.Process.Pid
}
