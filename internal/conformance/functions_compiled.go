package conformance

import "github.com/vialambda/vialambda"

func goFunctions() []Function {
	return []Function{
		goProxy("chi", "github.com/go-chi/chi/v5"),
		goProxy("gin", "github.com/gin-gonic/gin"),
		goProxy("echo", "github.com/labstack/echo/v4"),
		{
			Name: "go-events", Framework: "none", Adapter: "a handler over the structs of aws-lambda-go/events",
			Formats: allFive,
			program: func(f vialambda.Format) program {
				format := map[vialambda.Format]string{
					vialambda.RESTAPI: "rest", vialambda.HTTPAPI: "http", vialambda.FunctionURL: "url",
					vialambda.ALB: "alb", vialambda.ALBMultiValue: "alb",
				}[f]
				return program{args: []string{"@/go/events"}, env: []string{"FORMAT=" + format}}
			},
		},
		{
			Name: "lambdaurl", Framework: "net/http", Adapter: "lambdaurl of github.com/aws/aws-lambda-go", Server: "net/http",
			Formats: []vialambda.Format{vialambda.FunctionURL},
			program: func(vialambda.Format) program { return program{args: []string{"@/go/lambdaurl"}, env: []string{}} },
			plain:   program{args: []string{"@/go/lambdaurl"}, env: []string{"PLAIN=1"}},
		},
		{
			Name: "lambdaurl-stream", Framework: "net/http", Adapter: "lambdaurl of github.com/aws/aws-lambda-go", Server: "net/http",
			Formats: []vialambda.Format{vialambda.FunctionURL}, Mode: vialambda.Stream,
			program: func(vialambda.Format) program { return program{args: []string{"@/go/lambdaurl"}, env: []string{}} },
			plain:   program{args: []string{"@/go/lambdaurl"}, env: []string{"PLAIN=1"}},
		},
	}
}

// goProxy is a framework behind aws-lambda-go-api-proxy. Its ALB adapter answers
// with multi-value headers, whatever came.
func goProxy(name, module string) Function {
	return Function{
		Name: name, Framework: module, Adapter: "github.com/awslabs/aws-lambda-go-api-proxy", Server: "net/http",
		Formats: []vialambda.Format{vialambda.RESTAPI, vialambda.HTTPAPI, vialambda.FunctionURL, vialambda.ALBMultiValue},
		program: func(f vialambda.Format) program {
			format := map[vialambda.Format]string{
				vialambda.RESTAPI: "v1", vialambda.HTTPAPI: "v2", vialambda.FunctionURL: "v2", vialambda.ALBMultiValue: "alb",
			}[f]
			return program{args: []string{"@/go/" + name}, env: []string{"FORMAT=" + format}}
		},
		plain: program{args: []string{"@/go/" + name}, env: []string{"PLAIN=1"}},
	}
}

func rustFunctions() []Function {
	bootstrap := func(env ...string) program {
		return program{args: []string{"@/rust/debug/conformance"}, env: append([]string{}, env...)}
	}
	return []Function{
		{
			Name: "lambda_http", Framework: "axum", Adapter: "lambda_http", Server: "axum",
			Formats: allFive, program: func(vialambda.Format) program { return bootstrap() },
			plain: bootstrap("PLAIN=1"),
		},
		{
			Name: "lambda_http-stream", Framework: "axum", Adapter: "lambda_http, streaming", Server: "axum",
			Formats: []vialambda.Format{vialambda.RESTAPI, vialambda.FunctionURL}, Mode: vialambda.Stream,
			program: func(vialambda.Format) program { return bootstrap("STREAM=1") },
			plain:   bootstrap("PLAIN=1"),
		},
	}
}

func javaFunctions() []Function {
	// UTF-8 as on Lambda, and the shortest start on a small machine.
	java := []string{"java", "-Dfile.encoding=UTF-8", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", "@/java/classes:@/java/lib/*"}
	return []Function{{
		Name: "java-container", Framework: "org.glassfish.jersey.core:jersey-server",
		Adapter: "com.amazonaws.serverless:aws-serverless-java-container-jersey", Server: "jdk.httpserver",
		// To an ALB it answers with multi-value headers, whatever came.
		Formats: []vialambda.Format{vialambda.RESTAPI, vialambda.HTTPAPI, vialambda.FunctionURL, vialambda.ALBMultiValue},
		program: func(f vialambda.Format) program {
			format := "v1"
			if f == vialambda.HTTPAPI || f == vialambda.FunctionURL {
				format = "v2"
			}
			return program{
				args:    append(java, "com.amazonaws.services.lambda.runtime.api.client.AWSLambda", "Handler::handleRequest"),
				env:     []string{"FORMAT=" + format},
				handler: "Handler::handleRequest",
			}
		},
		plain: program{args: append(java, "Serve"), env: []string{}},
	}}
}
