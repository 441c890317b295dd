"""The catalogue, and the operations of cards that ask a department."""

import re
from typing import Any

import pytest

from tests.http.api_answers import problem, unchanged
from tests.http.api_services import FUND, HALLS, PARKS, SOCIAL, UNITS, agree, block, new_key, use
from tests.running_city import RunningCity

CARDS = "/api/v1/cards"


# --- the catalogue ---


async def found(city: RunningCity, query: str) -> list[str]:
    answer = (await city.client.get(f"{CARDS}?{query}")).raise_for_status()
    return [card["id"] for card in answer.json()["items"]]


async def test_the_cards_stand_under_their_themes(city: RunningCity) -> None:
    themes = (await city.client.get("/api/v1/themes")).json()["items"]
    assert [(theme["id"], theme["cards"]) for theme in themes] == [
        ("social_security", 1), ("housing", 1), ("government", 1), ("culture", 1), ("enterprise", 1),
    ]  # fmt: skip
    assert await found(city, "") == [SOCIAL, FUND, HALLS, PARKS, UNITS]
    assert await found(city, "theme=housing") == [FUND]
    assert HALLS in await found(city, "audience=enterprise")
    assert SOCIAL not in await found(city, "audience=enterprise")
    assert await found(city, "kind=booking") == [HALLS, PARKS]


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("公积金", FUND),
        ("gjj", FUND),
        ("gongjijin", FUND),
        ("housing", FUND),
        ("社保", SOCIAL),
        ("黔灵山", PARKS),
        ("护照", HALLS),
    ],
)
async def test_people_find_a_card_by_words_pinyin_and_initials(city: RunningCity, words: str, first: str) -> None:
    assert (await found(city, f"q={words}"))[0] == first


@pytest.mark.parametrize("words", ["zzzz", "😀", "'%3B DROP TABLE cards%3B --", "%25", "*", "\\", "长" * 60])
async def test_what_is_not_there_is_an_empty_list(city: RunningCity, words: str) -> None:
    assert await found(city, f"q={words}") == []


async def test_the_list_is_read_page_by_page(city: RunningCity) -> None:
    cards: list[str] = []
    after = ""
    while len(cards) < 5:
        page = (await city.client.get(f"{CARDS}?limit=1{after}")).json()
        cards += [card["id"] for card in page["items"]]
        after = f"&after={page['after']}"
    assert cards == [SOCIAL, FUND, HALLS, PARKS, UNITS]
    assert page["after"] is None


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("theme=unknown", 404, "catalogue.theme_not_found"),
        ("theme=%00", 404, "catalogue.theme_not_found"),
        ("theme=" + "x" * 49, 422, "request.invalid"),
        ("audience=everybody", 422, "request.invalid"),
        ("audience=PERSONAL", 422, "request.invalid"),
        ("kind=ticket", 422, "request.invalid"),
        ("region=52010", 422, "request.invalid"),
        ("region=５２０１００", 422, "request.invalid"),
        ("region=520100%0A", 422, "request.invalid"),
        ("q=" + "x" * 61, 422, "request.invalid"),
        ("q=a%00b", 422, "request.invalid"),
        ("q=a%0Ab", 422, "request.invalid"),
        ("q=%ED%A0%80", 400, "request.malformed"),
        ("limit=0", 422, "request.invalid"),
        ("limit=101", 422, "request.invalid"),
        ("limit=9999999999999999999999", 422, "request.invalid"),
        ("after=AAAA", 400, "request.cursor"),
        ("after=W10", 400, "request.cursor"),
        ("after=a.b", 422, "request.invalid"),
        ("after=", 422, "request.invalid"),
    ],
)
async def test_a_list_that_cannot_be_asked_for_is_refused(
    city: RunningCity, query: str, status: int, code: str
) -> None:
    problem(await city.client.get(f"{CARDS}?{query}"), status, code, query.partition("=")[2])


async def test_a_card_is_shown_with_all_that_a_front_end_asks(city: RunningCity) -> None:
    answer = await city.client.get(f"{CARDS}/{FUND}")
    card = answer.json()
    operations = {operation["name"]: operation for operation in card["operations"]}
    assert operations["balance"]["safe"]
    assert operations["balance"]["consent"] == ["id_number"]
    assert (operations["withdraw"]["assurance"], operations["withdraw"]["max_age"]) == (3, 600)
    assert "http" not in re.sub(r'"\$schema":"[^"]*"|data:[^"]*', "", answer.text), "no address of a department"
    again = await city.client.get(f"{CARDS}/{FUND}", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "card_id", ["gy.unknown", "GY.HOUSING_FUND", "gy.housing_fund%20", "themes.yaml", "gy.housing_fund%2Fcard.yaml"]
)
async def test_a_card_that_is_not_there_is_not_found(city: RunningCity, card_id: str) -> None:
    problem(await city.client.get(f"{CARDS}/{card_id}"), 404, "card.not_found", card_id)


# --- operations ---


async def test_social_security_shows_accounts_and_contributions(city: RunningCity) -> None:
    citizen = await city.sign_in(2, persona="chen_guoqiang")
    await agree(city, citizen, SOCIAL)
    accounts = await use(city, citizen, SOCIAL, "accounts")
    assert [row[0] for row in block(accounts, "table")["rows"]] == ["养老保险", "医疗保险", "失业保险"]
    for kind in ("pension", "medical", "unemployment"):
        year = await use(city, citizen, SOCIAL, "contributions", {"kind": kind, "year": 2025})
        assert len(block(year, "table")["rows"]) == 12
    assert citizen.person["id_number"] not in accounts.text + year.text


