"""`python -m sandbox`: the outside world on a loopback port, until it is told to stop."""

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
import threading
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from zoneinfo import ZoneInfo

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from sandbox.app import FACE_BODY_LIMIT, OutsideWorld, Settings

CITY = ZoneInfo("Asia/Shanghai")
_VARIABLES = (
    "CST_SANDBOX_WECHAT_APPID",
    "CST_SANDBOX_WECHAT_SECRET",
    "CST_SANDBOX_SIGNING_KEY_ID",
    "CST_SANDBOX_SIGNING_SECRET",
)
PORTRAIT_AFTER_SECONDS = 5.0


def main() -> int:
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="sandbox: %(message)s")
    options = _options()
    missing = [name for name in _VARIABLES if not os.environ.get(name)]
    if missing:
        sys.stderr.write(f"sandbox: these environment variables are not set: {', '.join(missing)}\n")
        return 2
    if options.data is not None:
        options.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    appid, secret, key_id, signing_secret = (os.environ[name] for name in _VARIABLES)
    settings = Settings(appid, secret, key_id, signing_secret, options.data)
    try:
        asyncio.run(_serve(settings, options))
    except OSError as error:
        sys.stderr.write(f"sandbox: cannot listen on {options.host}:{options.port}: {error.strerror}\n")
        return 1
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="The outside world of a city, simulated.")
    parser.add_argument("--port", type=int, default=8090, help="0 takes a free one (default: 8090)")
    parser.add_argument("--host", type=_loopback, default="127.0.0.1", help="a loopback address (default: 127.0.0.1)")
    parser.add_argument("--data", type=Path, help="where withdrawals are kept; without it nothing is")
    parser.add_argument("--exit-with-stdin", action="store_true", help="end when standard input does")
    return parser.parse_args()


def _loopback(address: str) -> str:
    """The test controls ask nobody who they are, so nobody but this machine may reach them."""
    try:
        if ip_address(address).is_loopback:
            return address
    except ValueError:
        pass
    raise argparse.ArgumentTypeError("must be a loopback address, such as 127.0.0.1")


async def _serve(settings: Settings, options: argparse.Namespace) -> None:
    world = OutsideWorld(settings)
    server = HTTPServer(world.application(lambda: datetime.now(CITY)), max_body_size=4 * FACE_BODY_LIMIT)
    sockets = bind_sockets(options.port, options.host)
    server.add_sockets(sockets)
    stop = _stop_signal(with_stdin=options.exit_with_stdin)
    port = sockets[0].getsockname()[1]
    host = f"[{options.host}]" if ":" in options.host else options.host
    sys.stdout.write(json.dumps({"ready": True, "url": f"http://{host}:{port}"}) + "\n")
    sys.stdout.flush()
    # Two seconds of a processor, while whoever started this reads what to do first; sooner when a camera wants it.
    portrait = asyncio.get_running_loop().call_later(PORTRAIT_AFTER_SECONDS, world.portraits.making)
    await stop.wait()
    portrait.cancel()
    server.stop()
    await server.close_all_connections()
    await world.close()


def _stop_signal(*, with_stdin: bool) -> asyncio.Event:
    """Set by SIGTERM, by SIGINT, and by the end of standard input when asked for."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if with_stdin:
        threading.Thread(target=_wait_for_stdin, args=(loop, stop), daemon=True).start()
    return stop


def _wait_for_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    while os.read(0, 4096):
        pass
    loop.call_soon_threadsafe(stop.set)


if __name__ == "__main__":
    sys.exit(main())
