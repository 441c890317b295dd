"""Every error a caller can meet has a status, both languages, and an explanation worth reading."""

import importlib
import pkgutil

import pytest

import core
import handlers
import identity_center
import insight
import service_registry
from core.errors import CityError
from handlers.http.problems import STATUS, explanation, known_errors, problem
from handlers.http.reference import errors_markdown
from server.config import ROOT


def load_everything() -> None:
    for package in (core, identity_center, service_registry, insight, handlers):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)


load_everything()


def test_every_code_has_a_status_and_every_status_a_code() -> None:
    assert set(STATUS) == set(known_errors())


def test_codes_are_dotted_and_of_one_class_each() -> None:
    codes = [kind.code for kind in _all(CityError)]
    assert len(codes) == len(set(codes))
    assert all(code.replace("_", "").replace(".", "").isalpha() and "." in code for code in codes)


@pytest.mark.parametrize("code", sorted(known_errors()))
def test_every_error_is_explained_in_both_languages(code: str) -> None:
    kind = known_errors()[code]
    assert any("\u4e00" <= character <= "\u9fff" for character in kind.title.zh)
    assert kind.title.en.isascii()
    assert "docstring" not in explanation(kind)
    assert "__doc__" in vars(kind)
    assert len(explanation(kind).split()) >= 5


def test_no_status_of_the_strangers_making_is_a_server_error() -> None:
    ours = {code for code, status in STATUS.items() if status >= 500}
    meant = ("store.unavailable", "server.", "card.upstream", "card.busy", "identity.wechat.unavailable")
    others = ("identity.authority", "identity.enterprise.registry", "identity.face.busy", "identity.seal_broken")
    assert {code for code in ours if not code.startswith((*meant, *others))} == set()


def test_docs_errors_md_is_what_the_classes_say() -> None:
    assert (ROOT / "docs" / "errors.md").read_text() == errors_markdown(), "run: ./run docs"


def test_facts_stand_beside_the_code() -> None:
    class Example(CityError):
        """An example that lives only here, to see how facts are sent."""

    Example.code, Example.title = "request.malformed", known_errors()["request.malformed"].title
    body = problem(Example(left=3), "0123456789", "en")
    assert b'"left":3' in body
    assert b'"request_id":"0123456789"' in body


def _all(base: type[CityError]) -> list[type[CityError]]:
    found = [kind for kind in base.__subclasses__() if "code" in vars(kind)]
    return found + [deeper for kind in base.__subclasses__() for deeper in _all(kind)]
