"""The process that compares labelled photos: `python -m server.adapters.face_comparing SETTINGS FOLDER PARENT_PID`.

FOLDER holds a folder for each person. A file named `reference` is compared as the authority's photo is, and then only
with the person's other photos and other persons'; without one, all photos are compared with one another. One line of
JSON comes out: how many photos and pairs there were, and how many pairs had which distance. No name of a folder or file
is in it; the process is confined as a face worker is, and can write nothing.
"""

import base64
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

from identity_center.face.judgement import frame_problem
from identity_center.face.settings import FaceSettings
from server.adapters.face_worker import confine, end_with

_MEMORY_MB = 2048
_SUFFIXES = frozenset({".jpg", ".jpeg", ".png"})
_REFERENCE = "reference"


@dataclass
class Compared:
    """`same` and `different`: distance (four decimals) to the number of pairs that have it. `left_out`: why photos were
    not compared, as a verification would have said it, and how many."""

    model: str = ""
    persons: int = 0
    photos: int = 0
    compared: int = 0
    with_reference: bool = False
    left_out: Counter[str] = field(default_factory=Counter)
    same: Counter[float] = field(default_factory=Counter)
    different: Counter[float] = field(default_factory=Counter)


def main(settings: FaceSettings, folder: Path) -> Compared:
    import numpy as np  # noqa: PLC0415  # this process's own

    from server.adapters import face_measuring  # noqa: PLC0415  # takes a second

    confine(_MEMORY_MB)
    found = Compared(model=face_measuring.MODEL)
    encodings, owners, references = [], [], []
    for number, photos in enumerate(_persons(folder)):
        found.persons += 1
        for photo in photos:
            found.photos += 1
            is_reference = photo.stem == _REFERENCE
            text = _text(photo, settings.images.max_bytes)
            frame, encoding = face_measuring.encoded(text, settings.images, is_reference=is_reference)
            problem = None if is_reference else frame_problem(0, frame, settings.quality)
            if encoding is None or problem is not None:
                reason = problem.facts.get("reason") or problem.code if problem is not None else "reference_unusable"
                found.left_out[str(reason).rpartition(".")[2]] += 1
                continue
            encodings.append(encoding)
            owners.append(number)
            references.append(is_reference)
    found.compared = len(encodings)
    found.with_reference = any(references)
    for at, encoding in enumerate(encodings):
        others = np.array(encodings[at + 1 :]).reshape(-1, encoding.size)
        distances = np.round(np.linalg.norm(others - encoding, axis=1), 4)
        for other, distance in enumerate(distances.tolist(), at + 1):
            if not found.with_reference or references[at] != references[other]:
                (found.same if owners[at] == owners[other] else found.different)[distance] += 1
    return found


def _persons(folder: Path) -> Iterator[list[Path]]:
    for person in sorted(folder.iterdir()):
        if person.is_dir():
            yield sorted(photo for photo in person.iterdir() if photo.suffix.lower() in _SUFFIXES)


def _text(photo: Path, max_bytes: int) -> bytes:
    """As a phone sends it; of a file that is too large, enough to be refused for that."""
    with photo.open("rb") as file:
        return base64.b64encode(file.read(max_bytes + 3))


if __name__ == "__main__":
    end_with(int(sys.argv[3]))
    answers = os.fdopen(os.dup(1), "w")
    with redirect_stdout(sys.stderr):
        outcome = main(FaceSettings.model_validate_json(sys.argv[1]), Path(sys.argv[2]))
    pairs = {"same": [*outcome.same.items()], "different": [*outcome.different.items()]}
    answers.write(json.dumps({**vars(outcome), **pairs}))
    answers.flush()
