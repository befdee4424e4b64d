"""aiobotocore calls the local Lambda; prints what it got as JSON."""

import asyncio
import json

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from botocore.exceptions import ClientError

from clients_calls import CALLS, STREAM, refused, told


async def main():
    result = {}
    config = AioConfig(retries={"total_max_attempts": 1})
    async with get_session().create_client("lambda", config=config) as client:
        for name, params in CALLS.items():
            try:
                response = await client.invoke(**params)
                async with response["Payload"] as body:
                    result[name] = told(response, await body.read())
            except ClientError as error:
                result[name] = refused(error)
        response = await client.invoke_with_response_stream(**STREAM)
        chunks = [e["PayloadChunk"]["Payload"] async for e in response["EventStream"] if "PayloadChunk" in e]
        result["stream"] = {"text": b"".join(chunks).decode()}
        calls = (client.invoke(**CALLS["invoke"]) for _ in range(10))
        statuses = [response["StatusCode"] for response in await asyncio.gather(*calls)]
        assert statuses == [200] * 10, statuses
    print(json.dumps(result))


asyncio.run(main())
