"""People who act for people: a mother, her children, an old man, a neighbour, and enterprises."""

from datetime import datetime

from core.caller import Citizen
from core.credit_code import check_character
from core.deeds import Deed
from core.text import text
from identity_center.acting.limits import EVERYTHING, ActingLimits
from identity_center.enterprise.service import EnterpriseView
from identity_center.relations.family import FaceShown
from identity_center.relations.relation import Relation
from identity_center.settings import ActingSettings, IdentitySettings
from tests.unit.identity_world import World, id_number

MOTHER, MOTHER_NUMBER = "周敏", id_number("52010019880305124")
NEIGHBOUR, NEIGHBOUR_NUMBER = "何山", id_number("52010019790606317")
OLD_MAN, OLD_NUMBER = "唐福生", id_number("52010019500101513")
CHILD, CHILD_NUMBER = "周小满", id_number("52010020160501224")
"""Ten years old in 2026."""
TEEN, TEEN_NUMBER = "周大年", id_number("52010020110210315")
"""Fifteen."""
STUDENT, STUDENT_NUMBER = "高小七", id_number("52010020091123317")
"""Of age on 23 November 2027, a year and a day after these tests begin."""
CODE = "91529900MB000001" + "X"
CREDIT_CODE = CODE + check_character(CODE)
COMPANY = "贵阳某某软件有限公司"

NEIGHBOURS = [(f"何{name}", id_number(f"5201001979060631{place}")) for place, name in enumerate("一二三四五六七八九十")]
"""Ten more adults."""

PARKS_ONLY = ActingLimits(mode="only", cards=("gy.scenic_spots",))
NO_FUND = ActingLimits(mode="all_but", themes=("housing",), operations=("gy.social_security/contributions",))


def limited(**numbers: int) -> IdentitySettings:
    return IdentitySettings(acting=ActingSettings(**numbers))


def deed(card_id: str = "gy.social_security", theme: str = "social_security", operation: str = "accounts") -> Deed:
    purpose, use = text("办理“社保查询”", "For the service"), text("参保信息", "My insurance")
    return Deed(card_id, theme, operation, "gy.human_resources", purpose, use, "request-1")


class ActingWorld(World):
    """`WORLD.person("周敏", …)` signs somebody in whom the authority knows, as far as level 3 where asked."""

    async def person(self, name: str, number: str, level: int = 2, openid: str | None = None) -> Citizen:
        self.authority.names[number] = name
        citizen = await self.citizen(openid or f"openid-{number}", f"device-{number}")
        if level >= 1:
            await self.accounts.confirm_phone(citizen, self.wechat.phone_code("139" + number[-9:-1]))
        if level >= 2:
            await self.accounts.confirm_real_name(citizen, name, number)
        return await (self.with_face(citizen) if level >= 3 else self.now(citizen))

    async def with_face(self, citizen: Citizen) -> Citizen:
        await self.sessions.raise_to_face(citizen, self.clock.now())
        return await self.now(citizen)

    async def mother(self) -> Citizen:
        """At level 3, of a child and a teen whom the authority knows."""
        self.authority.names |= {CHILD_NUMBER: CHILD, TEEN_NUMBER: TEEN}
        self.authority.guardians |= {(MOTHER_NUMBER, CHILD_NUMBER), (MOTHER_NUMBER, TEEN_NUMBER)}
        return await self.person(MOTHER, MOTHER_NUMBER, 3)

    async def child_of(self, mother: Citizen) -> Relation:
        return await self.acting.family.add_child(mother, CHILD, CHILD_NUMBER)

    async def helped(
        self, person: Citizen, helper: Citizen, limits: ActingLimits = EVERYTHING, days: int = 30
    ) -> Relation:
        """The relation that is made when the one shows a code and the other enters it."""
        code = await self.acting.helpers.invite(person, limits, days)
        choice = await self.acting.service.accept(helper, code.code)
        relation = await self.documents.get(Relation, choice.grant_id)
        assert relation is not None
        return relation

    async def acts(self, citizen: Citizen, grant_id: str) -> Citizen:
        """Whom the token for acting speaks for."""
        _, token = await self.acting.service.choose(citizen, grant_id)
        return self.tokens.citizen(token.text)

    async def shows_face(self, citizen: Citizen) -> FaceShown:
        """What a camera sees of somebody who does what the challenge of this session asks."""
        challenge = await self.faces.start(citizen)
        return FaceShown(challenge.id, challenge.nonce, ["neutral", *challenge.actions])

    async def bound(self, owner: Citizen, number: str, code: str = CREDIT_CODE) -> EnterpriseView:
        self.registry.enterprises[code] = (COMPANY, number, True)
        return await self.acting.enterprises.bind(owner, code)

    async def agent(
        self,
        owner: Citizen,
        enterprise_id: str,
        agent: Citizen,
        limits: ActingLimits = EVERYTHING,
        *,
        days: int = 30,
        may_consent: bool = False,
    ) -> str:
        """The id of the mandate that is made when the one shows a code and the other enters it."""
        code = await self.acting.agents.invite(owner, enterprise_id, limits, days, may_consent=may_consent)
        return (await self.acting.service.accept(agent, code.code)).grant_id

    @property
    def noon(self) -> datetime:
        return self.clock.now()
