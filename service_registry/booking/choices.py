"""The way to a resource: level by level, only choices that lead somewhere."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.text import Text
from service_registry.booking.errors import ChoiceUnknown, ResourceUnknown
from service_registry.booking.schedule import BookingPlan, Level, Resource


@dataclass(frozen=True)
class Choice:
    id: str
    text: Text


@dataclass(frozen=True)
class Choices:
    """What comes next: a level with its choices, or, once every level is answered, the resources that are left."""

    level: Level | None
    choices: tuple[Choice, ...]
    resources: tuple[Resource, ...]


def choices(plan: BookingPlan, path: Mapping[str, str]) -> Choices:
    """What can be chosen after the answers in `path` (level key to choice id, levels in order from the first).

    Raises `ChoiceUnknown` when an answer is none of the level's, leads nowhere, or stands before an open level.
    """
    open_levels = [level for level in plan.levels if level.key not in path]
    answered = plan.levels[: len(plan.levels) - len(open_levels)]
    _refuse_unknown(plan, path, answered)
    left = tuple(resource for resource in plan.resources if all(resource.path[key] == path[key] for key in path))
    if not left:
        raise ChoiceUnknown(level=answered[-1].key)
    if not open_levels:
        return Choices(None, (), left)
    level = open_levels[0]
    leading = {resource.path[level.key] for resource in left}
    return Choices(level, tuple(Choice(key, text) for key, text in level.choices.items() if key in leading), ())


def _refuse_unknown(plan: BookingPlan, path: Mapping[str, str], answered: tuple[Level, ...]) -> None:
    for level in answered:
        if path.get(level.key) not in level.choices:
            raise ChoiceUnknown(level=level.key)
    if len(answered) != len(path):
        raise ChoiceUnknown(level=plan.levels[0].key if plan.levels else None)


def resource_of(plan: BookingPlan, resource_id: str) -> Resource:
    """Raises `ResourceUnknown`."""
    resource = plan.by_id.get(resource_id)
    if resource is None:
        raise ResourceUnknown
    return resource
