"""What the real clients call: it says what it was told, or fails if told to."""


def handler(event, context):
    print("probe", event.get("say"))
    if event.get("fail"):
        raise ValueError("boom")
    client = context.client_context
    return {
        "event": event,
        "arn": context.invoked_function_arn,
        "request_id": context.aws_request_id,
        "custom": client.custom if client else None,
    }
