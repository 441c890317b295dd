"""A whole identity centre over a chosen store, with a small outside world of made-up people."""

import asyncio
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from core.caller import Citizen
from core.clock import ManualClock
from core.documents import Documents, Operation, Written
from core.messages import Messages
from core.resident_id import check_digit
from identity_center.accounts import AccountService
from identity_center.companions import CompanionService
from identity_center.data_keys import DataKeys
from identity_center.enterprise.errors import RegistryUnavailable
from identity_center.enterprise.ports import RegisteredEnterprise
from identity_center.errors import AuthorityUnavailable, WeChatCodeInvalid
from identity_center.face.counting import FaceAttempts
from identity_center.face.service import FaceService
from identity_center.face.settings import FaceSettings
from identity_center.key_ring import KeyRing
from identity_center.notices import NOTICES
from identity_center.people import People
from identity_center.personal_data import PersonalData
from identity_center.persons import Persons
from identity_center.ports import Verdict, WeChatSession
from identity_center.proof_attempts import ProofAttempts
from identity_center.revocations import Revocations
from identity_center.sessions import SessionService, TokenPair
from identity_center.settings import IdentitySettings
from identity_center.staff.centre import staff_centre
from identity_center.staff.changes import AddAccount
from identity_center.staff.hall_codes import HallCodes
from identity_center.staff.log import COMMAND_LINE
from identity_center.staff.roles import Role
from identity_center.staff.session import Grant
from identity_center.tokens import AccessTokens
from identity_center.vault import Vault, VaultKeys
from identity_center.withdrawals import Withdrawals
from server.adapters.memory_documents import MemoryDocuments
from server.adapters.memory_ephemeral import MemoryEphemeral
from server.wiring.acting import ActingForOthers, ActingGround, acting_for_others, books_of
from tests.unit.face_support import Examiner

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
"""Noon in Guiyang."""
SHANGHAI = ZoneInfo("Asia/Shanghai")
PHONE_OF_LI, PHONE_OF_WANG = "13985550123", "13985550456"
KEYS = KeyRing.generated()
ISSUER = "https://city.example"


def id_number(first_seventeen: str) -> str:
    return first_seventeen + check_digit(first_seventeen)


LI, LI_NUMBER = "李测试", id_number("52010019900307123")
WANG, WANG_NUMBER = "阿依古丽·测试", id_number("52010019851224456")


class InBetween(MemoryDocuments):
    """A store in which something else happens between somebody's reading and their next write."""

    happens: Operation | None = None

    async def write(self, *operations: Operation) -> Written:
        happens, self.happens = self.happens, None
        if happens is not None:
            await super().write(happens)
        return await super().write(*operations)


class SmallWeChat:
    """Hands out codes that work once."""

    def __init__(self) -> None:
        self._sessions: dict[str, WeChatSession] = {}
        self._phones: dict[str, str] = {}
        self._issued = 0

    def login_code(self, openid: str, unionid: str | None = None) -> str:
        self._issued += 1
        self._sessions[f"login-{self._issued}"] = WeChatSession(openid, unionid, "a2V5")
        return f"login-{self._issued}"

    def phone_code(self, number: str) -> str:
        self._issued += 1
        self._phones[f"phone-{self._issued}"] = number
        return f"phone-{self._issued}"

    async def code_to_session(self, code: str) -> WeChatSession:
        await asyncio.sleep(0)
        session = self._sessions.pop(code, None)
        if session is None:
            raise WeChatCodeInvalid
        return session

    async def phone_number(self, code: str) -> str:
        number = self._phones.pop(code, None)
        if number is None:
            raise WeChatCodeInvalid
        return number


class SmallAuthority:
    """Knows two people, and whose `guardians` (guardian, minor) there are. `asked` counts the questions it answered or
    failed to answer."""

    def __init__(self) -> None:
        self.names = {LI_NUMBER: LI, WANG_NUMBER: WANG}
        self.guardians: set[tuple[str, str]] = set()
        self.asked = 0
        self.down = False

    async def verify(self, name: str, id_number: str) -> Verdict:
        self.asked += 1
        await asyncio.sleep(0)
        if self.down:
            raise AuthorityUnavailable
        if id_number not in self.names:
            return "not_found"
        return "match" if self.names[id_number] == name else "mismatch"

    async def photo(self, id_number: str) -> str | None:
        return "cGhvdG8=" if id_number in self.names else None

    async def is_guardian(self, guardian_id_number: str, minor_id_number: str) -> bool:
        if self.down:
            raise AuthorityUnavailable
        return (guardian_id_number, minor_id_number) in self.guardians


class SmallRegistry:
    """Enterprises by credit code: the name, who represents it, and whether it operates."""

    def __init__(self) -> None:
        self.enterprises: dict[str, tuple[str, str, bool]] = {}
        self.asked = 0
        self.down = False

    async def check(self, credit_code: str, representative_id_number: str) -> RegisteredEnterprise | None:
        self.asked += 1
        await asyncio.sleep(0)
        if self.down:
            raise RegistryUnavailable
        known = self.enterprises.get(credit_code)
        if known is None:
            return None
        name, representative, operating = known
        return RegisteredEnterprise(name, operating=operating, represented=representative == representative_id_number)


