"""`cst face calibrate`: what the city's own photos say of its thresholds. Nothing is written, no name is printed."""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from identity_center.face.calibration import PERCENTS, Candidate, Counts, Rate, candidates, percentiles
from identity_center.face.settings import FaceSettings
from server.cli.common import add_settings_options, settings_of
from server.config import ROOT

_ADEQUATE = 10_000
"""Pairs of different persons below which a rate of one in a thousand cannot be told from none."""


class Compared(BaseModel):
    """What face_comparing.py answers."""

    model: str
    persons: int
    photos: int
    compared: int
    with_reference: bool
    left_out: dict[str, int]
    same: list[tuple[float, int]]
    different: list[tuple[float, int]]


def add_to(commands: Any) -> None:
    parser = commands.add_parser("face", help="measure the thresholds of face verification on photos of the city's own")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    calibrate = actions.add_parser(
        "calibrate", help="how often the right person would be refused and a wrong one taken, by threshold"
    )
    calibrate.add_argument("folder", type=Path, metavar="FOLDER", help="a folder of photos for each person")
    add_settings_options(calibrate)
    calibrate.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    settings = settings_of(chosen).face
    if not chosen.folder.is_dir():
        print("FOLDER is not a folder that can be read", file=sys.stderr)
        return 2
    compared = _compared(settings, chosen.folder)
    if compared is None:
        print("the photos could not be compared", file=sys.stderr)
        return 1
    if not compared.model.startswith(settings.model):
        print(f"face.model is {settings.model}, and this installation has {compared.model}", file=sys.stderr)
        return 1
    print("\n".join(_lines(compared, settings)))
    return 0 if compared.same and compared.different else 1


def _compared(settings: FaceSettings, folder: Path) -> Compared | None:
    """In a process of its own, confined as a face worker is."""
    command = [sys.executable, "-m", "server.adapters.face_comparing"]
    command += [settings.model_dump_json(), str(folder.absolute()), str(os.getpid())]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)  # noqa: S603
    return Compared.model_validate_json(done.stdout) if done.returncode == 0 else None


def _lines(found: Compared, settings: FaceSettings) -> Iterator[str]:
    same, different = dict(found.same), dict(found.different)
    yield f"model: {found.model}"
    yield f"persons: {found.persons}; photos: {found.photos}, of which {found.compared} were compared"
    if found.left_out:
        yield "left out: " + ", ".join(f"{count} {reason}" for reason, count in sorted(found.left_out.items()))
    how = "each person's reference with photos" if found.with_reference else "all photos with one another"
    yield f"pairs ({how}): {sum(same.values())} of the same person, {sum(different.values())} of different persons"
    if not same or not different:
        yield "both are needed: at least two persons, and at least two photos of one"
        return
    yield ""
    yield from _spread(same, different)
    yield ""
    yield "threshold   false rejects (at most)   false accepts (at most)"
    yield from (_line(one) for one in candidates(same, different, settings.match))
    if sum(different.values()) < _ADEQUATE:
        yield ""
        yield f"fewer than {_ADEQUATE} pairs of different persons: rare false accepts cannot be seen in so few"


def _spread(same: Counts, different: Counts) -> Iterator[str]:
    heads = ["least", *(f"{percent} %" for percent in PERCENTS[1:-1]), "most"]
    yield f"{'distances':18}" + "".join(f"{head:>8}" for head in heads)
    for name, counts in (("same person", same), ("different persons", different)):
        yield f"{name:18}" + "".join(f"{distance:8.3f}" for distance in percentiles(counts))


def _line(one: Candidate) -> str:
    configured = f"   <- {one.configured_as}" if one.configured_as else ""
    return f"{one.threshold:9.2f}   {_percent(one.false_rejects)}   {_percent(one.false_accepts)}{configured}"


def _percent(rate: Rate) -> str:
    return f"{100 * rate.share:10.2f} % ({100 * rate.at_most:6.2f} %)"
