"""For whom a card may be used, and by whom: what a manifest says of it."""

from collections.abc import Sequence

from core.caller import Citizen, ForEnterprise, ForPerson
from core.deeds import Deed
from core.documents import Operation
from core.text import Text, text
from service_registry.errors import NoActing, WrongAudience
from service_registry.manifest import ActingFor, Audience, Manifest
from service_registry.ports import Limits


def check_audience(citizen: Citizen, audience: Sequence[Audience]) -> None:
    """Raises `WrongAudience`: a card for enterprises is for whoever acts for one, a personal one for persons."""
    wanted: Audience = "enterprise" if isinstance(citizen.acting, ForEnterprise) else "personal"
    if wanted not in audience:
        raise WrongAudience(list(audience))


def check_acting(citizen: Citizen, acting: Sequence[ActingFor]) -> None:
    """Raises `NoActing` when the department does not take it from a guardian or helper."""
    if isinstance(citizen.acting, ForPerson) and citizen.acting.kind not in acting:
        raise NoActing(list(acting))


def purpose_of(card: Manifest) -> Text:
    """What a consent to the card, or an entry in the log, is for."""
    return text(f"办理“{card.name.zh}”", f"For the service “{card.name.en}”")


class Everything:
    """The limits of who acts for themself."""

    def allow(self, *, card_id: str, theme: str, operation: str) -> bool:
        del card_id, theme, operation
        return True


class OnlyForOneself:
    """`ActingRules` where nobody acts for anybody, as in a service that is tried out alone."""

    async def limits(self, citizen: Citizen) -> Limits:
        self._check(citizen)
        return Everything()

    async def permit(self, citizen: Citizen, _deed: Deed) -> None:
        self._check(citizen)

    async def noted(self, citizen: Citizen, _deed: Deed) -> tuple[Operation, ...]:
        self._check(citizen)
        return ()

    async def note(self, citizen: Citizen, _deed: Deed) -> None:
        self._check(citizen)

    def _check(self, citizen: Citizen) -> None:
        if citizen.acting is not None:
            raise RuntimeError("this service was made without rules for acting")