async def test_an_answer_speaks_the_language_that_was_asked_for(city: RunningCity) -> None:
    citizen = await city.sign_in(2)
    await agree(city, citizen, SOCIAL)
    answer = await use(city, citizen, SOCIAL, "accounts", headers={"Accept-Language": "en"})
    assert [row[0] for row in block(answer, "table")["rows"]] == ["Pension", "Medical", "Unemployment"]


WRONG_INPUT: list[tuple[Any, str]] = [
    ({}, "/kind"),
    ({"kind": "pension"}, "/year"),
    ({"kind": "pension", "year": 1989}, "/year"),
    ({"kind": "pension", "year": 2101}, "/year"),
    ({"kind": "pension", "year": "2025"}, "/year"),
    ({"kind": "pension", "year": 2025.5}, "/year"),
    ({"kind": "pension", "year": True}, "/year"),
    ({"kind": "pension", "year": None}, "/year"),
    ({"kind": "pension", "year": 1e300}, "/year"),
    ({"kind": "lottery-4c1b8e", "year": 2025}, "/kind"),
    ({"kind": "PENSION", "year": 2025}, "/kind"),
    ({"kind": "", "year": 2025}, "/kind"),
    ({"kind": "pension\0", "year": 2025}, "/kind"),
    ({"kind": "😀😀", "year": 2025}, "/kind"),
    ({"kind": ["pension"], "year": 2025}, "/kind"),
    ({"kind": {"$ref": "x"}, "year": 2025}, "/kind"),
    ({"kind": "pension", "year": 2025, "id_number": "11010519491231002X"}, ""),
    ({"kind": "pension", "year": 2025, "4c1b8e": 1}, ""),
]


async def test_input_that_the_card_does_not_ask_for_never_reaches_the_department(city: RunningCity) -> None:
    citizen = await city.sign_in(2)
    await agree(city, citizen, SOCIAL)
    async with unchanged(city, citizen):
        for entered, pointer in WRONG_INPUT:
            answer = await use(city, citizen, SOCIAL, "contributions", entered)
            body = problem(answer, 422, "card.input_invalid", "4c1b8e", "11010519491231002X")
            assert pointer in [error["pointer"] for error in body["errors"]]
        for entered in ({"x": 1}, {"id_number": "11010519491231002X"}, {"": {}}):
            answer = await use(city, citizen, SOCIAL, "accounts", entered)
            problem(answer, 422, "card.input_invalid", "11010519491231002X")


async def test_numbers_and_depths_that_not_everybody_can_read_are_no_input(city: RunningCity) -> None:
    citizen = await city.sign_in(2)
    await agree(city, citizen, SOCIAL)
    path = f"{CARDS}/{SOCIAL}/operations/contributions"
    headers = {**citizen.headers, "Content-Type": "application/json"}
    async with unchanged(city, citizen):
        for year in (b"1" * 400, b"NaN", b"Infinity", b"-1e999", b"[" * 120 + b"]" * 120):
            body = b'{"input": {"kind": "pension", "year": %s}}' % year
            problem(await city.client.post(path, content=body, headers=headers), 422, "card.input_invalid")
        many = {"input": {f"field{number}": 1 for number in range(201)}}
        problem(await city.client.post(path, json=many, headers=citizen.headers), 422, "request.invalid")


@pytest.mark.parametrize(
    ("card_id", "operation", "code"),
    [
        (SOCIAL, "unknown", "card.operation_not_found"),
        (SOCIAL, "__class__", "card.operation_not_found"),
        (SOCIAL, "Accounts", "card.operation_not_found"),
        (PARKS, "accounts", "card.operation_not_found"),
        ("gy.unknown", "accounts", "card.not_found"),
    ],
)
async def test_an_operation_that_is_not_there_is_not_found(
    city: RunningCity, card_id: str, operation: str, code: str
) -> None:
    citizen = await city.sign_in(2)
    async with unchanged(city, citizen):
        problem(await use(city, citizen, card_id, operation), 404, code, operation)


async def test_a_card_asks_for_the_assurance_that_it_needs(city: RunningCity) -> None:
    citizen = await city.sign_in(1)
    await agree(city, citizen, SOCIAL, FUND)
    async with unchanged(city, citizen):
        body = problem(await use(city, citizen, SOCIAL, "accounts"), 401, "identity.step_up_needed")
        assert (body["acr_values"], body["max_age"]) == ("2", None)
        answer = await use(city, citizen, FUND, "withdraw", key=new_key())
        body = problem(answer, 401, "identity.step_up_needed")
        assert (body["acr_values"], body["max_age"]) == ("3", 600)
        challenge = 'Bearer error="insufficient_user_authentication", acr_values="3", max_age=600'
        assert answer.headers["WWW-Authenticate"] == challenge


async def test_nobody_asks_in_somebody_elses_name(city: RunningCity) -> None:
    """Whose record is asked for is never taken from what a caller sends."""
    citizen, other = await city.sign_in(2), await city.sign_in(2)
    await agree(city, citizen, FUND)
    async with unchanged(city, citizen, other):
        for entered in (
            {"id_number": other.person["id_number"]},
            {"citizen": {"id_number": other.person["id_number"]}},
        ):
            answer = await use(city, citizen, FUND, "balance", entered)
            problem(answer, 422, "card.input_invalid", other.person["id_number"])
