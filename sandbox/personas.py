"""The people of the sandbox. Nobody is real: 520100 is the code of a whole city, under which no number is issued."""

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from sandbox.population import birth_date, check_digit, generated_name, is_id_number

Words = dict[str, str]
AuthorityPhoto = Literal["own", "another", "none"]


@dataclass(frozen=True)
class Persona:
    """A person, and in which way the outside world is difficult for them."""

    id: str
    name: str
    id_number: str
    phone: str
    purpose: Words
    wechat_blocks: bool = False
    known_to_authority: bool = True
    authority_photo: AuthorityPhoto = "own"


def _number(district: str, born: str, sequence: str) -> str:
    first = district + born + sequence
    return first + check_digit(first)


PERSONAS = (
    Persona(
        "lin_yue",
        "林悦",
        _number("520100", "19920315", "002"),
        "16099000001",
        {"zh": "三十多岁的职工，一切顺利", "en": "an employee in her thirties; everything works"},
    ),
    Persona(
        "chen_guoqiang",
        "陈国强",
        _number("520100", "19790822", "017"),
        "16099000002",
        {"zh": "中年职工，一切顺利", "en": "a middle-aged employee; everything works"},
    ),
    Persona(
        "wu_xiulan",
        "吴秀兰",
        _number("520100", "19481105", "024"),
        "16099000003",
        {"zh": "退休老人，领取养老待遇", "en": "an elder, retired, drawing her pension"},
    ),
    Persona(
        "lin_xiaoyu",
        "林小雨",
        _number("520100", "20140901", "008"),
        "16099000004",
        {
            "zh": "生于2014年的未成年人，无参保记录，母亲是林悦",
            "en": "a minor born in 2014, not insured; her mother is Lin Yue",
        },
    ),
    Persona(
        "chen_xi",
        "陈曦",
        _number("520100", "20100505", "015"),
        "16099000010",
        {
            "zh": "生于2010年的未成年人，父亲是陈国强",
            "en": "a minor born in 2010, whose father is Chen Guoqiang",
        },
    ),
    Persona(
        "wang_yating",
        "王雅婷",
        _number("830000", "19880719", "006"),
        "16099000005",
        {"zh": "持台湾居民居住证（83开头）", "en": "holds a residence permit (number beginning with 83)"},
    ),
    Persona(
        "zhao_lei",
        "赵磊",
        _number("520100", "19950130", "031"),
        "16099000006",
        {"zh": "微信账号高风险，登录被拦截（40226）", "en": "a high-risk WeChat account, blocked at sign-in (40226)"},
        wechat_blocks=True,
    ),
    Persona(
        "sun_mei",
        "孙梅",
        _number("520100", "19851212", "042"),
        "16099000007",
        {"zh": "人口库没有照片，无法人脸核验", "en": "the authority has no photo of her: no face match"},
        authority_photo="none",
    ),
    Persona(
        "gao_lan",
        "高岚",
        _number("520100", "19900428", "066"),
        "16099000009",
        {
            "zh": "人口库照片是另一个人，人脸比对不通过",
            "en": "the authority's photo shows somebody else: the face does not match",
        },
        authority_photo="another",
    ),
    Persona(
        "zhou_ming",
        "周鸣",
        _number("520100", "20000606", "053"),
        "16099000008",
        {"zh": "人口库查无此人", "en": "unknown to the population authority"},
        known_to_authority=False,
        authority_photo="none",
    ),
)

_BY_ID = {persona.id: persona for persona in PERSONAS}
_BY_NUMBER = {persona.id_number: persona for persona in PERSONAS}
_NUMBERED = re.compile(r"(resident|child)-([1-9][0-9]{0,5})")
_CALENDAR = 20_011
"""A prime number of birth dates from 1950 on: neighbours in number are far apart in age."""
_CHILDHOODS = 3257
"""A prime number of birth dates from 2016 on."""
_STRIDE = 7919


def persona(persona_id: str) -> Persona | None:
    """One of the named people, or the numbered `resident-1` … `resident-999999`, for whom everything works, and their
    children `child-1` … `child-999999`."""
    numbered = _NUMBERED.fullmatch(persona_id)
    if numbered is None:
        return _BY_ID.get(persona_id)
    place = int(numbered[2])
    return _resident(place) if numbered[1] == "resident" else _child(place)


def guardians(number: str) -> frozenset[str]:
    """The ID numbers of a minor's guardians: of `child-7` they are `resident-7` and the neighbour `resident-6`."""
    known = _BY_NUMBER.get(number)
    if known is not None:
        return frozenset(_BY_ID[parent].id_number for parent in _PARENTS.get(known.id, ()))
    place = _place_of_child(number)
    parents = [place, place ^ 1] if place is not None else []
    return frozenset(_resident(parent).id_number for parent in parents if parent)


_PARENTS = {"lin_xiaoyu": ("lin_yue",), "chen_xi": ("chen_guoqiang",)}
_CHILDREN_DISTRICT = "520199"
"""The code of no district, so that a child's number tells whose it is."""


def _child(place: int) -> Persona:
    born = date(2016, 1, 1) + timedelta(days=place * _STRIDE % _CHILDHOODS)
    number = _number(_CHILDREN_DISTRICT, f"{born:%Y%m%d}", f"{100 + place // _CHILDHOODS:03d}")
    words = {"zh": f"居民 {place} 的孩子", "en": f"a child of resident {place}"}
    return Persona(f"child-{place}", generated_name(number), number, f"16100{place:06d}", words)


def _place_of_child(number: str) -> int | None:
    """The number's place, by undoing how it was made."""
    if not number.startswith(_CHILDREN_DISTRICT) or not is_id_number(number):
        return None
    days = (birth_date(number) - date(2016, 1, 1)).days
    place = (int(number[14:17]) - 100) * _CHILDHOODS + days * pow(_STRIDE, -1, _CHILDHOODS) % _CHILDHOODS
    return place if 0 < place < 10**6 and _child(place).id_number == number else None


def _resident(place: int) -> Persona:
    born = date(1950, 1, 1) + timedelta(days=place * _STRIDE % _CALENDAR)
    number = _number("520100", f"{born:%Y%m%d}", f"{100 + place // _CALENDAR:03d}")
    words = {"zh": "普通市民", "en": "a resident like many"}
    return Persona(f"resident-{place}", generated_name(number), number, f"16000{place:06d}", words)


def registered_name(number: str, today: date) -> str | None:
    """The name under which the authority knows the number's holder; None when it knows nobody."""
    if not is_id_number(number) or birth_date(number) > today:
        return None
    known = _BY_NUMBER.get(number)
    if known is None:
        return generated_name(number)
    return known.name if known.known_to_authority else None


def holder(number: str) -> Persona | None:
    """The named persona who holds the number."""
    return _BY_NUMBER.get(number)


def openid(persona_id: str, appid: str) -> str:
    """28 characters beginning with o, as WeChat's are; the same person differs from one mini-program to the other."""
    digest = hashlib.sha256(f"{appid}/{persona_id}".encode()).digest()
    return "o" + base64.urlsafe_b64encode(digest).decode()[:27]
