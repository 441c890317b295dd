"""The sandbox as a process: one line when it listens, and it goes when it is told to or when nobody is left."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.sandbox_world import APPID, KEY_ID, SIGNING_SECRET, WECHAT_SECRET

CREDENTIALS = {
    "CST_SANDBOX_WECHAT_APPID": APPID,
    "CST_SANDBOX_WECHAT_SECRET": WECHAT_SECRET,
    "CST_SANDBOX_SIGNING_KEY_ID": KEY_ID,
    "CST_SANDBOX_SIGNING_SECRET": SIGNING_SECRET,
}
COMMAND = [sys.executable, "-m", "sandbox", "--port", "0"]


@contextmanager
def started(*options: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The running process and its address, read from the line it prints."""
    with subprocess.Popen(
        [*COMMAND, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | CREDENTIALS
    ) as process:
        try:
            assert process.stdout is not None
            line = json.loads(process.stdout.readline())
            assert line["ready"] is True
            yield process, line["url"]
        finally:
            if process.poll() is None:
                process.kill()


def refused(*options: str, environment: dict[str, str] | None = None) -> tuple[int, str]:
    finished = subprocess.run(
        [*COMMAND, *options],
        env=os.environ | (CREDENTIALS if environment is None else environment),
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert "Traceback" not in finished.stderr
    return finished.returncode, finished.stderr


def get(url: str) -> httpx.Response:
    return httpx.get(url, trust_env=False)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_listens_and_ends_on_a_signal(number: signal.Signals, tmp_path: Path) -> None:
    with started("--data", str(tmp_path / "new" / "directory")) as (process, url):
        assert get(f"{url}/healthz").json() == {"status": "ok"}
        process.send_signal(number)
        assert process.wait(timeout=10) == 0


def test_it_ends_with_its_standard_input_when_asked_to() -> None:
    with started("--exit-with-stdin") as (process, url):
        assert get(f"{url}/healthz").status_code == 200
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=10) == 0


def test_it_outlives_its_standard_input_when_not_asked_to() -> None:
    with started() as (process, url):
        assert process.stdin is not None
        process.stdin.close()
        assert get(f"{url}/healthz").status_code == 200
        assert process.poll() is None


@pytest.mark.parametrize("host", ["0.0.0.0", "10.1.2.3", "example.org", "::"])  # noqa: S104
def test_it_listens_on_nothing_but_loopback(host: str) -> None:
    code, said = refused("--host", host)
    assert (code, "loopback" in said) == (2, True)


@pytest.mark.parametrize("name", CREDENTIALS)
def test_a_missing_credential_is_named(name: str) -> None:
    code, said = refused(environment=CREDENTIALS | {name: ""})
    assert (code, name in said) == (2, True)


def test_a_taken_port_is_named() -> None:
    with started() as (_, url):
        port = url.rpartition(":")[2]
        code, said = refused("--port", port)
        assert (code, port in said) == (1, True)


def test_it_writes_nothing_about_whom_it_was_asked() -> None:
    with (
        subprocess.Popen(
            COMMAND, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=os.environ | CREDENTIALS,
        ) as process
    ):  # fmt: skip
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        get(f"{url}/population/11010519491231002X")
        get(f"{url}/population/110105194912310020")
        get(f"{url}/personas/%ff")
        process.terminate()
        output, errors = process.communicate(timeout=10)
    assert (output, errors) == (b"", b"")
