"""The personas as a visitor meets them: their list, their pictures, and enrolling one's own face."""

import base64
import io
import json
import re
from pathlib import Path

import pytest
from PIL import Image, ImageOps

from sandbox.personas import PERSONAS
from sandbox.portraits import public_domain_photograph
from tests.http.test_sandbox_departments import SIGNED
from tests.sandbox_world import World, world


@pytest.fixture(scope="module")
def portraits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the default portrait, once made, is found by the tests that follow."""
    return tmp_path_factory.mktemp("portraits")


def kept(portraits: Path) -> list[str]:
    return [file.suffix for file in portraits.iterdir()]


def picture(jpeg: bytes) -> Image.Image:
    opened = Image.open(io.BytesIO(jpeg))
    assert opened.format == "JPEG"
    return opened


def written(image: Image.Image, file_format: str = "PNG") -> bytes:
    file = io.BytesIO()
    image.save(file, file_format)
    return file.getvalue()


def astronaut() -> Image.Image:
    return Image.open(io.BytesIO(public_domain_photograph())).convert("RGB")


def grey(jpeg: bytes) -> bool:
    red, _, blue = picture(jpeg).convert("RGB").resize((1, 1)).getpixel((0, 0))  # type: ignore[misc]
    return abs(int(red) - int(blue)) < 4


async def authority_photo(city: World, id_number: str) -> bytes:
    return base64.b64decode((await city.asked("/authority/photo", {"id_number": id_number}))["photo"])


async def enrol(city: World, persona: str, photo: bytes | str) -> tuple[int, str]:
    text = photo if isinstance(photo, str) else base64.b64encode(photo).decode()
    answer = await city.client.put(f"/personas/{persona}/face", json={"photo": text})
    return answer.status_code, answer.json().get("error", "")


async def test_the_personas_are_listed_with_what_they_show() -> None:
    async with world() as city:
        listed = (await city.client.get("/personas")).json()["personas"]
        assert [one["id"] for one in listed] == [person.id for person in PERSONAS]
        for one in listed:
            assert set(one) == {"id", "name", "id_number", "phone", "purpose", "enrolled"}
            assert set(one["purpose"]) == {"zh", "en"}
            assert (await city.client.get(f"/personas/{one['id']}")).json() == one


async def test_the_camera_gives_a_neutral_frame_and_one_for_each_action(portraits: Path) -> None:
    async with world(portraits) as city:
        frames = await city.photos("lin_yue", "turn_left", "open_mouth", "turn_left")
        assert len(set(frames)) == len(frames) == 4
        assert all(max(picture(frame).size) <= 640 for frame in frames)
        assert len(await city.photos("chen_guoqiang")) == 1
        shown = await city.client.get("/personas/lin_yue/portrait.jpg")
        assert (shown.headers["content-type"], shown.headers["cache-control"]) == ("image/jpeg", "no-store")
        assert picture(shown.content)


async def test_the_first_callers_wait_together_for_the_one_portrait(portraits: Path) -> None:
    async with world(portraits) as city:
        assert len(await city.photos("resident-7", "blink")) == 2
        assert kept(portraits) == [".portrait"]


async def test_the_authority_has_photos_of_the_known_and_of_one_persona_none() -> None:
    async with world() as city:
        for persona in ("sun_mei", "zhou_ming"):
            id_number = next(person.id_number for person in PERSONAS if person.id == persona)
            answer = await city.signed("/authority/photo", {"id_number": id_number})
            assert (answer.status_code, answer.json()) == (404, {"error": "not_found"})


async def test_an_enrolled_face_is_on_the_camera_and_at_the_authority_of_that_persona_alone(portraits: Path) -> None:
    me = written(ImageOps.grayscale(astronaut()), "JPEG")
    lin, chen = PERSONAS[0], PERSONAS[1]
    async with world(portraits) as city:
        assert await enrol(city, lin.id, me) == (200, "")
        assert (await city.client.get(f"/personas/{lin.id}")).json()["enrolled"] is True
        assert all(grey(frame) for frame in await city.photos(lin.id, "turn_right"))
        assert grey(await authority_photo(city, lin.id_number))
        assert not grey((await city.photos(chen.id))[0])
        assert not grey(await authority_photo(city, chen.id_number))
        assert await enrol(city, lin.id, written(Image.new("RGB", (300, 300)))) == (422, "no_face")
        assert grey((await city.photos(lin.id))[0])
        assert (await city.client.delete(f"/personas/{lin.id}/face")).json()["enrolled"] is False
        assert not grey((await city.photos(lin.id))[0])
    assert kept(portraits) == [".portrait"]


async def test_a_persona_whose_authority_photo_shows_another_keeps_it_after_enrolling(portraits: Path) -> None:
    gao = next(person for person in PERSONAS if person.id == "gao_lan")
    async with world(portraits) as city:
        assert await enrol(city, gao.id, written(ImageOps.grayscale(astronaut()), "JPEG")) == (200, "")
        assert grey((await city.photos(gao.id))[0])
        assert not grey(await authority_photo(city, gao.id_number))


@pytest.mark.parametrize(
    ("photo", "reason"),
    [
        (b"\x00" * 100, "image_invalid"),
        (b"\xff\xd8\xff\xe0" + b"\xff" * 500, "image_invalid"),
        (written(Image.new("RGB", (20, 20)), "GIF"), "image_invalid"),
        (written(Image.new("RGB", (20, 20)), "BMP"), "image_invalid"),
        (written(astronaut())[:200_000], "image_invalid"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image_invalid"),
        ("not base64!", "image_invalid"),
        ("AAA", "image_invalid"),
        ("照片", "image_invalid"),
        (written(Image.new("1", (8000, 8000))), "image_too_large"),
        (b"\xff\xd8" + bytes(8 * 1024 * 1024), "image_too_large"),
    ],
    ids=["zeros", "jpeg_start", "gif", "bmp", "torn", "svg", "no_base64", "padding", "chinese", "pixels", "bytes"],
)
async def test_what_is_no_portrait_is_refused_with_its_reason(photo: bytes | str, reason: str) -> None:
    async with world() as city:
        assert await enrol(city, "lin_yue", photo) == (422, reason)
        assert (await city.client.get("/personas/lin_yue")).json()["enrolled"] is False


async def test_a_body_beyond_any_photo_is_refused_before_it_is_read() -> None:
    async with world() as city:
        assert await enrol(city, "lin_yue", "A" * (13 * 1024 * 1024)) == (413, "too_large")


@pytest.mark.parametrize("page", ["http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:9"])
async def test_a_page_of_this_machine_may_use_the_phones_from_its_own_address(page: str) -> None:
    async with world() as city:
        asked = await city.client.options("/personas/lin_yue/camera", headers={"Origin": page})
        assert asked.status_code == 204
        assert asked.headers["Access-Control-Allow-Origin"] == page
        assert asked.headers["Access-Control-Allow-Methods"] == "POST"
        assert asked.headers["Access-Control-Allow-Headers"] == "Content-Type"
        code = await city.client.post("/personas/lin_yue/wechat_code", headers={"Origin": page})
        assert code.headers["Access-Control-Allow-Origin"] == page


@pytest.mark.parametrize("page", ["https://example.com", "http://127.0.0.1.example.com", "null", "http://[", "*"])
async def test_a_page_from_elsewhere_may_not(page: str) -> None:
    async with world() as city:
        answer = await city.client.post("/personas/lin_yue/wechat_code", headers={"Origin": page})
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert answer.headers["Vary"] == "Origin"


async def test_the_page_loads_nothing_from_elsewhere() -> None:
    async with world() as city:
        page = await city.client.get("/")
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert not re.search(r"(src|href)\s*=\s*[\"']?(https?:)?//", page.text)
        assert "录入自己的脸" in page.text
        assert "Enrol your own face" in page.text


def shape(value: object) -> object:
    """What kind of JSON it is: names and types, a list by its first element."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value[:1]]
    return "number" if isinstance(value, int | float) else type(value).__name__


def documented() -> list[tuple[str, object, object]]:
    """Path, request and answer of every signed example in docs/sandbox.md."""
    text = Path("docs/sandbox.md").read_text()
    pattern = r"### POST (/\S+)\n\n```json\n(.*?)```\n\n(?:[^`]*?\n\n)?```json\n(.*?)```"
    return [(path, json.loads(asked), json.loads(told)) for path, asked, told in re.findall(pattern, text, re.DOTALL)]


async def test_the_documented_examples_are_what_the_departments_answer(portraits: Path) -> None:
    examples = documented()
    assert {path for path, _, _ in examples} == set(SIGNED)
    async with world(portraits) as city:
        for path, asked, told in examples:
            answer = await city.asked(path, asked)
            assert shape(answer) == shape(told), path
