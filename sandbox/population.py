"""Everybody the population authority knows: a made-up person for every ID number that can be one (GB 11643-1999)."""

import hashlib
import re
from datetime import date

_SHAPE = re.compile(r"[0-9]{17}[0-9X]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"

_FAMILY = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶余潘杜戴夏"
_WOMEN = "秀娟英华慧巧美娜静淑惠珠翠雅芝玉萍红娥玲芬芳燕彩春菊兰凤洁梅琳素云莲真环雪荣爱妹霞香月莺媛艳瑞凡佳嘉琼"
_MEN = "伟刚勇毅俊峰强军平保东文辉力明永健世广志义兴良海山仁波宁贵福生龙元全国胜学祥才发武新利清飞彬富顺信子杰"


def check_digit(first_seventeen: str) -> str:
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, first_seventeen, strict=True))
    return _CHECK_DIGITS[total % 11]


def is_id_number(number: str) -> bool:
    """Whether GB 11643 allows the number: its shape, its calendar date, its check digit."""
    if not _SHAPE.fullmatch(number) or check_digit(number[:17]) != number[17]:
        return False
    try:
        birth_date(number)
    except ValueError:
        return False
    return True


def birth_date(number: str) -> date:
    return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))


def is_woman(number: str) -> bool:
    """The sequence's last digit is even for women."""
    return int(number[16]) % 2 == 0


def draw(number: str, about: str) -> int:
    """A large number that is always the same for one person and one question."""
    return int.from_bytes(hashlib.sha256(f"{about}:{number}".encode()).digest()[:8])


def generated_name(number: str) -> str:
    """The name of the person who would hold this number: the same each time, fitting their sex."""
    seed = draw(number, "name")
    given = _WOMEN if is_woman(number) else _MEN
    family, seed = _FAMILY[seed % len(_FAMILY)], seed // len(_FAMILY)
    first, seed = given[seed % len(given)], seed // len(given)
    second, seed = given[seed % len(given)], seed // len(given)
    return family + first + (second if seed % 5 else "")
