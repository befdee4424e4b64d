"""The function on Flask with which clients of the gateway are tried: the contract's application and what it lacks.

Where it waits, it waits for the file that the request names.
"""

import os
import time

from apig_wsgi import make_lambda_handler
from flask import Response, jsonify, redirect, request

import contract
from flask_app import app


@app.get("/absolute")
def absolute():
    return redirect(f"{request.scheme}://{request.host}/echo/target?x=1")


@app.get("/wait")
def wait():
    while not os.path.exists(request.args["until"]):
        time.sleep(0.005)
    return Response("waited", content_type=contract.TEXT)


@app.post("/touch")
def touch():
    open(request.args["file"], "w").close()
    return jsonify("touched")


serve = make_lambda_handler(app, binary_support=True)


def handler(event, context):
    if event["path"].endswith("/crash"):
        raise ValueError("secret of " + context.invoked_function_arn)
    return serve(event, context)
