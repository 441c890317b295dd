"""Search: people find a card by Chinese words or parts of them, by pinyin, by initials, by English; best fit first."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.text import text
from service_registry.catalogue import Catalogue
from service_registry.indexing import indexed
from service_registry.search import Findable, SearchIndex
from tests.delivered import delivered

LOADED = delivered()
CITY = Catalogue.of(LOADED.cards.values(), LOADED.themes)
FUND, SECURITY, COUNTERS, SPOTS = "gy.housing_fund", "gy.social_security", "gy.appointments", "gy.scenic_spots"


def found(query: str) -> list[str]:
    return [card.id for card in CITY.page(q=query).items]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("公积金", FUND), ("公积金查询", FUND), ("公积", FUND), ("积金", FUND), ("住房公积金", FUND),
        ("gjj", FUND), ("GJJ", FUND), ("gjjcx", FUND), ("gongjijin", FUND), ("gongji", FUND), ("gong ji jin", FUND),
        ("ｇｊｊ", FUND), ("公积金提取", FUND), ("怎么提取公积金", FUND), ("我要查公积金余额", FUND),
        ("housing", FUND), ("HOUSING FUND", FUND), ("fund", FUND), ("withdrawal", FUND), ("provident", FUND),
        ("社保", SECURITY), ("shebao", SECURITY), ("sb", SECURITY), ("sbcx", SECURITY), ("养老", SECURITY),
        ("养老保险", SECURITY), ("yanglaobaoxian", SECURITY), ("ylbx", SECURITY), ("缴费记录", SECURITY),
        ("失业保险", SECURITY), ("pension", SECURITY), ("social", SECURITY), ("医保缴费", SECURITY),
        ("政务大厅", COUNTERS), ("zwdt", COUNTERS), ("取号", COUNTERS), ("护照", COUNTERS), ("huzhao", COUNTERS),
        ("结婚登记", COUNTERS), ("高龄津贴", COUNTERS), ("passport", COUNTERS), ("预约护照", COUNTERS),
        ("公园", SPOTS), ("黔灵山", SPOTS), ("甲秀楼", SPOTS), ("jiaxiulou", SPOTS), ("青岩古镇", SPOTS),
        ("景区", SPOTS), ("museum", SPOTS), ("公园门票", SPOTS), ("景区 预约", SPOTS), ("tourism", SPOTS),
    ],
)  # fmt: skip
def test_people_find_what_they_mean(query: str, first: str) -> None:
    assert found(query)[:1] == [first]


@pytest.mark.parametrize("query", ["xyzzy", "量子力学", "🎫", "。。。", "٠١٢", "公积金 量子"])
def test_what_is_not_there_is_not_found(query: str) -> None:
    assert found(query) == []


@pytest.mark.parametrize("query", ["", "   ", "\t\n"])
def test_nothing_typed_is_the_whole_list(query: str) -> None:
    assert found(query) == [card.id for card in CITY.page().items]


def test_two_words_are_both_meant() -> None:
    assert set(found("预约")) == {COUNTERS, SPOTS}
    assert found("预约 公园") == [SPOTS]
    assert found("预约 窗口") == [COUNTERS]


def test_the_name_comes_before_its_beginning_before_a_word_in_it_before_keywords_before_the_rest() -> None:
    named: list[tuple[str, tuple[str, ...]]] = [
        ("养老", ()),
        ("养老认证", ()),
        ("机构养老", ()),
        ("老年卡", ("养老",)),
        ("敬老卡", ("养老服务",)),
        ("体检", ()),
    ]
    cards = [
        Findable(text(name, name), keywords, [text("为养老机构的老人体检" if name == "体检" else "服务", "-")])
        for name, keywords in named
    ]
    scores = SearchIndex(indexed(cards)).scores("养老")
    assert sorted(scores, key=lambda card: -scores[card]) == [0, 1, 2, 3, 4, 5]
    assert len(set(scores.values())) == 6


def test_the_order_of_equally_good_cards_is_the_catalogues() -> None:
    assert found("预约") == [COUNTERS, SPOTS]


@given(st.text(max_size=200))
@settings(deadline=None)
def test_anything_can_be_typed(query: str) -> None:
    shown = CITY.page(q=query)
    assert shown.total == len(shown.items) <= len(CITY.cards)


@pytest.mark.parametrize(
    "query",
    [
        "公" * 10_000, "a" * 10_000, "公a" * 5_000, "\x00\x1b[31m公积金", "公\u200b积\u200b金", "\ud800", "👩👧" * 500,
        "ﷺ" * 40, "' OR 1=1 --", "%_*?[]\\", "\u202egjj", "İ", "ß", "㍿", "龘" * 40,
    ],
)  # fmt: skip
def test_strange_text_is_only_text(query: str) -> None:
    CITY.page(q=query)


def test_invisible_characters_and_widths_do_not_hide_a_card() -> None:
    for query in (" 公积金 ", "公积金。", "（公积金）", "公积金\n", "ＧＪＪ", "Housing-Fund", "housing_fund"):
        assert found(query)[:1] == [FUND], query


@given(st.sampled_from(["公积金查询", "社保查询", "政务大厅预约", "景区预约"]), st.integers(1, 6))
@settings(deadline=None)
def test_every_beginning_of_a_name_finds_it(name: str, length: int) -> None:
    names = [card.name.zh for card in CITY.page(q=name[:length]).items]
    assert name in names
