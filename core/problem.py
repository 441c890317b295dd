"""What is wrong with a declaration (a card, a type of credential): where it stands, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """`file` is relative to the folder of the declarations, `line` counts from 1, `path` is dotted."""

    file: str
    line: int
    path: str
    problem: str
    remedy: str

    @property
    def card(self) -> str:
        """Name of the card's folder."""
        return self.file.split("/", 1)[0]


def rendered(problems: Iterable[Problem]) -> str:
    """For people: `file:line  path`, then what is wrong and what to do."""
    return "\n".join(
        f"{problem.file}:{problem.line}  {problem.path}\n    {problem.problem}\n    -> {problem.remedy}"
        for problem in sorted(problems)
    )
