"""Every kind of record that holds sealed texts: what a rotation of the vault's key has to seal anew.

A test holds this list and the stored models together: a field named `…_sealed` that is not here fails it.
"""

from collections.abc import Iterator
from typing import Any

from core.idempotency import Receipt
from identity_center.account import PERSONAL_FIELDS, Account, seal_context
from identity_center.companions import SavedCompanion, companion_context
from identity_center.credentials.credential import Credential, credential_context
from identity_center.data_keys import StoredDataKey, data_key_context
from identity_center.enterprise.data import seal_context as enterprise_context
from identity_center.enterprise.enterprise import Enterprise
from identity_center.privacy.corrections import Correction, correction_context
from identity_center.resealing import Holder, SealedText
from identity_center.sealed_text import is_sealed
from identity_center.staff.account import StaffAccount
from identity_center.staff.second_factor import totp_context
from service_registry.booking.bookings import Booking
from service_registry.booking.party import companions_context
from service_registry.gateway import receipt_context


def _data_key(key: StoredDataKey) -> Iterator[SealedText]:
    yield SealedText("key_sealed", key.key_sealed, data_key_context(key.id), None)


def _account(account: Account) -> Iterator[SealedText]:
    for name in ("openid", *PERSONAL_FIELDS):
        text = getattr(account, f"{name}_sealed")
        if text is not None:
            yield SealedText(f"{name}_sealed", text, seal_context(account.id, name), account.id)


def _booking(booking: Booking) -> Iterator[SealedText]:
    if booking.companions is not None:
        yield SealedText("companions", booking.companions, companions_context(booking.id), booking.citizen_id)


def _receipt(receipt: Receipt) -> Iterator[SealedText]:
    """A department's answer to a submission; the receipts of other requests hold an id."""
    if is_sealed(receipt.result):
        yield SealedText("result", receipt.result, receipt_context(receipt.id), None)


def _companion(companion: SavedCompanion) -> Iterator[SealedText]:
    for name in ("name", "id_number"):
        text = getattr(companion, f"{name}_sealed")
        yield SealedText(f"{name}_sealed", text, companion_context(companion.id, name), companion.account_id)


def _credential(credential: Credential) -> Iterator[SealedText]:
    """It is the person's, whatever becomes of an account: no account's data key is needed for it."""
    if credential.content_sealed:
        yield SealedText("content_sealed", credential.content_sealed, credential_context(credential.id), None)


def _correction(correction: Correction) -> Iterator[SealedText]:
    for name in ("text", "answer"):
        text = getattr(correction, f"{name}_sealed")
        if text is not None:
            context = correction_context(correction.id, name)
            yield SealedText(f"{name}_sealed", text, context, correction.account_id)


def _enterprise(enterprise: Enterprise) -> Iterator[SealedText]:
    """It is no person's: what is sealed for it opens with the vault's key alone."""
    for name, text in (("code", enterprise.code_sealed), ("name", enterprise.name_sealed)):
        field = "credit_code" if name == "code" else name
        yield SealedText(f"{name}_sealed", text, enterprise_context(enterprise.id, field), None)


def _staff(account: StaffAccount) -> Iterator[SealedText]:
    for field in ("totp_sealed", "totp_offered_sealed"):
        text = getattr(account, field)
        if text is not None:
            yield SealedText(field, text, totp_context(account.id), None)


HOLDERS: tuple[Holder[Any], ...] = (
    Holder(StoredDataKey, _data_key),
    Holder(Account, _account),
    Holder(SavedCompanion, _companion),
    Holder(Credential, _credential),
    Holder(Correction, _correction),
    Holder(Enterprise, _enterprise),
    Holder(StaffAccount, _staff),
    Holder(Booking, _booking),
    Holder(Receipt, _receipt),
)
