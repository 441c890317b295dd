"""Taking over a managed account: somebody for whom family acted signs in with a WeChat of their own.

The managed account is the one that stays, with its bookings, consents, relations and log; the WeChat moves to it, and
the account that it had, which was never anybody's, is left empty. Name and number alone are not enough for it, as
anybody can know them: it takes the person's face, or the code of a guardian who is one. Under 14 it takes the code.
"""

from datetime import datetime, tzinfo

from core.caller import FACE, PHONE, Citizen, StepUpNeeded
from core.clock import Clock
from core.conditions import all_of, field
from core.documents import Documents, Operation, Patch, WriteRefused
from identity_center.account import Account, seal_context
from identity_center.accounts import AccountService, checked_person
from identity_center.acting.errors import CodeInvalid, GrantNotFound
from identity_center.acting.invitations import Invitations, IssuedCode
from identity_center.ages import GUARDIAN_CONSENTS_BELOW, age_on
from identity_center.consent import ConsentGrant
from identity_center.data_keys import DataKeys
from identity_center.face.errors import ReferenceUnusable
from identity_center.face.service import FaceService
from identity_center.ports import Authority
from identity_center.relations.errors import NotTakenOver
from identity_center.relations.family import FACE_SECONDS, FaceShown
from identity_center.relations.guardians import Guardians
from identity_center.relations.managed import ManagedAccounts, taken_over
from identity_center.relations.relation import Relation
from identity_center.revocations import Revocations
from identity_center.session import Session
from identity_center.sessions import SessionService
from identity_center.tokens import AccessToken

_MOST = 1000


