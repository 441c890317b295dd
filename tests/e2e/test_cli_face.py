"""`cst face calibrate` on photos of personas, as a city runs it on its own."""

import base64
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from PIL import Image

from tests.e2e.command_line import cst
from tests.e2e.face_photos import as_base64, photo
from tests.sandbox_world import World, world

PERSONAS = {"林悦": ("lin_yue", "biden"), "陈国强": ("chen_guoqiang", "obama"), "resident-12": ("resident-12", None)}
"""The name of each person's folder, their persona, and whose face they have: None is the one that everybody has."""
POSES = ("open_mouth", "turn_left")


@asynccontextmanager
async def photographed(folder: Path) -> AsyncIterator[World]:
    """Three pictures of each persona: as their phones film them."""
    async with world() as city:
        for name, (persona, face) in PERSONAS.items():
            if face is not None:
                body = {"photo": as_base64(photo(face), side=1024)}
                (await city.client.put(f"/personas/{persona}/face", json=body)).raise_for_status()
            (folder / name).mkdir(parents=True)
            for number, frame in enumerate(await city.photos(persona, *POSES)):
                (folder / name / f"{name}_{number}.jpg").write_bytes(frame)
        yield city


def stamps(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


def figures(out: str, threshold: str) -> tuple[float, float]:
    """False rejects and false accepts, in percent."""
    (line,) = [line for line in out.splitlines() if line.strip().startswith(f"{threshold} ")]
    rejects, _, accepts, _ = re.findall(r"([0-9.]+) %", line)
    return float(rejects), float(accepts)


async def test_a_citys_photos_tell_the_same_person_from_others_and_name_nobody(tmp_path: Path) -> None:
    folder = tmp_path / "citizens"
    async with photographed(folder):
        before = stamps(tmp_path)
        ran = await cst("face", "calibrate", folder)
        assert stamps(tmp_path) == before
    assert (ran.code, ran.err) == (0, "")
    assert "persons: 3; photos: 9, of which 9 were compared" in ran.out
    assert "pairs (all photos with one another): 9 of the same person, 27 of different persons" in ran.out
    assert figures(ran.out, "0.60") == (0, 0)
    assert figures(ran.out, "0.30")[0] >= figures(ran.out, "0.50")[0]
    assert re.search(r"0\.50 .*<- accept", ran.out)
    assert re.search(r"0\.60 .*<- retry", ran.out)
    assert "fewer than 10000 pairs" in ran.out
    assert "dlib_face_recognition_resnet_model_v1" in ran.out
    assert [name for name in (*PERSONAS, "citizens", ".jpg") if name in ran.out] == []


async def test_a_reference_is_compared_as_the_authoritys_photo_and_what_cannot_be_compared_is_counted(
    tmp_path: Path,
) -> None:
    async with photographed(tmp_path) as city:
        for name, (persona, _) in PERSONAS.items():
            shown = (await city.client.get(f"/personas/{persona}")).json()
            answer = await city.asked("/authority/photo", {"id_number": shown["id_number"]})
            (tmp_path / name / "reference.jpg").write_bytes(base64.b64decode(answer["photo"]))
        empty = tmp_path / "林悦"
        Image.new("RGB", (640, 480), "grey").save(empty / "nobody.png")
        (empty / "broken.jpg").write_bytes(b"\xff\xd8 and no more")
        (empty / "notes.txt").write_text("not a photo")
        ran = await cst("face", "calibrate", tmp_path)
    assert (ran.code, ran.err) == (0, "")
    assert "persons: 3; photos: 14, of which 12 were compared" in ran.out
    assert "left out: 1 no_face, 1 " in ran.out
    assert "each person's reference with photos): 9 of the same person, 18 of different persons" in ran.out


async def test_what_cannot_be_measured_is_said(tmp_path: Path) -> None:
    missing = await cst("face", "calibrate", tmp_path / "nowhere")
    assert (missing.code, missing.out) == (2, "")
    (tmp_path / "one").mkdir()
    empty = await cst("face", "calibrate", tmp_path)
    assert empty.code == 1
    assert "at least two persons" in empty.out
    other = tmp_path / "other.yaml"
    other.write_text("face: {model: another_network}")
    ran = await cst("face", "calibrate", tmp_path, "--config", other)
    assert ran.code == 1
    assert "face.model is another_network" in ran.err