class World:
    """Everything wired as the server wires it, with the clock standing still."""

    def __init__(
        self,
        documents: Documents | None = None,
        *,
        settings: IdentitySettings | None = None,
        clock: ManualClock | None = None,
        vault: Vault | None = None,
        ephemeral: MemoryEphemeral | None = None,
    ) -> None:
        self.settings = settings or IdentitySettings()
        self.clock = clock or ManualClock(NOON)
        self.documents = documents or MemoryDocuments()
        self.ephemeral = ephemeral or MemoryEphemeral(self.clock)
        self.vault = vault or Vault(VaultKeys.generated())
        self.data_keys = DataKeys(self.documents, self.clock, self.vault)
        self.wechat, self.authority, self.registry = SmallWeChat(), SmallAuthority(), SmallRegistry()
        self.revocations = Revocations(self.documents, self.ephemeral, self.clock, self.settings)
        self.persons = Persons(self.documents, self.clock, self.revocations, self.settings.person)
        self.messages = Messages(self.documents, self.clock, NOTICES)
        self.tokens = AccessTokens(KEYS, self.clock, self.revocations, self.settings.tokens, issuer=ISSUER)
        self.accounts = AccountService(
            self.documents,
            self.clock,
            self.vault,
            self.data_keys,
            self.wechat,
            self.authority,
            self.persons,
            SHANGHAI,
            self.settings,
        )
        self.sessions = SessionService(
            self.documents,
            self.clock,
            self.vault,
            self.wechat,
            self.accounts,
            self.tokens,
            self.revocations,
            self.settings,
        )
        self.books = books_of(self.documents, self.clock, self.vault, self.data_keys, SHANGHAI, self.settings)
        self.log, self.rules, self.consents = self.books.access_log, self.books.rules, self.books.consents
        self.personal_data = PersonalData(
            self.clock, self.vault, self.data_keys, self.accounts, self.books.releases, self.settings
        )
        self.examiner = Examiner()
        tries = ProofAttempts(self.documents, self.clock, self.settings.proof_attempts)
        attempts = FaceAttempts(self.documents, self.ephemeral, self.clock, SHANGHAI, tries, FaceSettings())
        self.faces = FaceService(self.documents, self.ephemeral, self.clock, self.examiner, FaceSettings(), attempts)
        self.acting = self._acting()
        self.companions = CompanionService(
            self.documents, self.clock, self.vault, self.data_keys, self.accounts, self.settings
        )
        self.people = People(self.accounts, self.companions, self.vault, self.data_keys)
        self.staff = staff_centre(
            self.documents,
            self.clock,
            self.vault,
            self.tokens,
            self.revocations,
            self.settings,
            zone=SHANGHAI,
            issuer="Test city",
            second_factor=self.settings.staff.second_factor or (),
        )
        self.withdrawals = Withdrawals(
            self.documents, self.clock, self.vault, self.persons, self.revocations, self.staff.log
        )
        self.hall_codes = HallCodes(
            self.documents,
            self.clock,
            self.vault,
            SHANGHAI,
            self.accounts,
            self.sessions,
            self.staff.log,
            self.settings.staff,
        )

    def _acting(self) -> ActingForOthers:
        ground = ActingGround(
            documents=self.documents,
            clock=self.clock,
            zone=SHANGHAI,
            vault=self.vault,
            data_keys=self.data_keys,
            accounts=self.accounts,
            sessions=self.sessions,
            tokens=self.tokens,
            revocations=self.revocations,
            books=self.books,
            authority=self.authority,
            face=self.faces,
        )
        return acting_for_others(ground, self.registry, self.settings)

    async def add_staff(self, name: str, role: Role, password: str, department: str = "", scope: str = "") -> None:
        """An account whose password lasts, as from the command line."""
        wanted = AddAccount(name=name, role=role, department=department, scope=scope)
        await self.staff.administration.carry_out(COMMAND_LINE, wanted, password)

    async def staff_sign_in(self, name: str, password: str, source: str = "192.0.2.1") -> Grant:
        return await self.staff.sign_in.sign_in(name, password, source)

    async def sign_in(self, openid: str = "openid-li", device: str = "device-1") -> TokenPair:
        return await self.sessions.sign_in(self.wechat.login_code(openid), device)

    async def citizen(self, openid: str = "openid-li", device: str = "device-1") -> Citizen:
        return self.tokens.citizen((await self.sign_in(openid, device)).access_token)

    async def with_phone(self, openid: str = "openid-li", number: str = PHONE_OF_LI) -> Citizen:
        citizen = await self.citizen(openid)
        await self.accounts.confirm_phone(citizen, self.wechat.phone_code(number))
        return await self.now(citizen)

    async def with_real_name(self, openid: str = "openid-li") -> Citizen:
        """Li, known to the authority."""
        citizen = await self.with_phone(openid)
        await self.accounts.confirm_real_name(citizen, LI, LI_NUMBER)
        return await self.now(citizen)

    async def now(self, citizen: Citizen) -> Citizen:
        """The same session with a fresh access token."""
        return self.tokens.citizen((await self.sessions.access_token(citizen.id, citizen.session_id)).text)
