"""The contract as a Flask application."""

from flask import Flask, Response, jsonify, redirect as redirect_to, request

import contract

app = Flask(__name__)
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@app.route("/echo", methods=METHODS)
@app.route("/echo/<path:rest>", methods=METHODS)
def echo(rest=""):
    return jsonify(
        contract.echo(
            request.method,
            request.path,
            request.args.items(multi=True),
            request.headers.items(),
            request.cookies.items(),
            request.get_data(),
        )
    )


@app.get("/status/<int:code>")
def status(code):
    return Response(f"status {code}", status=code, content_type=contract.TEXT)


@app.get("/binary")
def binary():
    return Response(contract.BINARY, content_type="application/octet-stream")


@app.get("/utf8")
def utf8():
    return Response(contract.UTF8, content_type=contract.TEXT)


@app.get("/gzip")
def gzip():
    return Response(contract.GZIP, content_type="application/json", headers={"Content-Encoding": "gzip"})


@app.post("/form")
def form():
    return jsonify(list(request.form.items(multi=True)))


@app.post("/multipart")
def multipart():
    files = [
        contract.part(name, file.filename, file.content_type, file.read())
        for name, file in request.files.items(multi=True)
    ]
    return jsonify({"fields": list(request.form.items(multi=True)), "files": files})


@app.get("/redirect")
def redirect():
    return redirect_to("/echo/target?x=1")


@app.get("/slash/")
def slash():
    return jsonify({"authorization": request.headers.get("authorization"), "cookies": request.cookies})


@app.get("/cookies")
def cookies():
    response = Response("cookies", content_type=contract.TEXT)
    for cookie in contract.COOKIES:
        response.headers.add("Set-Cookie", cookie)
    return response


@app.get("/headers")
def headers():
    return Response("headers", headers=[("X-One", "1"), ("X-List", "a"), ("X-List", "b")], content_type=contract.TEXT)


@app.get("/empty")
def empty():
    return Response("", content_type=contract.TEXT)


@app.get("/nocontent")
def nocontent():
    return Response(status=204)


@app.get("/error")
def error():
    raise RuntimeError("boom")


@app.get("/large")
def large():
    return Response(contract.LARGE, content_type=contract.TEXT)


@app.get("/health")
def health():
    return jsonify(status="UP")


@app.get("/test/foo")
@app.get("/foo")
def foo():
    return jsonify(path=request.path)
