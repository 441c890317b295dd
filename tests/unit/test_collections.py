"""The list of a city's collections leaves none out."""

import importlib
import pkgutil

import core
import handlers
import identity_center
import insight
import service_registry
from core.documents import Document
from server.collections import COLLECTIONS

FLOORS = (core, identity_center, service_registry, insight, handlers)


def models() -> set[type[Document]]:
    for floor in FLOORS:
        for module in pkgutil.walk_packages(floor.__path__, f"{floor.__name__}."):
            importlib.import_module(module.name)
    found: set[type[Document]] = {Document}
    looked_at: set[type[Document]] = set()
    while found - looked_at:
        model = (found - looked_at).pop()
        looked_at.add(model)
        found |= set(model.__subclasses__())
    names = tuple(f"{floor.__name__}." for floor in FLOORS)
    return {model for model in found if "collection" in vars(model) and model.__module__.startswith(names)}


def test_every_model_of_the_domain_is_in_the_list_once() -> None:
    assert set(COLLECTIONS) == models()
    names = [model.collection for model in COLLECTIONS]
    assert len(set(names)) == len(names)
