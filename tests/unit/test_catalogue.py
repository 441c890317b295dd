"""The catalogue: what there is, in a stable order, found by theme, audience, region, and what people type."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.documents import BadCursor
from core.text import text
from service_registry.card import LoadedCard
from service_registry.catalogue import Catalogue
from service_registry.errors import CardNotFound, ThemeNotFound
from service_registry.loading import load_cards
from service_registry.manifest import Audience
from tests.delivered import delivered

LOADED = delivered()
CITY = Catalogue.of(LOADED.cards.values(), LOADED.themes)
MODEL = LOADED.cards["gy.housing_fund"]


def card(
    number: int,
    theme: str = "housing",
    audience: Sequence[Audience] = ("personal",),
    regions: Sequence[str] = (),
) -> LoadedCard:
    """One of many cards: `xx.card_0007`."""
    access = MODEL.manifest.access.model_copy(update={"regions": tuple(regions)})
    changes = {"id": f"xx.card_{number:04}", "theme": theme, "audience": tuple(audience), "access": access}
    return replace(MODEL, manifest=MODEL.manifest.model_copy(update=changes), digest=str(number))


def ids(catalogue: Catalogue, **asked: object) -> list[str]:
    return [found.id for found in catalogue.page(limit=100, **asked).items]  # type: ignore[arg-type]


def test_cards_stand_in_the_order_of_themes() -> None:
    assert ids(CITY) == [
        "gy.social_security", "gy.housing_fund", "gy.appointments", "gy.scenic_spots", "gy.enterprise_social_security",
    ]  # fmt: skip
    assert list(CITY.cards) == ids(CITY)
    themes = [(theme.id, theme.cards) for theme in CITY.themes()]
    counted = ("social_security", "housing", "government", "culture", "enterprise")
    assert themes == [(theme, 1) for theme in counted]


def test_a_summary_says_what_a_list_shows() -> None:
    fund = CITY.page(q="公积金").items[0]
    assert (fund.name.zh, fund.name.en) == ("公积金查询", "Housing fund")
    assert (fund.kind, fund.theme, fund.assurance) == ("query", "housing", 2)
    assert fund.department.name.zh == "贵阳市住房公积金管理中心"
    assert fund.icon is not None
    assert fund.icon.startswith("data:image/svg+xml;base64,")


def test_a_detail_says_all_that_a_front_end_asks_and_shows() -> None:
    fund = CITY.detail("gy.housing_fund")
    assert [operation.name for operation in fund.operations] == ["balance", "details", "withdraw"]
    balance, _, withdraw = fund.operations
    assert (balance.safe, balance.assurance, balance.max_age, balance.consent) == (True, 2, None, ("id_number",))
    assert (withdraw.safe, withdraw.assurance, withdraw.max_age) == (False, 3, 600)
    assert withdraw.input is not None
    assert withdraw.input["properties"]["purpose"]["x-labels"]["rent"] == {"zh": "租房", "en": "Rent"}
    assert fund.item.promise_days == 3
    written = fund.model_dump(mode="json")
    assert written["limits"]["per_citizen"] == "200/day"
    assert written["access"]["hours"] == "00:00-24:00"
    assert "upstream" not in written
    assert "://" not in str(written["operations"]).replace("https://json-schema.org", "")


def test_a_booking_card_tells_its_rules() -> None:
    spots, counters = CITY.detail("gy.scenic_spots").booking, CITY.detail("gy.appointments").booking
    assert spots is not None
    assert counters is not None
    assert (spots.companions_max, spots.days_ahead, spots.levels) == (5, 7, ())
    assert [level.key for level in counters.levels] == ["department", "matter", "hall"]


def test_what_is_not_there_is_named() -> None:
    for ask in (CITY.card, CITY.detail, CITY.terms):
        with pytest.raises(CardNotFound):
            ask("gy.nothing")
    with pytest.raises(ThemeNotFound) as caught:
        CITY.page(theme="nothing")
    assert "housing" in str(caught.value.facts["themes"])


def test_a_theme_without_cards_is_an_empty_list() -> None:
    page = CITY.page(theme="justice")
    assert (page.items, page.total, page.after) == ((), 0, None)


def test_filters_hold_together() -> None:
    catalogue = Catalogue.of(
        [card(1), card(2, "tax"), card(3, audience=["enterprise"]), card(4, audience=["personal", "enterprise"])],
        LOADED.themes,
    )
    assert ids(catalogue, theme="tax") == ["xx.card_0002"]
    assert ids(catalogue, audience="enterprise") == ["xx.card_0003", "xx.card_0004"]
    assert ids(catalogue, theme="housing", audience="personal") == ["xx.card_0001", "xx.card_0004"]
    assert ids(catalogue, theme="tax", audience="enterprise") == []
    assert ids(catalogue, theme="tax", q="公积金") == ["xx.card_0002"]


def test_a_region_has_its_own_cards_and_those_of_what_is_around_it() -> None:
    catalogue = Catalogue.of(
        [card(1), card(2, regions=["520100"]), card(3, regions=["520102"]), card(4, regions=["520111", "520103"])],
        LOADED.themes,
    )
    assert ids(catalogue, region="520102") == ["xx.card_0001", "xx.card_0002", "xx.card_0003"]
    assert ids(catalogue, region="520103") == ["xx.card_0001", "xx.card_0002", "xx.card_0004"]
    assert ids(catalogue, region="110101") == ["xx.card_0001"]


MANY = [card(number, ("housing", "tax", "health")[number % 3]) for number in range(57)]
MANY_CARDS = Catalogue.of(MANY, LOADED.themes)


def test_a_page_has_at_most_a_hundred() -> None:
    crowd = Catalogue.of([card(number) for number in range(150)], LOADED.themes)
    assert len(crowd.page(limit=10**9).items) == 100


@given(st.integers(1, 100), st.sampled_from([None, "公积金", "housing", "cha"]))
@settings(deadline=None)
def test_walking_the_pages_meets_every_card_once(limit: int, q: str | None) -> None:
    met: list[str] = []
    after = None
    while True:
        page = MANY_CARDS.page(q=q, limit=limit, after=after)
        assert len(page.items) <= limit
        assert page.total == len(MANY)
        met += [found.id for found in page.items]
        after = page.after
        if after is None:
            break
    assert met == ids(MANY_CARDS, q=q)
    assert sorted(met) == sorted(MANY_CARDS.cards)


@given(st.sets(st.integers(0, 56)), st.sets(st.integers(57, 90)), st.integers(1, 20))
@settings(deadline=None)
def test_cards_that_come_and_go_between_pages_repeat_and_hide_no_other(
    gone: set[int], come: set[int], limit: int
) -> None:
    first = MANY_CARDS.page(limit=limit)
    later = [one for number, one in enumerate(MANY) if number not in gone] + [card(number) for number in come]
    second = Catalogue.of(later, LOADED.themes).page(limit=100, after=first.after)
    met, before = [one.id for one in second.items], [one.id for one in first.items]
    assert not set(met) & set(before)
    stayed = {f"xx.card_{number:04}" for number in range(57) if number not in gone}
    assert stayed - set(before) <= set(met)


@pytest.mark.parametrize("after", ["x", "", "WzEsMiwzXQ", "a" * 500, "{}", "WyJjYXRhbG9ndWUiLFsxLDJdLDVd", "🎫"])
def test_a_cursor_of_another_list_is_refused(after: str) -> None:
    if not after:
        assert CITY.page(after=after).items
        return
    with pytest.raises(BadCursor):
        CITY.page(after=after)


@given(st.text(max_size=40))
@settings(deadline=None)
def test_no_cursor_breaks_the_list(after: str) -> None:
    try:
        CITY.page(after=after)
    except BadCursor as refused:
        assert refused.code == "request.cursor"  # noqa: PT017  # most are refused, some are a place in the list


@pytest.mark.parametrize(("limit", "shown"), [(-1, 1), (0, 1), (1, 1), (3, 3), (100, 57), (10**9, 57)])
def test_a_page_has_at_least_one(limit: int, shown: int) -> None:
    assert len(MANY_CARDS.page(limit=limit).items) == shown


def test_the_version_changes_with_cards_and_themes_and_with_nothing_else() -> None:
    again = delivered()
    assert Catalogue.of(again.cards.values(), again.themes).version == CITY.version
    assert Catalogue.of(reversed(list(again.cards.values())), again.themes).version == CITY.version
    fewer = list(LOADED.cards.values())[:-1]
    changed = [*fewer, replace(list(LOADED.cards.values())[-1], digest="other")]
    versions = {
        CITY.version,
        Catalogue.of(fewer, LOADED.themes).version,
        Catalogue.of(changed, LOADED.themes).version,
        Catalogue.of(LOADED.cards.values(), LOADED.themes[:-1]).version,
    }
    assert len(versions) == 4


def test_consent_terms_are_what_all_operations_together_send() -> None:
    terms = CITY.terms("gy.housing_fund")
    assert (terms.department, terms.fields) == ("gy.housing_fund_centre", ("id_number",))
    assert terms.purpose.zh == "办理“公积金查询”"
    assert CITY.terms("gy.scenic_spots").fields == ()


def test_a_card_tells_what_consent_to_it_covers() -> None:
    assert CITY.detail("gy.housing_fund").consent == CITY.terms("gy.housing_fund")
    assert CITY.detail("gy.scenic_spots").consent is None
    assert CITY.department_name("gy.housing_fund_centre").en == "Guiyang Housing Fund Management Centre"
    assert CITY.department_name("gy.closed_long_ago") == text("gy.closed_long_ago", "gy.closed_long_ago")


def test_an_empty_city_has_an_empty_catalogue(tmp_path: Path) -> None:
    loaded = load_cards(tmp_path)
    catalogue = Catalogue.of(loaded.cards.values(), loaded.themes)
    assert catalogue.page(q="公积金").items == ()
    assert catalogue.themes() == ()
