// As much of Lambda's Node runtime as examples/live/index.mjs needs
// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).
import http from "node:http";
import { pathToFileURL } from "node:url";

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const base = "/2018-06-01/runtime/invocation/";

function open(method, path, headers) {
  return http.request({ host, port, method, path: base + path, headers });
}

function finish(request) {
  return new Promise((resolve, reject) => {
    request.on("error", reject).on("response", (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => resolve({ headers: response.headers, body: Buffer.concat(parts).toString() }));
    });
  });
}

function send(method, path, headers, body) {
  const request = open(method, path, headers);
  const answer = finish(request);
  request.end(body);
  return answer;
}

const documentOf = (error) =>
  JSON.stringify({ errorType: error.name, errorMessage: error.message, trace: (error.stack ?? "").split("\n") });

globalThis.awslambda = {
  streamifyResponse: (handler) => Object.assign(handler, { streams: true }),
  HttpResponseStream: {
    from(stream, head) {
      stream.write(JSON.stringify(head) + "\0".repeat(8));
      return stream;
    },
  },
};

async function stream(handler, event, context, id) {
  const request = open("POST", id + "/response", {
    "Lambda-Runtime-Function-Response-Mode": "streaming",
    "Transfer-Encoding": "chunked",
    Trailer: "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body",
  });
  request.flushHeaders();
  const answer = finish(request);
  try {
    await handler(event, { write: (chunk) => request.write(chunk), end: () => {} }, context);
  } catch (error) {
    request.addTrailers({
      "Lambda-Runtime-Function-Error-Type": error.name,
      "Lambda-Runtime-Function-Error-Body": Buffer.from(documentOf(error)).toString("base64"),
    });
  }
  request.end();
  await answer;
}

const [file, name] = process.env._HANDLER.split(".");
const handler = (await import(pathToFileURL(file + ".mjs")))[name];
for (;;) {
  const next = await send("GET", "next");
  const id = next.headers["lambda-runtime-aws-request-id"];
  const client = next.headers["lambda-runtime-client-context"];
  const context = {
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    clientContext: client ? JSON.parse(client) : undefined,
  };
  const event = JSON.parse(next.body);
  if (handler.streams) {
    await stream(handler, event, context, id);
    continue;
  }
  try {
    await send("POST", id + "/response", {}, JSON.stringify((await handler(event, context)) ?? null));
  } catch (error) {
    await send("POST", id + "/error", { "Lambda-Runtime-Function-Error-Type": error.name }, documentOf(error));
  }
}
