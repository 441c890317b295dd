"""Cards that change while the city runs: good ones are taken over, broken ones change nothing, removed ones go."""

import logging
import shutil
from pathlib import Path

import pytest

from server.adapters.index_process import indexed_apart
from service_registry.catalogue import Catalogue
from service_registry.errors import CardNotFound
from service_registry.indexing import indexed
from service_registry.search import Findable
from service_registry.shelf import Shelf
from tests.card_workshop import CARD, edit, workshop
from tests.delivered import delivered

ADDRESSES = {"STARTER_URL": "https://water.example.cn/api"}


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    workshop(tmp_path)
    made = Shelf(tmp_path, production=False)
    made.put(made.read(ADDRESSES))
    return made


def name_of(catalogue: Catalogue) -> str:
    return catalogue.card(CARD).manifest.name.en


def test_a_changed_card_is_taken_over_and_the_catalogue_stays_the_same_object(shelf: Shelf, tmp_path: Path) -> None:
    catalogue, version, name = shelf.catalogue, shelf.catalogue.version, name_of(shelf.catalogue)
    used = catalogue.card(CARD)
    edit(tmp_path / CARD, "card.yaml", f"en: {name}", "en: Water of tomorrow")
    reading = shelf.read(ADDRESSES)
    assert name_of(catalogue) == name
    shelf.put(reading)
    assert name_of(catalogue) == "Water of tomorrow"
    assert catalogue.version != version
    assert [card.id for card in catalogue.page(q="tomorrow").items] == [CARD]
    assert used.manifest.name.en == name


def test_a_broken_card_stays_as_it_was_until_it_is_mended(
    shelf: Shelf, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / CARD / "card.yaml"
    whole, name = file.read_text(), name_of(shelf.catalogue)
    for broken in ("id: [", "", whole.replace("kind: query", "kind: magic")):
        file.write_text(broken)
        with caplog.at_level(logging.ERROR):
            shelf.put(shelf.read(ADDRESSES))
        assert name_of(shelf.catalogue) == name
        assert {record.message for record in caplog.records} == {"card stays as it was"}
        caplog.clear()
    file.write_text(whole.replace(f"en: {name}", "en: Mended"))
    shelf.put(shelf.read(ADDRESSES))
    assert name_of(shelf.catalogue) == "Mended"


def test_a_card_that_never_loaded_is_left_out(shelf: Shelf, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "xx.broken").mkdir()
    (tmp_path / "xx.broken" / "card.yaml").write_text("id: xx.broken")
    shelf.put(shelf.read(ADDRESSES))
    assert list(shelf.catalogue.cards) == [CARD]
    assert {record.message for record in caplog.records} == {"card left out"}


def test_a_card_whose_folder_is_removed_goes_and_a_missing_folder_of_cards_takes_none_along(
    shelf: Shelf, tmp_path: Path
) -> None:
    elsewhere = tmp_path.with_name("elsewhere")
    tmp_path.rename(elsewhere)
    shelf.put(shelf.read(ADDRESSES))
    assert list(shelf.catalogue.cards) == [CARD]
    elsewhere.rename(tmp_path)
    shutil.rmtree(tmp_path / CARD)
    shelf.put(shelf.read(ADDRESSES))
    assert not shelf.catalogue.cards
    with pytest.raises(CardNotFound):
        shelf.catalogue.card(CARD)


def test_an_index_made_by_another_process_is_the_same() -> None:
    loaded = delivered()
    cards = [
        Findable(card.manifest.name, card.manifest.keywords, (card.manifest.summary,)) for card in loaded.cards.values()
    ]
    assert indexed_apart(cards) == indexed(cards)
