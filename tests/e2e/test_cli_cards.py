"""A department's way: start a card, check it, put it into the folder, and it is served."""

import asyncio
import shutil
from pathlib import Path

import pytest

from tests import delivered
from tests.delivered import delivered_copy
from tests.e2e.bookings import first_open_slot
from tests.e2e.command_line import cst
from tests.running_city import log_lines, running_city

DELIVERED = set(delivered.DELIVERED)
KINDS = {"gy.water_bill": "query", "gy.watchtower": "booking", "gy.gazette": "link"}


@pytest.fixture
def cards(tmp_path: Path) -> Path:
    """The city's folder of cards, to add to."""
    return delivered_copy(tmp_path)


async def test_new_cards_are_served_without_any_other_change_and_a_broken_one_is_left_out(
    cards: Path, tmp_path: Path
) -> None:
    made = await asyncio.gather(*(cst("card", "new", name, "--kind", KINDS[name], "--cards", cards) for name in KINDS))
    for name, new in zip(KINDS, made, strict=True):
        assert (new.code, new.err) == (0, "")
        assert new.out.splitlines()[0] == f"made {cards / name}; change it, then: cst card check {name}"
    broken = cards / "gy.broken"
    shutil.copytree(cards / "gy.gazette", broken)

    settings = {
        "cards": {"folder": str(cards)},
        "departments": {"addresses": {"WATER_BILL_URL": "http://127.0.0.1:9/water"}},
    }
    async with running_city(tmp_path, settings) as city:
        listed = (await city.client.get("/api/v1/cards", params={"limit": 100})).json()["items"]
        names = {card["id"] for card in listed}
        assert names == DELIVERED | KINDS.keys()
        for name, kind in KINDS.items():
            assert (await city.client.get(f"/api/v1/cards/{name}")).json()["kind"] == kind
        assert (await first_open_slot(city, "gy.watchtower", "counter")).places == 5
        assert (await city.client.get("/api/v1/cards/gy.broken")).status_code == 404
        left_out = [line for line in log_lines(city) if line["event"] == "card left out"]
        assert {line["file"] for line in left_out} == {"gy.broken/card.yaml"}
        assert all(line["level"] == "error" and line["line"] >= 1 and line["problem"] for line in left_out)


async def test_the_checker_says_file_line_and_remedy_of_everything_that_is_wrong(cards: Path) -> None:
    assert (await cst("card", "new", "gy.water_bill", "--cards", cards)).code == 0
    manifest = cards / "gy.water_bill/card.yaml"
    good = manifest.read_text()
    manifest.write_text(good.replace("timeout: 3s", "timeout: 3 hours").replace("title: {zh: 合计", "titel: {zh: 合计"))
    (cards / "gy.social_security/icon.svg").unlink()

    one, every = await asyncio.gather(
        cst("card", "check", "gy.water_bill", "--cards", cards), cst("card", "check", "--cards", cards)
    )
    assert (one.code, one.out, every.code, every.out) == (1, "", 1, "")
    for wrong in ("timeout: 3 hours", "titel:"):
        line = next(number for number, text in enumerate(manifest.read_text().splitlines(), 1) if wrong in text)
        assert f"gy.water_bill/card.yaml:{line}" in one.err
    assert one.err.count("->") >= 2
    assert one.err.strip() in every.err
    assert "gy.social_security/card.yaml:" in every.err
    assert "gy.social_security" not in one.err

    manifest.write_text(good)
    mended = await cst("card", "check", "gy.water_bill", "--cards", cards)
    assert (mended.code, mended.out, mended.err) == (0, "the cards are as they must be\n", "")


async def test_a_card_that_is_there_is_not_written_over(cards: Path) -> None:
    manifest = cards / "gy.housing_fund/card.yaml"
    before = manifest.read_bytes()
    taken, nameless = await asyncio.gather(
        cst("card", "new", "gy.housing_fund", "--cards", cards), cst("card", "new", "../evil", "--cards", cards)
    )
    assert (taken.code, taken.out) == (1, "")
    assert taken.err.startswith("gy.housing_fund: ")
    assert (nameless.code, nameless.out) == (1, "")
    assert nameless.err.startswith("../evil: ")
    assert manifest.read_bytes() == before
    assert not (cards / "../evil").exists()