class Claims:
    """Hands managed accounts over to those they are kept for."""

    def __init__(
        self,
        documents: Documents,
        clock: Clock,
        zone: tzinfo,
        data_keys: DataKeys,
        accounts: AccountService,
        sessions: SessionService,
        managed: ManagedAccounts,
        guardians: Guardians,
        invitations: Invitations,
        authority: Authority,
        face: FaceService,
        revocations: Revocations,
    ) -> None:
        self._documents = documents
        self._clock = clock
        self._zone = zone
        self._data_keys = data_keys
        self._accounts = accounts
        self._sessions = sessions
        self._managed = managed
        self._guardians = guardians
        self._invitations = invitations
        self._authority = authority
        self._face = face
        self._revocations = revocations

    async def hand_over(self, citizen: Citizen, relation_id: str) -> IssuedCode:
        """A guardian's code with which the minor's own phone takes the account over.

        Raises `StepUpNeeded`, `GrantNotFound`, also when the account is the minor's own already.
        """
        citizen.require(FACE, FACE_SECONDS, self._clock.now())
        relation = await self._documents.get(Relation, relation_id)
        if relation is None or relation.helper_id != citizen.id or relation.kind != "guardian":
            raise GrantNotFound
        if not await self._guardians.holds(relation) or not (await self._accounts.get(relation.person_id)).managed:
            raise GrantNotFound
        return await self._invitations.issue("handover", citizen, relation.person_id, grant_id=relation.id)

    async def by_code(self, citizen: Citizen, name: str, id_number: str, code: str) -> AccessToken:
        """Raises `InvalidIdNumber`, `InvalidName`, `CodeInvalid`, `CodesLocked`, `NotTakenOver`, and what
        `AccountService.matched` raises. Returns the session's access token, now in the account taken over."""
        name, id_number = checked_person(name, id_number)
        invitation = await self._invitations.found(citizen, code)
        relation = await self._documents.get(Relation, invitation.grant_id or "")
        if invitation.kind != "handover" or invitation.used_by is not None or relation is None:
            raise CodeInvalid
        account, managed = await self._matched(citizen, name, id_number)
        if managed.id != invitation.subject_id or not await self._guardians.holds(relation):
            raise CodeInvalid
        now = self._clock.now()
        proof: list[Operation] = [relation.used(now), self._invitations.using(invitation, managed.id, managed.id)]
        return await self._taken_over(citizen, account, managed, None, proof)

    async def by_face(self, citizen: Citizen, name: str, id_number: str, shown: FaceShown) -> AccessToken:
        """From 14 on. Raises what `FaceService.verify` and `by_code` raise. The face counts for the session, too."""
        name, id_number = checked_person(name, id_number)
        if self._age(id_number) < GUARDIAN_CONSENTS_BELOW:
            raise NotTakenOver
        account, managed = await self._matched(citizen, name, id_number)
        photo = await self._authority.photo(id_number)
        if photo is None:
            raise ReferenceUnusable
        result = await self._face.verify(citizen, shown.challenge_id, shown.nonce, shown.frames, photo)
        return await self._taken_over(citizen, account, managed, result.proved_at, [])

    def _age(self, id_number: str) -> int:
        return age_on(id_number, self._clock.now().astimezone(self._zone).date())

    async def _matched(self, citizen: Citizen, name: str, id_number: str) -> tuple[Account, Account]:
        """The citizen's own account, not yet anybody's, and the managed one of the person the authority confirmed."""
        account = await self._accounts.get(citizen.id)
        if account.phone_proved_at is None:
            raise StepUpNeeded(PHONE, None)
        if account.id_number_index is not None:
            raise NotTakenOver
        await self._accounts.matched(citizen, account, name, id_number)
        managed = await self._managed.of(id_number)
        if managed is None or not managed.managed:
            raise NotTakenOver
        return account, managed

    async def _taken_over(
        self,
        citizen: Citizen,
        account: Account,
        managed: Account,
        face_matched_at: datetime | None,
        proof: list[Operation],
    ) -> AccessToken:
        """One write: the WeChat and phone move, this session with them; the other sessions of the old account and its
        consents end, and its access tokens are worth nothing from now on."""
        sessions = (await self._documents.find(Session, "live", account.id, limit=_MOST)).items
        ending = [session for session in sessions if session.id != citizen.session_id]
        seen = {} if face_matched_at is None else {"face_proved_at": face_matched_at, "face_method": "face"}
        operations = [
            *proof,
            *await self._emptied_and_moved(account, managed, face_matched_at),
            Patch(
                Session,
                citizen.session_id,
                set={"account_id": managed.id, "live_account": managed.id, **seen},
                guard=field("live_account").equals(account.id),
            ),
            *(operation for session in ending for operation in self._ended(session)),
            *await self._consents_ended(account),
            self._revocations.record(account.id),
        ]
        try:
            await self._documents.write(*operations)
        except WriteRefused as error:
            raise NotTakenOver from error
        await self._revocations.announce(account.id, *(session.id for session in ending))
        return await self._sessions.access_token(managed.id, citizen.session_id)

    async def _emptied_and_moved(
        self, account: Account, managed: Account, face_matched_at: datetime | None
    ) -> list[Operation]:
        openid = await self._data_keys.open(account.id, account.openid_sealed or "", seal_context(account.id, "openid"))
        phone = await account.opened(self._data_keys, "phone") or ""
        moving: dict[str, object] = {
            "openid_index": account.openid_index,
            "openid_sealed": await self._data_keys.seal(managed.id, openid, seal_context(managed.id, "openid")),
            "unionid_index": account.unionid_index,
            "phone_index": account.phone_index,
            "phone_sealed": await self._data_keys.seal(managed.id, phone, seal_context(managed.id, "phone")),
            "phone_proved_at": account.phone_proved_at,
        }
        empty = {**dict.fromkeys(moving), "merged_into": managed.id}
        nobody = all_of(field("openid_index").equals(account.openid_index), field("id_number_index").equals(None))
        return [
            Patch(Account, account.id, set=empty, guard=nobody),
            Patch(
                Account,
                managed.id,
                set={
                    **moving,
                    "managed": False,
                    "real_name_proved_at": self._clock.now(),
                    "face_matched_at": face_matched_at,
                },
                guard=field("managed").equals(True),
            ),
            taken_over(managed.id_number_index or "", managed.id),
        ]

    def _ended(self, session: Session) -> list[Operation]:
        end = {"live_account": None, "ended_at": self._clock.now(), "end_reason": "new_sign_in"}
        return [Patch(Session, session.id, set=end), self._revocations.record(session.id)]

    async def _consents_ended(self, account: Account) -> list[Operation]:
        grants = (await self._documents.find(ConsentGrant, "live", account.id, limit=_MOST)).items
        end = {"live_account": None, "revoked_at": self._clock.now()}
        return [Patch(ConsentGrant, grant.id, set=end) for grant in grants]
