"""Faces leave no trace: everything that is written while faces are verified is searched for them."""

import base64
import json
import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from server.adapters import face_measuring
from tests.e2e.test_face_pool import ROOT, SETTINGS, Photos, photos

__all__ = ["photos"]


def test_nothing_that_is_written_during_verifications_holds_an_image(tmp_path: Path, photos: Photos) -> None:
    hostile = base64.b64encode(base64.b64decode(photos.astronaut)[:-2000]).decode()
    poses = {pose: photos.of(pose) for pose in ("neutral", "turn_left", "turn_right")}
    sent = {
        "poses": poses,
        "impostor": photos.somebody_else,
        "hostile": hostile,
        "reference": photos.neutral,
    }
    home = {"TMPDIR": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.e2e.face_verifying", str(tmp_path)],
        input=json.dumps(sent).encode(), capture_output=True, cwd=ROOT, env={**os.environ, **home}, check=True,
    )  # fmt: skip
    assert done.stdout.decode().split() == [
        "passed", "identity.face.not_matched", "identity.face.image_invalid", "identity.face.not_alive",
        "identity.face.reference_unusable",
    ]  # fmt: skip
    kept = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert any(b"not_matched" in content for content in kept.values())
    written = b"\n".join([done.stdout, done.stderr, *kept.values()])
    found = [piece for piece in pieces([*poses.values(), photos.somebody_else, hostile]) if piece in written]
    assert found == []
    seen = [number for number in encodings([*poses.values(), photos.somebody_else]) if number in written]
    assert seen == []


def pieces(images: list[str]) -> Iterator[bytes]:
    """Parts of what was sent, every 500 characters, as the base64 it came in and as the bytes it stands for."""
    for text in images:
        for start in range(0, len(text) - 64, 500):
            at = start - start % 4
            yield text[at : at + 32].encode()
            yield base64.b64decode(text[at : at + 32])


def encodings(images: list[str]) -> Iterator[bytes]:
    """Each number of each face's encoding: in the two forms a processor knows it in, and as text."""
    for text in images:
        _, encoding = face_measuring.encoded(text.encode(), SETTINGS.images, is_reference=False)
        assert encoding is not None
        for number in encoding.tolist():
            yield from (struct.pack("<d", number), struct.pack("<f", number), f"{number:.6f}"[:-1].encode())
