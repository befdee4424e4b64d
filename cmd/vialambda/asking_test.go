package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/awslambda"
)

// runAsking is a function, a program that speaks the Runtime API
// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html): asking [NAME].
// It answers with what the function NAME answers, which it calls as any program
// with an AWS SDK's configuration would; without one with its own name.
func runAsking() {
	api := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/"
	for {
		resp, err := http.Get(api + "next")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		said, err := ask(os.Args[1:])
		status := http.StatusOK
		if err != nil {
			said, status = err.Error(), http.StatusBadGateway
		}
		answer, _ := json.Marshal(map[string]any{"statusCode": status, "body": said})
		url := api + resp.Header.Get("Lambda-Runtime-Aws-Request-Id") + "/response"
		if resp, err = http.Post(url, "application/json", bytes.NewReader(answer)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		resp.Body.Close()
	}
}

func ask(names []string) (string, error) {
	if len(names) == 0 {
		return "I am " + os.Getenv("AWS_LAMBDA_FUNCTION_NAME"), nil
	}
	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		return "", err
	}
	client := &http.Client{Transport: &vialambda.Transport{Invoker: awslambda.New(cfg)}}
	resp, err := client.Get(vialambda.Scheme + "://" + names[0] + "/")
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return names[0] + " says: " + string(body), err
}
