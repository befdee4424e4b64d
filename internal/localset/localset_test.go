package localset

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/vialambda/vialambda"
)

func write(t *testing.T, name, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestFunctions(t *testing.T) {
	file := write(t, "functions.yaml", `
functions:
  flask:
    command: python3 -m awslambdaric 'app.handler'
    dir: flask
    env: {A: b, N: 012}
    env-file: env
    timeout: 1m30s
    memory: 256
    concurrency: 4
    format: http-api
    routes: ["GET /items/{id}", $default]
  go:
    command: [./bootstrap, "a b"]
`)
	dir := filepath.Dir(file)
	if err := os.WriteFile(filepath.Join(dir, "env"), []byte("# c\nexport A=x\nQ=\"q q\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	set, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	want := []Function{{
		Name: "flask", Command: []string{"python3", "-m", "awslambdaric", "app.handler"}, Dir: filepath.Join(dir, "flask"),
		Handler: "app.handler", Env: []string{"A=x", "Q=q q", "A=b", "N=012"}, Timeout: 90 * time.Second, MemoryMB: 256,
		Concurrency: 4, Format: vialambda.HTTPAPI, Routes: []string{"GET /items/{id}", "$default"},
	}, {
		Name: "go", Command: []string{"./bootstrap", "a b"}, Dir: dir,
	}}
	if !reflect.DeepEqual(set.Functions, want) {
		t.Errorf("got\n%+v, want\n%+v", set.Functions, want)
	}
}

// TestMistakes: each says file, line and column, and what would be right.
func TestMistakes(t *testing.T) {
	for _, tc := range []struct{ name, content, want string }{
		{"unknown key", "functions:\n  f:\n    comand: x\n", `f.yaml:3:5: function f has no "comand": it has command`},
		{"unknown top key", "funktions: {}\n", `f.yaml:1:1: the file has no "funktions": it has functions`},
		{"twice", "functions:\n  f: {command: a}\n  f: {command: b}\n", "f.yaml:3:3: "},
		{"no command", "functions:\n  f: {dir: x}\n", "f.yaml:2:7: function f has no command"},
		{"nothing", "functions: {}\n", "there are no functions"},
		{"timeout", "functions:\n  f: {command: a, timeout: 5}\n", `f.yaml:2:28: timeout "5" is no duration: write 10s`},
		{"memory", "functions:\n  f: {command: a, memory: lots}\n", `f.yaml:2:27: memory (MB) is a whole number above 0, not "lots"`},
		{"format", "functions:\n  f: {command: a, format: rest}\n", "f.yaml:2:27: unknown format"},
		{"env", "functions:\n  f: {command: a, env: [x]}\n", "env is a mapping of names to values, not a list"},
		{"env file", "functions:\n  f: {command: a, env-file: nosuch}\n", "the env file cannot be read"},
		{"name", "functions:\n  a.b: {command: a}\n", "f.yaml:2:3: "},
		{"quote", "functions:\n  f: {command: \"a 'b\"}\n", "f.yaml:2:16: the command"},
		{"no YAML", "functions: [\n", "f.yaml:1:"},
		{"two documents", "a: b\n---\nc: d\n", "2 documents"},
		{"merge", "functions:\n  f: &x {command: a}\n  g:\n    <<: *x\n", "f.yaml:4:5: merge keys"},
		{"alias", "functions:\n  f: *nosuch\n", "f.yaml:2:"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			file := write(t, "f.yaml", tc.content)
			_, err := Load(file)
			if err == nil {
				t.Fatal("no error")
			}
			if text := strings.ReplaceAll(err.Error(), filepath.Dir(file)+"/", ""); !strings.Contains(text, tc.want) || strings.Contains(text, "\n") {
				t.Errorf("%q does not say %q", text, tc.want)
			}
		})
	}
}

