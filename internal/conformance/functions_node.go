package conformance

import "github.com/vialambda/vialambda"

func nodeFunctions() []Function {
	return []Function{
		{
			Name: "serverless-express", Framework: "express", Adapter: "@codegenie/serverless-express", Server: "node:http",
			Formats: allFive, program: awslambdaricNode("express_app.handler"), plain: nodeServer("express"),
		},
		{
			Name: "serverless-http", Framework: "koa", Adapter: "serverless-http", Server: "node:http",
			Formats: allFive, program: awslambdaricNode("koa_app.handler"), plain: nodeServer("koa"),
		},
		{
			Name: "hono", Framework: "hono", Adapter: "hono/aws-lambda", Server: "@hono/node-server",
			Formats: allFive, program: awslambdaricNode("hono_app.handler"), plain: nodeServer("hono"),
		},
		{
			Name: "fastify", Framework: "fastify", Adapter: "@fastify/aws-lambda", Server: "node:http",
			Formats: allFive, plain: nodeServer("fastify"),
			program: func(f vialambda.Format) program {
				p := awslambdaricNode("fastify_app.handler")(f)
				if f == vialambda.ALBMultiValue { // the adapter has an option for it
					p.env = append(p.env, "ALB_MULTI_VALUE=true")
				}
				return p
			},
		},
		{
			Name: "powertools-js", Framework: "@aws-lambda-powertools/event-handler", Adapter: "itself",
			// To an ALB it answers with single-value headers, whatever came.
			Formats: allFive[:4], program: awslambdaricNode("powertools_app.handler"),
		},
		{
			Name: "hono-stream", Framework: "hono", Adapter: "streamHandle of hono/aws-lambda", Server: "@hono/node-server",
			Formats: []vialambda.Format{vialambda.FunctionURL}, Mode: vialambda.Stream,
			program: awslambdaricNode("hono_stream_app.handler"), plain: nodeServer("hono"),
		},
	}
}

func awslambdaricNode(handler string) func(vialambda.Format) program {
	args := []string{"node", "--require", "./rapid_client.cjs", "@/node/node_modules/aws-lambda-ric/index.mjs"}
	return func(vialambda.Format) program {
		return program{dir: "node", args: args, env: []string{"NODE_ENV=production"}, handler: handler}
	}
}

func nodeServer(name string) program {
	return program{dir: "node", args: []string{"node", "serve.mjs", name}, env: []string{"NODE_ENV=production"}}
}
