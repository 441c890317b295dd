"""A zip file as a stream: made piece by piece in memory, never on a disk."""

import zipfile
from collections.abc import AsyncIterator
from datetime import datetime

_DRAINED = 32 * 1024
_FILE = 0o600 << 16


class _Pieces:
    """What zipfile writes to: it cannot go back, so that nothing has to be kept."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self.held = 0

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        self.held += len(data)
        return len(data)

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass

    def drained(self) -> bytes:
        whole = b"".join(self._pieces)
        self._pieces, self.held = [], 0
        return whole


class ZipFile:
    """Files in order: their name, and their content as pieces that come one after the other."""

    def __init__(self, made_at: datetime) -> None:
        """`made_at` in the zone that the files' times are to be read in."""
        self._moment = made_at.timetuple()[:6]

    async def chunks(self, files: AsyncIterator[tuple[str, AsyncIterator[str]]]) -> AsyncIterator[bytes]:
        """The zip. What is held is one piece and the compressor's window."""
        pieces = _Pieces()
        with zipfile.ZipFile(pieces, "w", zipfile.ZIP_DEFLATED) as whole:
            async for name, content in files:
                entry = zipfile.ZipInfo(name, self._moment)
                entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, _FILE
                with whole.open(entry, "w") as file:
                    async for piece in content:
                        file.write(piece.encode())
                        if pieces.held >= _DRAINED:
                            yield pieces.drained()
        yield pieces.drained()
