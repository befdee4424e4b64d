"""lambda-httpx and lambda-requests, unchanged, make the calls of their own READMEs; prints the answers as JSON."""

import asyncio
import contextlib
import json
import sys

import httpx
import lambda_requests
from lambda_httpx import AsyncLambdaTransport, LambdaTransport

HEALTH = "http+lambda://flaskexp-test/health"


async def one():
    async with AsyncLambdaTransport() as transport:
        mounts = {"http+lambda://": transport}
        async with httpx.AsyncClient(mounts=mounts) as client:
            return await client.get(HEALTH)


async def main(count):
    async with AsyncLambdaTransport() as transport:
        mounts = {"http+lambda://": transport}
        async with httpx.AsyncClient(mounts=mounts) as client:
            coros = [client.get(HEALTH) for _ in range(count)]
            return await asyncio.gather(*coros)


def synchronous():
    with LambdaTransport() as transport:
        mounts = {"http+lambda://": transport}
        with httpx.Client(mounts=mounts) as client:
            return client.get(HEALTH)


def told(response):
    return {"status": response.status_code, "text": response.text}


result = {}
with contextlib.redirect_stdout(sys.stderr):  # LambdaTransport prints the module boto3
    result["lambda-httpx"] = [told(asyncio.run(one()))]
    result["lambda-httpx, ten at once"] = [told(r) for r in asyncio.run(main(10))]
    result["lambda-httpx, synchronous"] = [told(synchronous())]
    lr = lambda_requests.Session()
    result["lambda-requests"] = [told(lr.get("http+lambda://flaskexp-test/test/foo"))]
    result["lambda-requests, POST"] = [told(lr.post("http+lambda://flaskexp-test/form", data={"a": "1", "b": "x y"}))]
    # "[qualifier.]function": the spelling that both read.
    result["lambda-requests, qualifier"] = [told(lr.get("http+lambda://prod.flaskexp-test/health"))]
print(json.dumps(result))
