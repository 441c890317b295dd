"""Electronic credentials, joined with the register of accounts, the authority and the keys."""

import logging
from collections.abc import Mapping

from handlers.credentials import CredentialServices
from identity_center.credentials.addresses import Addresses
from identity_center.credentials.gate import CredentialGate
from identity_center.credentials.issuing import CredentialIssuing
from identity_center.credentials.record import CredentialRecord
from identity_center.credentials.register import CredentialRegister
from identity_center.credentials.sd_jwt import CredentialSigner
from identity_center.credentials.showing import CredentialShowing
from identity_center.credentials.status_lists import StatusLists
from identity_center.credentials.type_files import load_types
from identity_center.credentials.types import CredentialType
from server.wiring.ground import Ground
from server.wiring.identity import Identity

log = logging.getLogger(__name__)


def credentials_of(ground: Ground, identity: Identity) -> CredentialServices:
    documents, clock, vault, keys = ground.documents, ground.clock, identity.vault, ground.keys.keys.credentials
    addresses = Addresses(ground.url)
    record = CredentialRecord(documents, clock, vault)
    lists = StatusLists(documents, clock, keys, addresses, ground.settings.credentials)
    register = CredentialRegister(documents, clock, vault, identity.accounts, _types(ground), record, lists)
    signer = CredentialSigner(keys, ground.url)
    showing = CredentialShowing(clock, ground.zone, register, signer, addresses)
    issuing = CredentialIssuing(
        documents,
        clock,
        ground.zone,
        vault,
        identity.data_keys,
        identity.accounts,
        identity.authority,
        register,
        record,
        lists,
        showing,
    )
    gate = CredentialGate(documents, clock, record, addresses, keys.jwks())

    def jwks() -> object:
        return signer.keys.jwks()

    ground.keys.tell(lambda keys: signer.take_up(keys.credentials))
    ground.keys.tell(lambda keys: lists.take_up(keys.credentials))
    ground.keys.tell(lambda keys: gate.take_up(keys.credentials.jwks()))
    return CredentialServices(addresses, jwks, register, issuing, showing, gate, lists)


def _types(ground: Ground) -> Mapping[str, CredentialType]:
    """Those that load. A broken one is reported and left out; the city opens without it."""
    loaded = load_types(ground.settings.credentials.path)
    for problem in loaded.problems:
        log.error(
            "credential type left out",
            extra={"file": problem.file, "line": problem.line, "problem": problem.problem},
        )
    return loaded.types
