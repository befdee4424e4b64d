"""The calls that every Python client makes, and how their answers are told."""

import base64
import json

ARN = "arn:aws:lambda:eu-central-1:123456789012:function:probe"
CONTEXT = base64.b64encode(json.dumps({"custom": {"a": "b"}}).encode()).decode()


def payload(**members):
    return json.dumps(members).encode()


CALLS = {
    "invoke": {"FunctionName": "probe", "Payload": payload(say="Grüße")},
    "arn": {"FunctionName": ARN, "Qualifier": "$LATEST", "Payload": payload()},
    "client context": {"FunctionName": "probe", "ClientContext": CONTEXT, "Payload": payload()},
    "log tail": {"FunctionName": "probe", "LogType": "Tail", "Payload": payload(say="something")},
    "dry run": {"FunctionName": "probe", "InvocationType": "DryRun", "Payload": payload()},
    "async": {"FunctionName": "probe", "InvocationType": "Event", "Payload": payload(say="later")},
    "function error": {"FunctionName": "probe", "Payload": payload(fail=True)},
    "throttle": {"FunctionName": "busy", "Payload": payload()},
    "unknown function": {"FunctionName": "nobody", "Payload": payload()},
}
STREAM = {"FunctionName": "stream", "Payload": payload()}


def told(response, body):
    return {
        "status": response["StatusCode"],
        "version": response.get("ExecutedVersion", ""),
        "function_error": response.get("FunctionError", ""),
        "request_id": response["ResponseMetadata"]["RequestId"],
        "log": base64.b64decode(response.get("LogResult", "")).decode(),
        "payload": json.loads(body) if body else None,
    }


def refused(error):
    response = error.response
    return {
        "status": response["ResponseMetadata"]["HTTPStatusCode"],
        "code": response["Error"]["Code"],
        "message": response["Error"]["Message"],
        "reason": response.get("Reason", ""),
    }
