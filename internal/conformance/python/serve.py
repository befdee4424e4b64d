"""Serves one of the applications over plain HTTP, by the server its framework names, and prints the port."""

import os
import sys


def uvicorn(app):
    import asyncio
    import socket

    import uvicorn

    listener = socket.create_server(("127.0.0.1", 0))
    print("PORT", listener.getsockname()[1], flush=True)
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    asyncio.run(server.serve([listener]))


def werkzeug(app):
    import logging

    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    print("PORT", server.server_port, flush=True)
    server.serve_forever()


def chalice(app):
    from chalice.config import Config
    from chalice.local import LocalDevServer

    server = LocalDevServer(app, Config(), "127.0.0.1", 0)
    print("PORT", server.server.server_port, flush=True)
    server.serve_forever()


name = sys.argv[1]
if name == "fastapi":
    from fastapi_app import app

    uvicorn(app)
elif name == "flask":
    from flask_app import app

    werkzeug(app)
elif name == "powertools":
    os.environ["POWERTOOLS_RESOLVER"] = "local"
    from powertools_handler import app

    uvicorn(app)
elif name == "chalice":
    from chalice_app import app

    chalice(app)
else:
    sys.exit("unknown application " + name)
