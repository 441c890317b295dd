"""The citizens' app as a browser is served it: the page, its files, and what the page may do."""

import gzip
import os
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from tornado.ioloop import IOLoop

from handlers.miniapp import MiniApp
from tests.http.api_answers import problem
from tests.running_city import RunningCity, running_city

PAGE = '<html data-sandbox=""><script type="module" src="app/main-1a2b3c4d.js"></script></html>'
SCRIPT = b"console.log('hello')\n" * 100


def built(folder: Path, page: str = PAGE, script: str = "main-1a2b3c4d.js") -> Path:
    (folder / "app").mkdir(parents=True, exist_ok=True)
    (folder / "app" / script).write_bytes(SCRIPT)
    (folder / "app" / f"{script}.gz").write_bytes(gzip.compress(SCRIPT))
    (folder / "app" / "tab-5e6f7a8b.png").write_bytes(b"\x89PNG")
    (folder / "index.html").write_text(page)
    return folder


@dataclass(frozen=True)
class Served:
    """A city that serves the app in `dist`."""

    city: RunningCity
    dist: Path

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.city.client.get(path, headers=headers)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Runs on the loop that pytest-tornasync runs the tests on, so that its connections can be used by all of them."""
    folder = tmp_path_factory.mktemp("served")
    dist = built(folder / "dist")
    loop, stack = IOLoop.current(), AsyncExitStack()
    settings = {"miniapp": {"folder": str(dist)}}
    city = loop.run_sync(lambda: stack.enter_async_context(running_city(folder, settings)))
    yield Served(city, dist)
    loop.run_sync(stack.aclose)


def policy(answer: httpx.Response) -> dict[str, str]:
    parts = answer.headers["Content-Security-Policy"].split("; ")
    return dict(part.split(" ", 1) for part in parts)


async def test_the_app_is_served_with_all_that_it_loads(served: Served) -> None:
    page = await served.get("/")
    assert page.status_code == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    script = await served.get("/app/main-1a2b3c4d.js")
    assert script.content == SCRIPT
    assert script.headers["Content-Type"] == "text/javascript; charset=utf-8"
    picture = await served.get("/app/tab-5e6f7a8b.png")
    assert picture.headers["Content-Type"] == "image/png"
    assert "X-Content-Type-Options" in picture.headers


async def test_files_are_kept_for_ever_and_the_page_is_asked_for_again(served: Served) -> None:
    script = await served.get("/app/main-1a2b3c4d.js")
    assert "immutable" in script.headers["Cache-Control"]
    page = await served.get("/")
    assert page.headers["Cache-Control"] == "no-cache"
    again = await served.get("/", **{"If-None-Match": page.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_files_are_sent_packed_to_whoever_can_unpack_them(served: Served) -> None:
    packed = await served.get("/app/main-1a2b3c4d.js", **{"Accept-Encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) < len(SCRIPT) / 4
    plain = await served.get("/app/main-1a2b3c4d.js", **{"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert packed.content == plain.content == SCRIPT
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"


async def test_the_page_runs_nothing_but_its_own_files_and_speaks_to_nobody_but_city_and_sandbox(
    served: Served,
) -> None:
    page = await served.get("/")
    sandbox = str(served.city.outside.base_url).rstrip("/")
    assert policy(page)["default-src"] == "'none'"
    assert policy(page)["script-src"] == policy(page)["style-src"] == "'self'"
    assert policy(page)["connect-src"] == f"'self' {sandbox}"
    assert policy(page)["frame-ancestors"] == "'none'"
    assert "camera=(self)" in page.headers["Permissions-Policy"]
    assert f'data-sandbox="{sandbox}"' in page.text


async def test_a_shared_link_may_carry_any_mark(served: Served) -> None:
    for query in ("?from=timeline", "?a=1&a=2", "?%FF=1", "?"):
        assert (await served.get(f"/{query}")).status_code == 200
    problem(await served.get("/app/main-1a2b3c4d.js?v=2"), 422, "request.invalid")


async def test_what_is_no_file_of_the_app_is_nowhere(served: Served) -> None:
    (served.dist / "secret.txt").write_text("not of the app")
    for name in (
        "index.html",
        "..%2Findex.html",
        "..%2Fsecret.txt",
        "%2Fetc%2Fpasswd",
        "main-1a2b3c4d.js.gz",
        "%00",
    ):
        problem(await served.get(f"/app/{name}"), 404, "request.not_found")


async def test_a_city_that_serves_no_app_has_nothing_at_its_root(city: RunningCity) -> None:
    problem(await city.client.get("/"), 404, "request.not_found")


def test_a_city_without_the_app_says_how_to_build_it(tmp_path: Path) -> None:
    app = MiniApp(tmp_path / "nothing", None)
    assert b"./run build" in app.page().body
    built(tmp_path / "nothing")
    assert app.page().body == PAGE.encode()


async def test_an_app_that_is_built_anew_is_served_and_old_pages_still_find_their_files(served: Served) -> None:
    dist = served.dist
    await served.get("/")
    (dist / "app" / "main-1a2b3c4d.js").unlink()
    built(dist, "<html>newer</html>", "main-99999999.js")
    os.utime(dist / "index.html", (2e9, 2e9))
    assert (await served.get("/")).text == "<html>newer</html>"
    assert (await served.get("/app/main-99999999.js")).content == SCRIPT
    assert (await served.get("/app/main-1a2b3c4d.js")).content == SCRIPT
