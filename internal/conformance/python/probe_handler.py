"""What the real clients call: it says what it was told, or fails, or waits for a file."""

import os
import time


def handler(event, context):
    print("probe", event.get("say"))
    while "until" in event and not os.path.exists(event["until"]):
        time.sleep(0.01)
    if event.get("fail"):
        raise ValueError("boom")
    client = context.client_context
    return {
        "event": event,
        "arn": context.invoked_function_arn,
        "request_id": context.aws_request_id,
        "custom": client.custom if client else None,
    }
