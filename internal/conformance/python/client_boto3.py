"""boto3 calls the local Lambda; prints what it got as JSON."""

import json

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from clients_calls import CALLS, STREAM, refused, told

client = boto3.client("lambda", config=Config(retries={"total_max_attempts": 1}))
result = {}
for name, params in CALLS.items():
    try:
        response = client.invoke(**params)
        result[name] = told(response, response["Payload"].read())
    except ClientError as error:
        result[name] = refused(error)
stream = client.invoke_with_response_stream(**STREAM)["EventStream"]
result["stream"] = {"text": b"".join(e["PayloadChunk"]["Payload"] for e in stream if "PayloadChunk" in e).decode()}
print(json.dumps(result))
