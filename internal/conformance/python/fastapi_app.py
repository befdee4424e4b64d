"""The contract as a FastAPI application."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.datastructures import UploadFile

import contract

app = FastAPI()
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@app.api_route("/echo", methods=METHODS)
@app.api_route("/echo/{rest:path}", methods=METHODS)
async def echo(request: Request):
    return contract.echo(
        request.method,
        request.scope["path"],
        request.query_params.multi_items(),
        request.headers.items(),
        request.cookies.items(),
        await request.body(),
    )


@app.get("/status/{code}")
async def status(code: int):
    return PlainTextResponse(f"status {code}", status_code=code)


@app.get("/binary")
async def binary():
    return Response(contract.BINARY, media_type="application/octet-stream")


@app.get("/utf8")
async def utf8():
    return PlainTextResponse(contract.UTF8)


@app.get("/gzip")
async def gzip():
    return Response(contract.GZIP, media_type="application/json", headers={"content-encoding": "gzip"})


@app.post("/form")
async def form(request: Request):
    return (await request.form()).multi_items()


@app.post("/multipart")
async def multipart(request: Request):
    fields, files = [], []
    for name, value in (await request.form()).multi_items():
        if isinstance(value, UploadFile):
            files.append(contract.part(name, value.filename, value.content_type, await value.read()))
        else:
            fields.append((name, value))
    return {"fields": fields, "files": files}


@app.get("/redirect")
async def redirect():
    return RedirectResponse("/echo/target?x=1", status_code=302)


@app.get("/slash/")
async def slash(request: Request):
    return JSONResponse({"authorization": request.headers.get("authorization"), "cookies": request.cookies})


@app.get("/cookies")
async def cookies():
    response = PlainTextResponse("cookies")
    for cookie in contract.COOKIES:
        response.headers.append("set-cookie", cookie)
    return response


@app.get("/headers")
async def headers():
    response = PlainTextResponse("headers", headers={"x-one": "1"})
    response.headers.append("x-list", "a")
    response.headers.append("x-list", "b")
    return response


@app.get("/empty")
async def empty():
    return PlainTextResponse("")


@app.get("/nocontent")
async def nocontent():
    return Response(status_code=204)


@app.get("/error")
async def error():
    raise RuntimeError("boom")


@app.get("/large")
async def large():
    return PlainTextResponse(contract.LARGE)


@app.get("/stream")
async def stream():
    async def lines():
        for i in range(5):
            yield f"line {i}\n"

    return StreamingResponse(lines(), media_type="text/plain")
