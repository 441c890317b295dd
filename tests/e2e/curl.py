"""As much of curl as README.md uses, for machines that have none: -sS, -X, -H, --json, -o and one address.

It refuses whatever else it is given, so that the page cannot come to need more unnoticed.
"""

import argparse
import sys
import urllib.error
import urllib.request
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(prog="curl", allow_abbrev=False)
    parser.add_argument("-sS", dest="quiet", action="store_true", required=True)
    parser.add_argument("-X", dest="method")
    parser.add_argument("-H", dest="headers", action="append", default=[])
    parser.add_argument("--json")
    parser.add_argument("-o", dest="file", type=Path)
    parser.add_argument("url")
    asked = parser.parse_args()
    headers = dict(header.split(": ", 1) for header in asked.headers)
    body = None
    if asked.json is not None:
        body = asked.json.encode()
        headers |= {"Content-Type": "application/json", "Accept": "application/json"}
    request = urllib.request.Request(asked.url, body, headers, method=asked.method)  # noqa: S310  # a city of our own
    answer = _answer(request)
    if asked.file:
        asked.file.write_bytes(answer)
    else:
        sys.stdout.buffer.write(answer)


def _answer(request: urllib.request.Request) -> bytes:
    try:
        with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
            return bytes(response.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.read()


if __name__ == "__main__":
    main()
