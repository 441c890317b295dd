"""The process in which faces are looked at: `python -m server.adapters.face_worker PARENT_PID LIMITS MEMORY_MB NICE`.

It reads requests from standard input and writes answers to what was its standard output; the pool speaks with it. One
request: a count, that many lengths, that many base64 texts (frames, then the reference). One answer: a length and JSON.
Numbers are unsigned 32-bit, big-endian. JSON, not pickle: whoever takes over this process through a broken image
decoder gets no further than its numbers.

It writes no file, keeps nothing between requests, and ends with its parent, however that one ends.
"""

import ctypes
import json
import os
import resource
import signal
import struct
import sys
from dataclasses import asdict
from typing import BinaryIO

from identity_center.face.settings import ImageLimits

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE = 1, 4
_MAX_TEXTS = 64
_MAX_LENGTH = 64 * 1024 * 1024


def main(arguments: list[str]) -> None:
    parent, limits, memory_mb = int(arguments[0]), ImageLimits.model_validate_json(arguments[1]), int(arguments[2])
    os.nice(int(arguments[3]))
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not stand among the answers
    end_with(parent)
    try:
        from server.adapters import face_measuring  # noqa: PLC0415  # takes a second, and may fail: the pool is told
    except Exception as error:  # noqa: BLE001  # no image has been seen yet, so the text can be told
        _write(answers, {"failed": f"{type(error).__name__}: {error}"})
        return
    face_measuring.warm_up(limits)
    confine(memory_mb)
    _write(answers, {"ready": face_measuring.MODEL})
    while (texts := _read(requests)) is not None:
        try:
            answer: dict[str, object] = asdict(face_measuring.examine(texts[:-1], texts[-1], limits))
        except Exception as error:  # noqa: BLE001  # only the kind: a text might quote the image
            answer = {"failed": type(error).__name__}
        del texts
        _write(answers, answer)


def end_with(parent: int) -> None:
    """The pool ends this process by closing its input; the kernel does where the pool could not (Linux)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise SystemExit("the process that asked for this worker is gone")


def confine(memory_mb: int) -> None:
    """From here on: so much memory, no file grows, no core dump (a dump would hold the images)."""
    memory = memory_mb * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0)


def _read(stream: BinaryIO) -> list[bytes] | None:
    """One request, or None at the end of the input."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    (count,) = struct.unpack(">I", head)
    if count > _MAX_TEXTS:
        return None
    lengths = struct.unpack(f">{count}I", stream.read(4 * count))
    texts = [stream.read(min(length, _MAX_LENGTH)) for length in lengths]
    return texts if [len(text) for text in texts] == list(lengths) else None


def _write(stream: BinaryIO, answer: dict[str, object]) -> None:
    body = json.dumps(answer).encode()
    stream.write(struct.pack(">I", len(body)) + body)
    stream.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
