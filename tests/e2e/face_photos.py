"""Photographs of people for the tests, fetched by package name: none is kept in this repository.

The astronaut is NASA's, public domain, and lies in the installed scikit-image (which is not imported). The others are
the test images of face_recognition, in its source distribution.
"""

import base64
import hashlib
import importlib.util
import io
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from PIL import Image

_PACKAGE, _VERSION = "face_recognition", "1.3.0"
_ARCHIVE = f"{_PACKAGE}-{_VERSION}.tar.gz"
_SHA256 = "5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec"
_CACHE = Path(__file__).resolve().parents[2] / "var" / "test-cache"


def astronaut() -> Image.Image:
    package = importlib.util.find_spec("skimage")
    assert package is not None
    assert package.submodule_search_locations is not None
    return Image.open(Path(package.submodule_search_locations[0]) / "data" / "astronaut.png").convert("RGB")


def photo(name: str) -> Image.Image:
    """`obama`, `obama2`, `obama3` or `biden`."""
    with tarfile.open(_fetched()) as archive:
        member = archive.extractfile(f"{_PACKAGE}-{_VERSION}/tests/test_images/{name}.jpg")
        assert member is not None
        return Image.open(io.BytesIO(member.read())).convert("RGB")


def as_base64(image: Image.Image, side: int = 640) -> str:
    """As a phone sends it: a JPEG, at most so many pixels long."""
    scaled = image.copy()
    scaled.thumbnail((side, side))
    target = io.BytesIO()
    scaled.save(target, "JPEG", quality=90)
    return base64.b64encode(target.getvalue()).decode()


def _fetched() -> Path:
    """The source distribution: downloaded once (8 s), and the very file that requirements.lock names."""
    kept = _CACHE / _ARCHIVE
    if not kept.exists():
        _CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=_CACHE) as folder:
            _download(Path(folder))
            (Path(folder) / _ARCHIVE).replace(kept)
    assert hashlib.sha256(kept.read_bytes()).hexdigest() == _SHA256
    return kept


def _download(folder: Path) -> None:
    """pip reads a source distribution's metadata by running its setup.py, for which it fetches setuptools; dlib is a
    dependency and stays out of it."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
    subprocess.run([*command, "--dest", str(folder), f"{_PACKAGE}=={_VERSION}"], check=True)