func TestTemplate(t *testing.T) {
	file := write(t, "template.yaml", `
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String, Default: dev}
  Open: {Type: String}
Globals:
  Function:
    Runtime: python3.12
    Timeout: 7
    MemorySize: 512
    Environment:
      Variables: {STAGE: !Ref Stage, SHARED: all}
Resources:
  Table: {Type: AWS::DynamoDB::Table}
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: !Sub '${Stage}-orders-${AWS::Region}'
      CodeUri: src/orders
      Handler: app.handler
      ReservedConcurrentExecutions: 2
      Environment:
        Variables:
          TABLE: !Ref Table
          ARN: !GetAtt Table.Arn
          JOINED: !Join ['-', [a, !Ref Stage]]
          LITERAL: !Sub 'x${!y}'
          LONG: {'Fn::Sub': ['${a}/${Stage}', {a: b}]}
          OPEN: !Ref Open
          IMPORTED: !ImportValue x
      Events:
        Get: {Type: HttpApi, Properties: {Path: '/items/{id}', Method: get}}
        Any: {Type: HttpApi, Properties: {Path: /any, Method: any}}
        Rest: {Type: HttpApi}
        Api: {Type: Api, Properties: {Path: /api, Method: get}}
        Queue: {Type: SQS}
  Node:
    Type: AWS::Serverless::Function
    Properties: {Runtime: nodejs20.x, Handler: index.handler, CodeUri: node, FunctionUrlConfig: {AuthType: NONE}}
  Go:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: provided.al2023
      Handler: bootstrap
      Events: {Root: {Type: Api, Properties: {Path: '/{proxy+}', Method: ANY}}}
  Image:
    Type: AWS::Serverless::Function
    Properties: {PackageType: Image}
  Inline:
    Type: AWS::Serverless::Function
    Properties: {InlineCode: x}
  Ruby:
    Type: AWS::Serverless::Function
    Properties: {Runtime: ruby3.3, Handler: x}
  Plain:
    Type: AWS::Lambda::Function
`)
	set, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(file)
	common := []string{"STAGE=dev", "SHARED=all"}
	want := []Function{{
		Name: "dev-orders-us-east-1", Command: []string{"python3", "-m", "awslambdaric", "app.handler"}, Dir: filepath.Join(dir, "src/orders"),
		Handler: "app.handler", Timeout: 7 * time.Second, MemoryMB: 512, Concurrency: 2,
		Env:    append(common[:2:2], "TABLE=Table", "ARN=Table.Arn", "JOINED=a-dev", "LITERAL=x${y}", "LONG=b/dev"),
		Format: vialambda.HTTPAPI, Routes: []string{"GET /items/{id}", "ANY /any", "$default"},
	}, {
		Name: "Node", Command: []string{"aws-lambda-ric", "index.handler"}, Dir: filepath.Join(dir, "node"),
		Handler: "index.handler", Timeout: 7 * time.Second, MemoryMB: 512, Env: common, Format: vialambda.FunctionURL,
	}, {
		Name: "Go", Command: []string{"./bootstrap"}, Dir: dir,
		Handler: "bootstrap", Timeout: 7 * time.Second, MemoryMB: 512, Env: common, Format: vialambda.RESTAPI, Routes: []string{"ANY /{proxy+}"},
	}}
	for i := range want {
		if i >= len(set.Functions) || !reflect.DeepEqual(set.Functions[i], want[i]) {
			t.Errorf("got\n%+v, want\n%+v", set.Functions[min(i, len(set.Functions)-1)], want[i])
		}
	}
	notes := strings.Join(set.Notes, "\n")
	for _, hint := range []string{
		"the value of OPEN cannot be known", "the value of IMPORTED cannot be known", "of an Api and of an HttpApi",
		"type SQS, which is not HTTP", "Image is an image", "Inline has InlineCode", `runtime "ruby3.3"`, "Plain is an AWS::Lambda::Function",
	} {
		if !strings.Contains(notes, hint) {
			t.Errorf("no note says %q:\n%s", hint, notes)
		}
	}
	if len(set.Notes) != 8 {
		t.Errorf("%d notes:\n%s", len(set.Notes), notes)
	}
}

func TestTemplateMistakes(t *testing.T) {
	for content, want := range map[string]string{
		"Resources: []\n": "Resources is a mapping, not a list",
		"Resources: {}\n": "no AWS::Serverless::Function can be run here",
		"Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties: {Runtime: provided, Timeout: soon}\n": `Timeout (seconds) is a whole number above 0, not "soon"`,
	} {
		_, err := Load(write(t, "t.yaml", content))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %q", err, want)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("functions:\n  f: {command: a}\n")
	f.Add("Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties: {Runtime: provided, Name: !Sub '${x'}\n")
	f.Fuzz(func(t *testing.T, content string) {
		root, err := parse("f", []byte(content))
		if err != nil {
			return
		}
		if root.get("Resources") != nil {
			_, _ = readTemplate(root, ".")
			return
		}
		_, _ = readFunctions(root, t.TempDir())
	})
}
