package conformance

import "github.com/vialambda/vialambda"

const pythonBin = "@/python/functions/bin/python"

func pythonFunctions() []Function {
	return []Function{
		{
			Name: "mangum", Framework: "fastapi", Adapter: "mangum", Server: "uvicorn",
			Formats: allFive, program: awslambdaric("mangum_handler.handler"), plain: pythonServer("fastapi"),
		},
		{
			Name: "zappa", Framework: "flask", Adapter: "zappa", Server: "werkzeug",
			Formats: allFive, program: awslambdaric("zappa.handler.lambda_handler"), plain: pythonServer("flask"),
		},
		{
			Name: "zappa-asgi", Framework: "fastapi", Adapter: "zappa", Server: "uvicorn",
			Formats: allFive, program: awslambdaric("zappa.handler.lambda_handler", "ZAPPA_APP_MODULE=fastapi_app"),
			plain: pythonServer("fastapi"),
		},
		{
			Name: "apig-wsgi", Framework: "flask", Adapter: "apig-wsgi", Server: "werkzeug",
			Formats: allFive, program: awslambdaric("apig_wsgi_handler.handler"), plain: pythonServer("flask"),
		},
		{
			Name: "serverless-wsgi", Framework: "flask", Adapter: "serverless-wsgi", Server: "werkzeug",
			Formats: allFive, program: awslambdaric("serverless_wsgi_handler.handler"), plain: pythonServer("flask"),
		},
		{
			Name: "powertools-py", Framework: "aws-lambda-powertools", Adapter: "its resolvers",
			Server:  "uvicorn, by HttpResolverLocal",
			Formats: allFive, program: powertoolsPython, plain: pythonServer("powertools"),
			NotServed: map[string]string{
				"multipart": "the resolvers do not parse it",
			},
			OwnServerFails: map[string]string{
				"path: %2F":          "it matches the decoded path",
				"body: ISO-8859-1":   "it decodes every body as UTF-8",
				"body: binary":       "it decodes every body as UTF-8",
				"body: gzip":         "it decodes every body as UTF-8",
				"body: 1 MiB":        "it decodes every body as UTF-8",
				"answer: gzip":       "it encodes every answer from text",
				"answer: Set-Cookie": "it joins the fields with commas",
			},
		},
		{
			Name: "chalice", Framework: "chalice", Adapter: "itself", Server: "chalice local",
			Formats: []vialambda.Format{vialambda.RESTAPI}, Routes: chaliceRoutes(),
			program: awslambdaric("chalice_app.app"), plain: pythonServer("chalice"),
			NotServed: map[string]string{
				"path: trailing slash": "no route matches",
				"multipart":            "Chalice does not parse it",
				"answer: gzip":         "Chalice compresses nothing",
			},
			OwnServerFails: map[string]string{
				"headers: repeated": "it keeps the first of two fields",
			},
		},
		{
			Name: "routekey", Framework: "none", Adapter: "a handler that switches on routeKey",
			Formats: []vialambda.Format{vialambda.HTTPAPI}, program: awslambdaric("route_key_handler.handler"),
			Routes: []string{
				"ANY /echo", "ANY /echo/{rest+}", "GET /status/{code}", "GET /binary", "GET /utf8", "GET /gzip",
				"GET /redirect", "GET /cookies", "GET /headers", "GET /empty", "GET /nocontent", "GET /error", "GET /large",
			},
			NotServed: map[string]string{
				"form":      "the handler does not parse it",
				"multipart": "the handler does not parse it",
			},
		},
	}
}

func awslambdaric(handler string, env ...string) func(vialambda.Format) program {
	return func(vialambda.Format) program {
		return program{
			dir:     "python",
			args:    []string{pythonBin, "-m", "awslambdaric", handler},
			env:     append([]string{"PYTHONDONTWRITEBYTECODE=1"}, env...),
			handler: handler,
		}
	}
}

func powertoolsPython(f vialambda.Format) program {
	resolver := map[vialambda.Format]string{
		vialambda.RESTAPI: "rest", vialambda.HTTPAPI: "http", vialambda.FunctionURL: "url",
		vialambda.ALB: "alb", vialambda.ALBMultiValue: "alb",
	}[f]
	return awslambdaric("powertools_handler.handler", "POWERTOOLS_RESOLVER="+resolver)(f)
}

func pythonServer(name string) program {
	return program{dir: "python", args: []string{pythonBin, "serve.py", name}, env: []string{"PYTHONDONTWRITEBYTECODE=1"}}
}

// chaliceRoutes are what `chalice deploy` would create for chalice_app.py: a
// resource for each path and a method for each of its methods.
func chaliceRoutes() []string {
	var routes []string
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
		routes = append(routes, method+" /echo", method+" /echo/{rest}")
	}
	for _, path := range []string{
		"/status/{code}", "/binary", "/utf8", "/redirect", "/cookies", "/headers", "/empty", "/nocontent", "/error", "/large",
	} {
		routes = append(routes, "GET "+path)
	}
	return append(routes, "POST /form")
}
