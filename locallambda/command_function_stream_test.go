//go:build unix

package locallambda

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
)

// serveStream does the tasks that stream.
func (rt *runtimeLoop) serveStream(d *delivered, response string) {
	steps := func(w io.Writer) {
		for i := range d.task.Size {
			fmt.Fprintf(w, "chunk %d\n", i)
			rt.hook(d)
		}
	}
	switch d.task.Do {
	case "stream":
		rt.chunks(response, steps, nil)
	case "stream, error":
		rt.chunks(response, steps, &trailers{kind: "Boom", document: d.task.Text})
	case "stream, exit":
		rt.chunks(response, func(w io.Writer) {
			steps(w)
			os.Exit(d.task.Code)
		}, nil)
	case "stream, hang":
		rt.chunks(response, func(w io.Writer) {
			steps(w)
			select {}
		}, nil)
	case "stream, cut":
		rt.chunks(response, steps, &trailers{cut: true})
	case "stream, flood":
		block := bytes.Repeat([]byte("0123456789abcdef"), 4<<10)
		rt.chunks(response, func(w io.Writer) {
			for sent := 0; sent < d.task.Size; sent += len(block) {
				if _, err := w.Write(block[:min(len(block), d.task.Size-sent)]); err != nil {
					return
				}
			}
		}, nil)
		rt.hook(d)
	default:
		rt.post("/invocation/"+d.id+"/error", `{"errorType":"NoSuchTask","errorMessage":"`+d.task.Do+`"}`)
	}
}

// trailers are how a stream ends.
type trailers struct {
	kind, document string
	cut            bool // not at all: the connection is closed
}

// chunks posts a stream, as the runtimes do that can: on a connection of its own,
// every write a chunk.
func (rt *runtimeLoop) chunks(path string, write func(io.Writer), end *trailers) {
	conn, err := net.Dial("tcp", rt.api)
	if err != nil {
		os.Exit(9)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /2018-06-01/runtime%s HTTP/1.1\r\nHost: %s\r\nTransfer-Encoding: chunked\r\n"+
		"Lambda-Runtime-Function-Response-Mode: streaming\r\n"+
		"Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n\r\n", path, rt.api)
	write(chunkWriter{conn})
	switch {
	case end == nil:
		io.WriteString(conn, "0\r\n\r\n")
	case end.cut:
		return
	default:
		fmt.Fprintf(conn, "0\r\nLambda-Runtime-Function-Error-Type: %s\r\nLambda-Runtime-Function-Error-Body: %s\r\n\r\n",
			end.kind, base64.StdEncoding.EncodeToString([]byte(end.document)))
	}
	if resp, err := http.ReadResponse(bufio.NewReader(conn), nil); err == nil {
		fmt.Println("stream:", resp.StatusCode)
		io.Copy(io.Discard, resp.Body)
	}
}

type chunkWriter struct{ w io.Writer }

func (c chunkWriter) Write(p []byte) (int, error) {
	_, err := fmt.Fprintf(c.w, "%x\r\n%s\r\n", len(p), p)
	return len(p), err
}
