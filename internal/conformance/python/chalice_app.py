"""The contract as a Chalice application; its routes are REST API resources."""

from urllib.parse import parse_qsl, unquote

from chalice import Chalice, Response

import contract

app = Chalice(app_name="conformance")
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
TYPES = [
    "application/json",
    "application/octet-stream",
    "application/x-www-form-urlencoded",
    "text/plain",
]
TEXT = {"Content-Type": contract.TEXT}


def echo(rest=""):
    request = app.current_request
    query = request.query_params
    cookies = [c.split("=", 1) for c in request.headers.get("cookie", "").split("; ") if c]
    return contract.echo(
        request.method,
        "/echo" + ("/" + unquote(rest) if rest else ""),
        [(name, v) for name in query or {} for v in query.getlist(name)],
        request.headers.items(),
        [tuple(c) for c in cookies],
        request.raw_body,
    )


app.route("/echo", methods=METHODS, content_types=TYPES)(echo)
app.route("/echo/{rest}", methods=METHODS, content_types=TYPES)(echo)


@app.route("/status/{code}")
def status(code):
    return Response(f"status {code}", status_code=int(code), headers=TEXT)


@app.route("/binary")
def binary():
    return Response(contract.BINARY, headers={"Content-Type": "application/octet-stream"})


@app.route("/utf8")
def utf8():
    return Response(contract.UTF8, headers=TEXT)


@app.route("/form", methods=["POST"], content_types=TYPES)
def form():
    return parse_qsl(app.current_request.raw_body.decode(), keep_blank_values=True)


@app.route("/redirect")
def redirect():
    return Response("", status_code=302, headers={**TEXT, "Location": "/echo/target?x=1"})


@app.route("/cookies")
def cookies():
    return Response("cookies", headers={**TEXT, "Set-Cookie": contract.COOKIES})


@app.route("/headers")
def headers():
    return Response("headers", headers={**TEXT, "X-One": "1", "X-List": ["a", "b"]})


@app.route("/empty")
def empty():
    return Response("", headers=TEXT)


@app.route("/nocontent")
def nocontent():
    return Response("", status_code=204, headers=TEXT)


@app.route("/error")
def error():
    raise RuntimeError("boom")


@app.route("/large")
def large():
    return Response(contract.LARGE, headers=TEXT)
