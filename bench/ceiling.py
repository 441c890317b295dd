"""The yardstick of bench/http.py: bare Tornado handlers that answer given bytes and do nothing else.

python -m bench.ceiling BODIES.json        # {"name": "body", ...}; prints its address, ends with standard input
"""

import asyncio
import json
import logging
import sys
from pathlib import Path
from typing import Any

import uvloop
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler


class Bare(RequestHandler):
    """`get` and `post` of one address."""

    def initialize(self, body: bytes, status: int) -> None:
        self.body = body
        self.status = status

    def get(self) -> None:
        self.set_status(self.status)
        self.set_header("Content-Type", "application/json")
        self.finish(self.body)

    post = get


async def main(bodies: dict[str, dict[str, Any]]) -> None:
    logging.getLogger("tornado.access").setLevel(logging.ERROR)
    routes = [
        (f"/{name}", Bare, {"body": found["body"].encode(), "status": found["status"]})
        for name, found in bodies.items()
    ]
    server = HTTPServer(Application(routes))
    sockets = bind_sockets(0, "127.0.0.1")
    server.add_sockets(sockets)
    print(f"http://127.0.0.1:{sockets[0].getsockname()[1]}", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    uvloop.run(main(json.loads(Path(sys.argv[1]).read_text())))
