"""The measured process of lambda-httpx and lambda-requests.

It follows the protocol of ../client/protocol.go: a line of JSON in, a line of
JSON out. Both libraries are used as their documentation shows, one client for
all calls, with their own defaults.
"""

import asyncio
import hashlib
import json
import math
import resource
import sys
import threading
import time

replies = sys.stdout
sys.stdout = sys.stderr  # libraries that print must not talk to the harness


class HTTPX:
    """lambda-httpx: asyncio tasks on one AsyncClient."""

    def __init__(self, spec, body):
        import httpx
        from lambda_httpx import AsyncLambdaTransport

        self.spec, self.body = spec, body
        self.loop = asyncio.new_event_loop()
        self.client = httpx.AsyncClient(
            mounts={"http+lambda://": AsyncLambdaTransport(region="eu-central-1")},
            timeout=None,
            trust_env=False,
        )
        self.loop.run_until_complete(self.client.__aenter__())

    async def call(self, function):
        response = await self.client.request(
            self.spec["Method"],
            "http+lambda://" + function + self.spec["Path"],
            headers=headers(self.spec),
            content=self.body,
        )
        if response.status_code != 200:
            raise RuntimeError(f"status {response.status_code}")
        return response.content

    def one(self, function):
        return self.loop.run_until_complete(self.call(function))

    def many(self, work, in_flight):
        async def worker():
            while work.take():
                began = time.perf_counter_ns()
                try:
                    work.done(began, await self.call(work.function))
                except Exception as error:
                    work.fail(began, error)

        async def all_workers():
            await asyncio.gather(*(worker() for _ in range(in_flight)))

        self.loop.run_until_complete(all_workers())


class Requests:
    """lambda-requests: threads on one Session."""

    def __init__(self, spec, body):
        import lambda_requests

        self.spec, self.body = spec, body
        self.session = lambda_requests.Session(region="eu-central-1")
        self.session.trust_env = False

    def one(self, function):
        response = self.session.request(
            self.spec["Method"],
            "http+lambda://" + function + self.spec["Path"],
            headers=headers(self.spec),
            data=self.body,
        )
        if response.status_code != 200:
            raise RuntimeError(f"status {response.status_code}")
        return response.content

    def many(self, work, in_flight):
        def worker():
            while work.take():
                began = time.perf_counter_ns()
                try:
                    work.done(began, self.one(work.function))
                except Exception as error:
                    work.fail(began, error)

        threads = [threading.Thread(target=worker) for _ in range(in_flight)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


class Work:
    """A number of calls to be made, and what came of them."""

    def __init__(self, function, calls, size):
        self.function, self.calls, self.size = function, calls, size
        self.lock = threading.Lock()
        self.left, self.failed, self.first = calls, 0, ""
        self.latencies = []

    def take(self):
        with self.lock:
            self.left -= 1
            return self.left >= 0

    def done(self, began, body):
        if len(body) != self.size:
            self.fail(began, f"body of {len(body)} bytes, not {self.size}")
            return
        elapsed = time.perf_counter_ns() - began
        with self.lock:
            self.latencies.append(elapsed)

    def fail(self, began, error):
        elapsed = time.perf_counter_ns() - began
        with self.lock:
            self.latencies.append(elapsed)
            self.failed += 1
            self.first = self.first or f"{type(error).__name__}: {error}"[:300]


def headers(spec):
    return {name: values[-1] for name, values in spec["Header"].items()}


def cpu_ns():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return int((usage.ru_utime + usage.ru_stime) * 1e9)


def measure(contender, spec, calls):
    work = Work(spec["Function"], calls, spec["Answer"]["Size"])
    cpu, wall = cpu_ns(), time.perf_counter_ns()
    contender.many(work, min(spec["InFlight"], calls))
    wall, cpu = time.perf_counter_ns() - wall, cpu_ns() - cpu
    ordered = sorted(work.latencies)

    def percentile(p):
        return ordered[min(max(math.ceil(p * len(ordered)), 1), len(ordered)) - 1]

    return {
        "Calls": calls, "Wall": wall, "CPU": cpu,
        "Latency": {"P50": percentile(0.5), "P99": percentile(0.99), "P999": percentile(0.999), "Max": ordered[-1]},
        "Failed": work.failed, "FirstError": work.first,
    }


def check(contender, spec):
    got = hashlib.sha256(contender.one(spec["Function"])).hexdigest()
    if got != spec["Answer"]["SHA"]:
        raise RuntimeError(f"the body received has SHA-256 {got}, not {spec['Answer']['SHA']}")
    got = contender.one("inspect").decode()
    if got != spec["BodySHA"]:
        raise RuntimeError(f"the body sent has SHA-256 {got}, not {spec['BodySHA']}")


def main():
    spec = json.loads(sys.stdin.readline())
    if spec["MemoryLimit"]:
        resource.setrlimit(resource.RLIMIT_AS, (spec["MemoryLimit"],) * 2)
    body = None
    if spec["BodyFile"]:
        with open(spec["BodyFile"], "rb") as file:
            body = file.read()
    contender = {"lambda-httpx": HTTPX, "lambda-requests": Requests}[spec["Contender"]](spec, body)
    reply({})
    for line in sys.stdin:
        command = json.loads(line)
        try:
            if command["Op"] == "check":
                check(contender, spec)
                reply({})
            elif command["Op"] == "warm":  # no barrier: their pools are smaller than the number of calls
                reply({"Measured": measure(contender, spec, spec["InFlight"])})
            elif command["Op"] == "round":
                reply({"Measured": measure(contender, spec, command["Calls"])})
            elif command["Op"] == "peak":
                reply({})  # its heap is not the Go heap's like
            else:
                raise RuntimeError(f"unknown command {command['Op']}")
        except Exception as error:
            reply({"Error": f"{type(error).__name__}: {error}"[:300]})


def reply(what):
    replies.write(json.dumps(what) + "\n")
    replies.flush()


main()
