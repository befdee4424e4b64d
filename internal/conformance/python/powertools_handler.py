"""The contract on a Powertools resolver, which POWERTOOLS_RESOLVER names.

"local" is the resolver that Powertools ships for ASGI servers.
"""

import os
from urllib.parse import parse_qsl, unquote

from aws_lambda_powertools.event_handler import (
    ALBResolver,
    APIGatewayHttpResolver,
    APIGatewayRestResolver,
    HttpResolverLocal,
    LambdaFunctionUrlResolver,
    Response,
)

import contract

RESOLVERS = {
    "rest": APIGatewayRestResolver,
    "http": APIGatewayHttpResolver,
    "url": LambdaFunctionUrlResolver,
    "alb": lambda: ALBResolver(decode_query_parameters=True),
    "local": HttpResolverLocal,
}
resolver = os.environ["POWERTOOLS_RESOLVER"]
app = RESOLVERS[resolver]()
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def body():
    import base64

    event = app.current_event
    if event.is_base64_encoded:
        return base64.b64decode(event["body"])
    return (event.get("body") or "").encode()


@app.route("/echo", method=METHODS)
@app.route("/echo/<rest>", method=METHODS)
@app.route("/echo/<rest>/", method=METHODS)
def echo(rest=""):
    event = app.current_event
    headers = [
        (name, v)
        for name, values in event.resolved_headers_field.items()
        for v in ([values] if isinstance(values, str) else values)
    ]
    cookies = event.get("cookies") or [c for n, v in headers if n.lower() == "cookie" for c in v.split("; ")]
    return contract.echo(
        event.http_method,
        unquote(event.path),
        [(name, v) for name, values in event.resolved_query_string_parameters.items() for v in values],
        headers,
        [tuple(cookie.split("=", 1)) for cookie in cookies],
        body(),
    )


@app.get("/status/<code>")
def status(code):
    return Response(int(code), contract.TEXT, f"status {code}")


@app.get("/binary")
def binary():
    return Response(200, "application/octet-stream", contract.BINARY)


@app.get("/utf8")
def utf8():
    return Response(200, contract.TEXT, contract.UTF8)


@app.get("/gzip")
def gzip():
    return Response(200, "application/json", contract.GZIP, {"Content-Encoding": "gzip"})


@app.post("/form")
def form():
    return Response(200, "application/json", contract.dumps(parse_qsl(body().decode(), keep_blank_values=True)))


@app.get("/redirect")
def redirect():
    return Response(302, contract.TEXT, "", {"Location": "/echo/target?x=1"})


@app.get("/cookies")
def cookies():
    return Response(200, contract.TEXT, "cookies", {"Set-Cookie": contract.COOKIES})


@app.get("/headers")
def headers():
    return Response(200, contract.TEXT, "headers", {"X-One": "1", "X-List": ["a", "b"]})


@app.get("/empty")
def empty():
    return Response(200, contract.TEXT, "")


@app.get("/nocontent")
def nocontent():
    return Response(204)


@app.get("/error")
def error():
    return Response(500, contract.TEXT, "Internal Server Error")


@app.get("/large")
def large():
    return Response(200, contract.TEXT, contract.LARGE)


def handler(event, context):
    return app.resolve(event, context)
