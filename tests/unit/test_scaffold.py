"""`cst card new`: what it makes passes the checker as it is, and runs; what cannot be made leaves nothing behind."""

from pathlib import Path
from typing import get_args

import pytest

from service_registry.catalogue import Catalogue
from service_registry.checker import check_cards
from service_registry.loading import load_cards
from service_registry.manifest import Kind
from service_registry.scaffold import STARTERS, CardExists, CardIdInvalid, new_card

KINDS: tuple[Kind, ...] = get_args(Kind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_card_passes_the_checker_and_is_in_the_catalogue(kind: Kind, tmp_path: Path) -> None:
    folder, problems = new_card(tmp_path, "gy.water_bill", kind)
    assert (folder, problems) == (tmp_path / "gy.water_bill", [])
    assert check_cards(tmp_path, production=True) == []
    loaded = load_cards(tmp_path, {"WATER_BILL_URL": "https://water.example.cn"}, production=True)
    catalogue = Catalogue.of(loaded.cards.values(), loaded.themes)
    card = catalogue.detail("gy.water_bill")
    assert (card.kind, card.department.id, card.version) == (kind, "gy.department", "0.1.0")
    assert [found.id for found in catalogue.page(q="xinfuwu").items] == ["gy.water_bill"]


def test_the_starter_leaves_nothing_of_its_own_behind(tmp_path: Path) -> None:
    for kind in KINDS:
        folder, _ = new_card(tmp_path, f"gy.{kind}_card", kind)
        written = [path.read_text("utf-8") for path in folder.rglob("*") if path.is_file()]
        assert not [text for text in written if "xx." in text or "STARTER" in text]


def test_there_is_a_starter_of_each_kind() -> None:
    assert sorted(path.name for path in STARTERS.iterdir()) == sorted(KINDS)


def test_a_new_card_stands_under_a_theme_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "themes.yaml").write_text("- {id: water, name: {zh: 水务, en: Water}}\n", "utf-8")
    _, problems = new_card(tmp_path, "gy.water_bill", "link")
    assert problems == []
    assert load_cards(tmp_path).cards["gy.water_bill"].manifest.theme == "water"


def test_a_card_that_is_there_is_not_touched(tmp_path: Path) -> None:
    folder, _ = new_card(tmp_path, "gy.water_bill", "link")
    before = (folder / "card.yaml").read_bytes()
    with pytest.raises(CardExists):
        new_card(tmp_path, "gy.water_bill", "query")
    assert (folder / "card.yaml").read_bytes() == before
    assert [path.name for path in folder.iterdir()] == ["card.yaml"]


@pytest.mark.parametrize(
    "card_id", ["", "water", "gy.", ".x", "GY.Water", "gy/water", "../gy.water", "gy.water.bill", "gy.w\n"]
)
def test_what_is_no_id_makes_no_folder(card_id: str, tmp_path: Path) -> None:
    with pytest.raises(CardIdInvalid):
        new_card(tmp_path, card_id, "query")
    assert list(tmp_path.iterdir()) == []
