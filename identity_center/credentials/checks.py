"""What must hold between the parts of a credential type."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from core.source import Path
from core.text import Text
from identity_center.credentials.types import CredentialType, Kind, Source


@dataclass(frozen=True)
class Finding:
    """What is wrong at a place of the file."""

    path: Path
    problem: str
    remedy: str


RESERVED: Final = frozenset(
    {"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "vct", "cnf", "status", "nonce", "sd_hash", "_sd", "_sd_alg"}
)
"""What a signed token means by itself (RFC 7519, RFC 9901, SD-JWT VC)."""

KIND_OF: Final[dict[Source, Kind]] = {
    "identity.name": "name",
    "identity.id_number": "id_number",
    "identity.birth_date": "date",
    "identity.sex": "text",
    "identity.over_18": "flag",
}


def findings(declared: CredentialType, file_name: str) -> Iterator[Finding]:
    if f"{declared.id}.yaml" != file_name:
        yield Finding(("id",), f"`{declared.id}` is not the file's name", f"Call the file {declared.id}.yaml.")
    yield from _texts(declared)
    yield from _claims(declared)
    yield from _issue(declared)


def _texts(declared: CredentialType) -> Iterator[Finding]:
    found: list[tuple[Path, Text]] = [
        (("name",), declared.name),
        (("summary",), declared.summary),
        (("department", "name"), declared.department.name),
        *((("claims", place, "label"), claim.label) for place, claim in enumerate(declared.claims)),
    ]
    for path, text in found:
        if not (text.zh.strip() and text.en.strip()):
            yield Finding(path, "the text is empty", "Write it in Chinese and in English.")


def _claims(declared: CredentialType) -> Iterator[Finding]:
    names = [claim.name for claim in declared.claims]
    for place, claim in enumerate(declared.claims):
        path: Path = ("claims", place)
        if claim.name in RESERVED:
            problem = f"`{claim.name}` means something else in a signed token"
            yield Finding((*path, "name"), problem, "Choose another name.")
        if claim.name in names[:place]:
            yield Finding((*path, "name"), f"the claim `{claim.name}` stands twice", "Keep one of them.")
        kind = KIND_OF.get(claim.source)
        if kind is not None and claim.kind != kind:
            yield Finding((*path, "kind"), f"`{claim.source}` is of the kind `{kind}`", f"Write `kind: {kind}`.")
        if kind is not None and not claim.required:
            problem = "a proven identity always has it"
            yield Finding((*path, "required"), problem, "Leave `required` out.")
        if claim.kind == "id_number" and claim.show == "always":
            problem = "an ID number would be shown to whoever looks at the credential"
            yield Finding((*path, "show"), problem, "Leave `show` out: the holder decides each time.")


def _issue(declared: CredentialType) -> Iterator[Finding]:
    issue = declared.issue
    if not issue.own and not issue.roles:
        yield Finding(("issue", "roles"), "nobody may issue it", "Name a role of staff, or write `self: true`.")
    for place, claim in enumerate(declared.claims):
        if issue.own and claim.source == "issuer" and claim.required:
            problem = f"`{claim.name}` is the issuer's to say, and nobody says it when citizens ask by themselves"
            remedy = "Write `required: false`, or `self: false` under `issue`."
            yield Finding(("claims", place, "required"), problem, remedy)
    if issue.one_per != "person":
        claim_meant = declared.claim(issue.one_per)
        if claim_meant is None or claim_meant.source != "issuer" or not claim_meant.required:
            remedy = "Write `person`, or the name of a claim that is required and `from: issuer`."
            yield Finding(("issue", "one_per"), f"`{issue.one_per}` is no such claim", remedy)
