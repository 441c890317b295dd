"""Types of credentials: each mistake one can make in one is named with its file, its line, its path and a remedy."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from core.problem import rendered
from identity_center.credentials.type_files import TYPES, load_types

DELIVERED = ["gy.business_licence", "gy.park_annual_pass", "gy.resident_proof", "gy.social_security_card"]
GOOD = """\
id: gy.library_card
version: 1.0.0
name: {zh: 借书证, en: Library card}
summary: {zh: 市图书馆借书证, en: Borrows books}
department: {id: gy.library, name: {zh: 市图书馆, en: City library}}
issue: {self: false, roles: [operator], valid_days: 365}
assurance: {hold: 2, show: 2}
display: {background: "#ffffff", text: "#000000", icon: book}
claims:
  - {name: card_number, label: {zh: 卡号, en: Number}, kind: text, from: issuer, show: always}
  - {name: reader, label: {zh: 读者, en: Reader}, kind: name, from: identity.name}
  - {name: id_number, label: {zh: 证件号码, en: ID number}, kind: id_number, from: identity.id_number}
"""
FILE = "gy.library_card.yaml"


@dataclass(frozen=True)
class Mistake:
    """`old` is written as `new`; the checker points at the line with `at` in it, and says `says`."""

    old: str
    new: str
    at: str
    path: str
    says: str


MISTAKES = {
    "a field that is missing": Mistake("version: 1.0.0\n", "", "id: gy", "version", "`version` is missing"),
    "a field that does not exist": Mistake("summary:", "sumary: 1\nsummary:", "sumary", "sumary", "no field here"),
    "a field of a claim that does not exist": Mistake(
        "kind: name,", "kind: name, hidden: true,", "reader", "claims[1].hidden", "no field here"
    ),
    "a wrong type": Mistake("valid_days: 365", "valid_days: '365'", "issue:", "issue.valid_days", "integer"),
    "no day at all": Mistake("valid_days: 365", "valid_days: 0", "issue:", "issue.valid_days", "`0`"),
    "a level below real name": Mistake("hold: 2", "hold: 1", "assurance:", "assurance.hold", "`1`"),
    "a version that is none": Mistake("1.0.0", "1.0", "version:", "version", "`1.0`"),
    "a role that does not exist": Mistake("[operator]", "[mayor]", "issue:", "issue.roles[0]", "`mayor`"),
    "a kind that does not exist": Mistake("kind: text", "kind: string", "card_number", "claims[0].kind", "`string`"),
    "a source that does not exist": Mistake(
        "identity.name", "identity.face", "reader", "claims[1].from", "`identity.face`"
    ),
    "a colour that is none": Mistake('"#ffffff"', "white", "display:", "display.background", "`white`"),
    "English that is missing": Mistake(
        "{zh: 读者, en: Reader}", "{zh: 读者}", "reader", "claims[1].label.en", "missing"
    ),
    "no claims": Mistake(
        GOOD[GOOD.index("claims:") :], "claims: []\n", "claims:", "claims", "at least 1 item"
    ),
    "a key twice": Mistake("version: 1.0.0", "version: 1.0.0\nversion: 1.0.1", "version: 1.0.1", "version", "twice"),
    "an anchor": Mistake("version: 1.0.0", "version: &v 1.0.0", "&v", "", "an anchor"),
    "no YAML": Mistake("claims:", "claims: [", "name: card_number", "", "not YAML"),
    "nothing": Mistake(GOOD, "", "", "", "the file is empty"),
    "a list": Mistake(GOOD, "- 1\n", "- 1", "", "declares no credential type"),
    "an id that is not the file's name": Mistake("gy.library_card", "gy.other", "id: gy", "id", "not the file's name"),
    "an empty text": Mistake("en: Borrows books", "en: ' '", "summary:", "summary", "empty"),
    "a claim twice": Mistake("name: reader", "name: card_number", "读者", "claims[1].name", "stands twice"),
    "a claim that a token needs itself": Mistake("name: reader", "name: exp", "读者", "claims[1].name", "signed token"),
    "a kind that the source is not of": Mistake(
        "kind: name, from: identity.name", "kind: text, from: identity.name", "reader", "claims[1].kind", "of the kind"
    ),
    "a proven identity that may be missing": Mistake(
        "from: identity.name", "from: identity.name, required: false", "reader", "claims[1].required", "always has it"
    ),
    "an ID number for everybody": Mistake(
        "from: identity.id_number", "from: identity.id_number, show: always", "id_number,", "claims[2].show",
        "whoever looks",
    ),
    "nobody who issues it": Mistake("roles: [operator]", "roles: []", "issue:", "issue.roles", "nobody may issue"),
    "what nobody says when citizens ask": Mistake(
        "self: false", "self: true", "card_number", "claims[0].required", "nobody says it"
    ),
    "one for each of nothing": Mistake(
        "valid_days: 365", "valid_days: 365, one_per: reader", "issue:", "issue.one_per", "no such claim"
    ),
}  # fmt: skip


def test_the_types_that_come_with_the_platform_are_as_they_must_be() -> None:
    loaded = load_types()
    assert loaded.problems == ()
    assert list(loaded.types) == DELIVERED
    assert [path.stem for path in sorted(TYPES.glob("*.yaml"))] == DELIVERED


def test_what_a_type_says_is_read(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(GOOD)
    loaded = load_types(tmp_path)
    assert loaded.problems == ()
    card = loaded.types["gy.library_card"]
    assert card.always_shown == {"card_number"}
    assert (card.issue.own, card.issue.roles, card.issue.one_per) == (False, ("operator",), "person")
    assert [claim.source for claim in card.claims] == ["issuer", "identity.name", "identity.id_number"]


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named_with_its_place_and_a_remedy(tmp_path: Path, name: str) -> None:
    mistake = MISTAKES[name]
    assert GOOD.count(mistake.old) == 1
    text = GOOD.replace(mistake.old, mistake.new)
    (tmp_path / FILE).write_text(text)
    loaded = load_types(tmp_path)
    assert loaded.types == {}
    line = next((number for number, line in enumerate(text.splitlines(), 1) if mistake.at in line), 1)
    found = [problem for problem in loaded.problems if problem.path == mistake.path]
    assert [(problem.file, problem.line) for problem in found] == [(FILE, line)], rendered(loaded.problems)
    assert mistake.says in found[0].problem
    assert len(found[0].remedy) > 10


def test_all_mistakes_are_named_at_once_and_a_broken_type_stands_in_no_others_way(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(GOOD)
    broken = (
        GOOD.replace("version: 1.0.0", "version: one").replace("kind: name", "kind: nome").replace("hold: 2", "hold: 9")
    )
    (tmp_path / "gy.broken.yaml").write_text(broken.replace("gy.library_card", "gy.broken"))
    loaded = load_types(tmp_path)
    assert list(loaded.types) == ["gy.library_card"]
    assert [problem.path for problem in loaded.problems] == ["version", "assurance.hold", "claims[1].kind"]


def test_a_folder_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    (problem,) = load_types(tmp_path / "nowhere").problems
    assert "no such folder" in problem.problem
