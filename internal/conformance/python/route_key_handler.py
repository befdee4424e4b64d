"""A handler without a framework that switches on the HTTP API's routeKey."""

import base64
import json

import contract


def body(event):
    text = event.get("body") or ""
    return base64.b64decode(text) if event["isBase64Encoded"] else text.encode()


def answer(status, text, **headers):
    return {"statusCode": status, "headers": {"content-type": contract.TEXT, **headers}, "body": text}


def echo(event):
    http = event["requestContext"]["http"]
    return contract.echo(
        http["method"],
        http["path"],
        (event.get("queryStringParameters") or {}).items(),
        event["headers"].items(),
        [tuple(c.split("=", 1)) for c in event.get("cookies", [])],
        body(event),
    )


ROUTES = {
    "ANY /echo": echo,
    "ANY /echo/{rest+}": echo,
    "GET /status/{code}": lambda event: answer(
        int(event["pathParameters"]["code"]), "status " + event["pathParameters"]["code"]
    ),
    "GET /binary": lambda event: {
        "statusCode": 200,
        "headers": {"content-type": "application/octet-stream"},
        "body": base64.b64encode(contract.BINARY).decode(),
        "isBase64Encoded": True,
    },
    "GET /utf8": lambda event: answer(200, contract.UTF8),
    "GET /gzip": lambda event: {
        "statusCode": 200,
        "headers": {"content-type": "application/json", "content-encoding": "gzip"},
        "body": base64.b64encode(contract.GZIP).decode(),
        "isBase64Encoded": True,
    },
    "GET /redirect": lambda event: answer(302, "", location="/echo/target?x=1"),
    "GET /cookies": lambda event: {**answer(200, "cookies"), "cookies": contract.COOKIES},
    "GET /headers": lambda event: answer(200, "headers", **{"x-one": "1", "x-list": "a,b"}),
    "GET /empty": lambda event: answer(200, ""),
    "GET /nocontent": lambda event: {"statusCode": 204},
    "GET /error": lambda event: answer(500, "Internal Server Error"),
    "GET /large": lambda event: answer(200, contract.LARGE),
}


def handler(event, context):
    result = ROUTES[event["routeKey"]](event)
    if "statusCode" in result:
        return result
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(result)}
