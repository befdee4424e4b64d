"""The contract's fixed answers; ../contract.go is the specification."""

import base64
import json

TEXT = "text/plain; charset=utf-8"
UTF8 = "Grüße, 世界 🌍"
BINARY = bytes(range(256)) * 4
GZIP = base64.b64decode("H4sIAAAAAAACA6tWSs7PLShKLS5OTVGyKikqTa0FAPHqOZUTAAAA")
LARGE = "0123456789abcde\n" * (5 << 16)
COOKIES = [
    "a=1; Path=/",
    "b=2; Path=/; HttpOnly",
    "c=3; Path=/; Expires=Wed, 21 Oct 2037 07:28:00 GMT",
]


def echo(method, path, query, headers, cookies, body):
    """What /echo answers; query, headers and cookies are pairs."""
    return {
        "method": method,
        "path": path,
        "query": list(query),
        "headers": list(headers),
        "cookies": sorted(cookies),
        "body": base64.b64encode(body).decode(),
        "length": len(body),
    }


def part(name, filename, content_type, body):
    """A file of /multipart's answer."""
    return {
        "name": name,
        "filename": filename,
        "type": content_type,
        "body": base64.b64encode(body).decode(),
    }


def dumps(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
