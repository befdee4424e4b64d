"""requests, httpx or aiohttp takes the steps that it reads, as JSON, and prints what came of them.

gateway_client.py CLIENT <plan
"""

import asyncio
import base64
import json
import pathlib
import socket
import sys
from concurrent.futures import ThreadPoolExecutor

PATIENCE = 60  # seconds until a test that hangs has failed


def arguments(step):
    """What a step is in the words that the three clients share."""
    given = {"params": step["query"], "headers": step["header"]}
    if "json" in step:
        given["json"] = step["json"]
    elif "form" in step:
        fields = {}
        for name, value in step["form"]:
            fields.setdefault(name, []).append(value)
        given["data"] = fields
    elif "body" in step:
        given["content"] = base64.b64decode(step["body"])
    return given


def told(status, url, headers, body):
    return {
        "status": status,
        "url": str(url),
        "header": {name.lower(): value for name, value in headers.items()},
        "body": base64.b64encode(body).decode(),
    }


class Reader:
    """Reads a stream; makes the file that the function waits for when it has the first part."""

    def __init__(self, step):
        self.step, self.got, self.events = step, b"", []

    def feed(self, chunk):
        """Says whether the client goes on."""
        self.got += chunk
        for part in ("first", "last"):
            if part.encode() in self.got and part not in self.events:
                self.events.append(part)
                if part == "first" and self.step["kind"] == "gone":
                    return False
                if part == "first":
                    pathlib.Path(self.step["release"]).touch()
                    self.events.append("released")
        return True


class Requests:
    def __init__(self, proxy):
        import requests

        self.session, self.errors = requests.Session(), (requests.RequestException,)
        if proxy:
            self.session.proxies = {"http": proxy, "https": proxy}

    def send(self, step, timeout=PATIENCE, stream=False):
        given = arguments(step)
        if "content" in given:
            given["data"] = given.pop("content")
        return self.session.request(step["method"], step["url"], timeout=timeout, stream=stream, **given)

    def call(self, step, timeout=PATIENCE):
        r = self.send(step, timeout)
        return told(r.status_code, r.url, r.headers, r.content)

    def stream(self, step, reader):
        with self.send(step, stream=True) as r:
            if all(reader.feed(chunk) for chunk in r.iter_content(None)):
                return told(r.status_code, r.url, r.headers, reader.got)


class Httpx:
    def __init__(self, proxy):
        import httpx

        self.session, self.errors = httpx.Client(proxy=proxy, follow_redirects=True), (httpx.HTTPError,)

    def call(self, step, timeout=PATIENCE):
        r = self.session.request(step["method"], step["url"], timeout=timeout, **arguments(step))
        return told(r.status_code, r.url, r.headers, r.content)

    def stream(self, step, reader):
        with self.session.stream(step["method"], step["url"], timeout=PATIENCE, **arguments(step)) as r:
            if all(reader.feed(chunk) for chunk in r.iter_bytes()):
                return told(r.status_code, r.url, r.headers, reader.got)


def take(client, step):
    if step["kind"] == "call":
        return client.call(step)
    if step["kind"] == "impatient":
        return client.call(step, timeout=1)
    if step["kind"] == "parallel":
        with ThreadPoolExecutor(step["times"]) as pool:
            steps = [{**step, "json": {"n": n}} for n in range(step["times"])]
            return {"events": list(map(number, pool.map(client.call, steps)))}
    reader = Reader(step)
    try:
        return {**(client.stream(step, reader) or {}), "events": reader.events}
    except client.errors as error:
        return {"error": repr(error), "events": reader.events}


def number(answer):
    echo = json.loads(base64.b64decode(answer["body"]))
    return str(json.loads(base64.b64decode(echo["body"]))["n"])


class Aiohttp:
    """Has its own loop, for it knows no other way."""

    def __init__(self, proxy, loop):
        import aiohttp
        from yarl import URL

        self.loop, self.url, self.errors = loop, URL, (aiohttp.ClientError, asyncio.TimeoutError)
        self.timeout = aiohttp.ClientTimeout

        async def session():
            jar = aiohttp.CookieJar(unsafe=True)  # without it, none of an IP address are kept
            return aiohttp.ClientSession(trust_env=not proxy, proxy=proxy, cookie_jar=jar)

        self.session = loop.run_until_complete(session())

    def send(self, step, timeout=PATIENCE):
        given = arguments(step)
        if "content" in given:
            given["data"] = given.pop("content")
        elif "data" in given:
            given["data"] = [(name, value) for name, value in step["form"]]
            import aiohttp

            given["data"] = aiohttp.FormData(given["data"])
        url = self.url(step["url"], encoded=True)
        return self.session.request(step["method"], url, timeout=self.timeout(total=timeout), **given)

    async def one(self, step, timeout=PATIENCE):
        async with self.send(step, timeout) as r:
            return told(r.status, r.url, r.headers, await r.read())

    def call(self, step, timeout=PATIENCE):
        if step["kind"] == "parallel":
            raise RuntimeError("calls of a loop are made by gather")
        return self.loop.run_until_complete(self.one(step, timeout))

    def parallel(self, step):
        async def all():
            return await asyncio.gather(
                *(self.one({**step, "json": {"n": n}}) for n in range(step["times"]))
            )

        return {"events": list(map(number, self.loop.run_until_complete(all())))}

    def stream(self, step, reader):
        async def read():
            async with self.send(step) as r:
                async for chunk in r.content.iter_any():
                    if not reader.feed(chunk):
                        return None
                return told(r.status, r.url, r.headers, reader.got)

        return self.loop.run_until_complete(read())

    def close(self):
        self.loop.run_until_complete(self.session.close())


def divert(hosts):
    """Connects to ports of this machine instead of hosts, whoever asks for them."""
    connect = socket.socket.connect

    def diverted(self, address):
        to = hosts.get(address[0]) if isinstance(address, tuple) else None
        return connect(self, ("127.0.0.1", int(to)) if to else address)

    socket.socket.connect = diverted


def hosts_file(names):
    """Lets the names resolve to 127.0.0.1, as lines of /etc/hosts would."""
    resolve = socket.getaddrinfo

    def getaddrinfo(host, *args, **kwargs):
        name = host.decode() if isinstance(host, bytes) else host
        return resolve("127.0.0.1" if name and name.lower() in names else host, *args, **kwargs)

    socket.getaddrinfo = getaddrinfo


def main():
    plan = json.load(sys.stdin)
    if plan["hosts"]:
        hosts_file(plan["hosts"])
    divert(plan["divert"])
    proxy = plan["proxy"] or None
    if sys.argv[1] == "aiohttp":
        client = Aiohttp(proxy, asyncio.new_event_loop())
    else:
        client = {"requests": Requests, "httpx": Httpx}[sys.argv[1]](proxy)
    answers = {}
    for step in plan["steps"]:
        try:
            if step["kind"] == "parallel" and sys.argv[1] == "aiohttp":
                answers[step["name"]] = client.parallel(step)
            else:
                answers[step["name"]] = take(client, step)
        except client.errors as error:
            answers[step["name"]] = {"error": repr(error)}
    if sys.argv[1] == "aiohttp":
        client.close()
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
