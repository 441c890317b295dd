"""The cards of the catalogue as booking knows them."""

from service_registry.acting import purpose_of
from service_registry.booking.ports import BookableCard
from service_registry.catalogue import Catalogue
from service_registry.errors import NotBookable


class BookableCards:
    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def bookable(self, card_id: str) -> BookableCard:
        """Raises `CardNotFound`, `NotBookable`."""
        manifest = self._catalogue.card(card_id).manifest
        if manifest.booking is None:
            raise NotBookable
        access = manifest.access
        return BookableCard(
            manifest.id,
            manifest.version,
            manifest.booking,
            access.assurance,
            access.max_age,
            manifest.audience,
            access.acting,
            manifest.theme,
            manifest.department.id,
            purpose_of(manifest),
        )
