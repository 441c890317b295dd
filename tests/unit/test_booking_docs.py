"""What docs/booking.md shows works as shown."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from service_registry.booking.schedule import BookingPlan
from tests.unit.test_booking_tickets import BOOKING, FORGED, SIGNER

PAGE = (Path(__file__).parents[2] / "docs" / "booking.md").read_text()
DAWN = BOOKING.check_in_from.timestamp()
Admit = Callable[[str, Any, str, float, set[str]], dict[str, Any]]


def example(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def admit() -> Admit:
    names: dict[str, Any] = {}
    exec(example("python"), names)  # noqa: S102
    found: Admit = names["admit"]
    return found


@pytest.fixture
def keys() -> Any:
    return json.loads(json.dumps(SIGNER.jwks))


def token() -> str:
    return SIGNER.sign(BOOKING, BOOKING.check_in_from).token


def test_the_gates_example_admits_a_true_ticket_once(admit: Admit, keys: Any) -> None:
    admitted: set[str] = set()
    ticket = admit(token(), keys, "qianling", DAWN, admitted)
    assert (ticket["sub"], ticket["places"]) == ("01KB", 3)
    with pytest.raises(ValueError, match="used already"):
        admit(token(), keys, "qianling", DAWN, admitted)


@pytest.mark.parametrize(
    ("resource", "seconds", "told"),
    [
        ("qianling", 60, "expired"),
        ("qianling", -11, "not a ticket"),
        ("qianling", -1, "not the time"),
        ("huaxi", 0, "another place"),
    ],
)
def test_the_gates_example_refuses_what_is_not_for_here_and_now(
    admit: Admit, keys: Any, resource: str, seconds: int, told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        admit(token(), keys, resource, DAWN + seconds, set())


@pytest.mark.parametrize(
    "attempt", ["alg none", "another key under the known id", "another algorithm", "more places", "no key id", "a word"]
)
def test_the_gates_example_refuses_forgeries(admit: Admit, keys: Any, attempt: str) -> None:
    with pytest.raises(ValueError, match="not a ticket"):
        admit(FORGED[attempt], keys, "qianling", DAWN, set())


def test_the_plan_that_is_shown_is_a_plan() -> None:
    plan = BookingPlan.model_validate(yaml.safe_load(example("yaml"))["booking"])
    assert [resource.id for resource in plan.resources] == ["passport.north"]
