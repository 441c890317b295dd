"""The checker as a whole: all problems at once, each where it stands; and what a card's folder may hold."""

from pathlib import Path

import pytest

from service_registry.checker import check_card, rendered
from tests.card_workshop import CARD, edit, line_of, places, problems_of, workshop

YAML, INPUT, OUTPUT = "card.yaml", "schemas/input.json", "schemas/output.json"


def test_a_good_card_has_no_problem(tmp_path: Path) -> None:
    for kind in ("query", "booking", "link"):
        (tmp_path / kind).mkdir()
        assert problems_of(workshop(tmp_path / kind, kind), production=True) == []


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    """Faults of form do not hide what is wrong between the other fields, nor in the schemas."""
    card = workshop(tmp_path)
    edit(card, YAML, "theme: government", "theme: nowhere")
    edit(card, YAML, "per_citizen: 100/day", "per_citizen: many")
    edit(card, YAML, "block: summary", "block: chart")
    edit(card, YAML, "value: amount", "value: sum")
    edit(card, YAML, "on_site_visits: 0", "on_site_visits: 2")
    edit(card, INPUT, '"maximum": 2100,', "")
    edit(card, OUTPUT, '"additionalProperties": true,\n        ', "")
    assert places(problems_of(card)) == [
        (YAML, line_of(card, YAML, "theme:"), "theme"),
        (YAML, line_of(card, YAML, "on_site_visits"), "item.on_site_visits"),
        (YAML, line_of(card, YAML, "per_citizen"), "limits.per_citizen"),
        (YAML, line_of(card, YAML, "chart"), "operations.records.view[0]"),
        (YAML, line_of(card, YAML, "value: sum"), "operations.records.view[1].columns[1].value"),
        (INPUT, line_of(card, INPUT, '"year": {'), "properties.year"),
        (OUTPUT, line_of(card, OUTPUT, '"items": {'), "properties.entries.items"),
    ]


def test_what_is_set_aside_is_not_reported_as_missing(tmp_path: Path) -> None:
    card = workshop(tmp_path)
    edit(card, YAML, "timeout: 3s", "timeout: soon")
    edit(card, YAML, "safe: true", "safe: perhaps")
    assert [problem.path for problem in problems_of(card)] == ["upstream.timeout", "operations.records.safe"]


def test_problems_read_as_sentences_with_the_place_first(tmp_path: Path) -> None:
    card = workshop(tmp_path)
    edit(card, YAML, "value: total", "value: totl")
    assert rendered(problems_of(card)) == (
        f"xx.starter/card.yaml:{line_of(card, YAML, 'totl')}  operations.records.view[0].value\n"
        "    `totl` names `totl`, which is not there\n"
        "    -> There is entries, total."
    )


def test_one_card_is_checked_among_the_themes_around_it(tmp_path: Path) -> None:
    card = workshop(tmp_path)
    (tmp_path / "themes.yaml").write_text("- {id: other, name: {zh: 其他, en: Other}}\n", "utf-8")
    (problem,) = check_card(card)
    assert (problem.path, problem.remedy) == ("theme", "Use one of other, or add it to themes.yaml.")


def test_plain_http_is_for_the_demo_only(tmp_path: Path) -> None:
    card = workshop(tmp_path)
    edit(card, YAML, '"${STARTER_URL}"', '"http://127.0.0.1:8090"')
    assert problems_of(card) == []
    (problem,) = problems_of(card, production=True)
    assert (problem.path, problem.line) == ("upstream.base_url", line_of(card, YAML, "base_url"))


def test_a_file_that_nothing_uses_is_named(tmp_path: Path) -> None:
    card = workshop(tmp_path)
    (card / "schemas" / "old.json").write_text("{}", "utf-8")
    (card / "README.md").write_text("Notes.", "utf-8")
    (card / ".hidden").write_text("an editor's", "utf-8")
    assert places(problems_of(card)) == [("schemas/old.json", 1, "")]


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    card = workshop(tmp_path)
    (tmp_path / "secret.json").write_text('{"type": "object", "additionalProperties": false}', "utf-8")
    (card / "schemas" / "output.json").unlink()
    (card / "schemas" / "output.json").symlink_to(tmp_path / "secret.json")
    assert "is no file of the card's folder" in rendered(problems_of(card))


def test_a_folder_without_a_manifest_is_named(tmp_path: Path) -> None:
    (workshop(tmp_path) / YAML).unlink()
    assert places(check_card(tmp_path / CARD)) == [(YAML, 1, "")]


@pytest.mark.parametrize("content", ["[]", "5", "null", "'x'"])
def test_a_manifest_that_is_no_mapping_is_named(content: str, tmp_path: Path) -> None:
    card = workshop(tmp_path)
    (card / YAML).write_text(content, "utf-8")
    (problem,) = problems_of(card)
    assert problem.problem == "the file holds no manifest"


def test_what_a_booking_plan_says_against_itself_is_named_part_by_part(tmp_path: Path) -> None:
    card = workshop(tmp_path, "booking")
    edit(card, YAML, "schedule: weekdays", "schedule: weekends\n      path: {hall: a}")
    edit(card, YAML, "[[resource]]", "[[hall]]")
    assert places(problems_of(card)) == [
        (YAML, line_of(card, YAML, "schedule: weekends"), "booking.resources[0].schedule"),
        (YAML, line_of(card, YAML, "path:"), "booking.resources[0].path"),
        (YAML, line_of(card, YAML, "one_live"), "booking.rules.one_live_booking_per[0]"),
    ]


def test_a_booking_card_asks_for_no_consent_it_has_no_use_for(tmp_path: Path) -> None:
    card = workshop(tmp_path, "booking")
    edit(card, YAML, "access: {assurance: 2}", "access: {assurance: 2, consent: [name]}")
    (problem,) = problems_of(card)
    assert problem.path == "access.consent"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("icon.svg", b"<svg><script>alert(1)</script></svg>", "does more than draw"),
        ("icon.svg", b"<svg onload='alert(1)'></svg>", "does more than draw"),
        ("icon.svg", b"<svg><image href='https://example.cn/x.png'/></svg>", "does more than draw"),
        ("icon.svg", b"<svg><style>@import 'x'</style></svg>", "does more than draw"),
        ("icon.svg", b"<html></html>", "not what its name says"),
        ("icon.png", b"<svg></svg>", "not what its name says"),
        ("icon.svg", b"<svg>" + b" " * 8192, "bytes"),
    ],
)
def test_an_icon_only_draws(name: str, content: bytes, says: str, tmp_path: Path) -> None:
    card = workshop(tmp_path)
    (card / name).write_bytes(content)
    edit(card, YAML, "audience:", f"icon: {name}\naudience:")
    (problem,) = problems_of(card)
    assert problem.path == "icon"
    assert says in problem.problem


def test_conditions_between_fields_need_no_bounds_of_their_own(tmp_path: Path) -> None:
    card = workshop(tmp_path)
    condition = '"if": {"properties": {"year": {"minimum": 2050}}}, "then": {"required": ["year"]},\n  "properties": {'
    edit(card, INPUT, '"properties": {', condition)
    assert problems_of(card) == []
