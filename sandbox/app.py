"""The map of the outside world: which path belongs to whom."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tornado.web import Application

from sandbox import enterprise_insurance, people, social_security, web
from sandbox.authority import Authority
from sandbox.camera import Camera
from sandbox.enterprises import Enterprises
from sandbox.housing_fund import HousingFund
from sandbox.ledger import Ledger
from sandbox.modes import Modes
from sandbox.portraits import Portraits
from sandbox.signing import Signatures
from sandbox.web import Answer, Call, Reply, Route, Serve
from sandbox.wechat import Platform
from sandbox.wechat_face import FaceCheck

PLAIN, JSON = "text/plain", "application/json; encoding=utf-8"
FACE_BODY_LIMIT = 12 * 1024 * 1024


@dataclass(frozen=True)
class Settings:
    """What the outside world and the platform must agree on. Without a directory nothing outlives the process."""

    wechat_appid: str
    wechat_secret: str
    signing_key_id: str
    signing_secret: str
    directory: Path | None


class OutsideWorld:
    """Everything the sandbox plays, put together."""

    def __init__(self, settings: Settings) -> None:
        self.modes = Modes()
        self.portraits = Portraits(settings.directory)
        self.camera = Camera(self.portraits)
        self.wechat = Platform(settings.wechat_appid, settings.wechat_secret, self.modes)
        self.face_check = FaceCheck(self.wechat)
        self.people = people.People(self.wechat, self.face_check, self.portraits, self.camera)
        self.authority = Authority(self.camera)
        self.enterprises = Enterprises()
        self.housing_fund = HousingFund(Ledger(settings.directory and settings.directory / "withdrawals.jsonl"))
        self._signatures = Signatures(settings.signing_key_id, settings.signing_secret)

    def application(self, now: Callable[[], datetime]) -> Application:
        return web.application(self.routes(), now)

    def routes(self) -> list[Route]:
        return [*self._platform(), *self._departments(), *self._controls()]

    async def close(self) -> None:
        await self.portraits.close()
        self.camera.close()

    def _platform(self) -> list[Route]:
        wechat, face = self.wechat, self.face_check
        identify = "/cityservice/face/identify"
        return [
            Route("/sns/jscode2session", {"GET": wechat.served(wechat.code_to_session, PLAIN)}),
            Route("/cgi-bin/stable_token", {"POST": wechat.served(wechat.stable_token, JSON)}),
            Route("/wxa/business/getuserphonenumber", {"POST": wechat.served(wechat.phone_number, JSON)}),
            Route(f"{identify}/getverifyid", {"POST": wechat.served(face.get_verify_id, JSON)}),
            Route(f"{identify}/queryverifyinfo", {"POST": wechat.served(face.query_verify_info, JSON)}),
        ]

    def _departments(self) -> list[Route]:
        security, fund = "social_security", "housing_fund"
        return [
            self._signed("/authority/verify", "authority", self.authority.verify),
            self._signed("/authority/photo", "authority", self.authority.photo),
            self._signed("/authority/guardian", "authority", self.authority.guardian),
            self._signed("/enterprises/check", "enterprise_registry", self.enterprises.check),
            self._signed(f"/departments/{security}/accounts/query", security, social_security.accounts),
            self._signed(f"/departments/{security}/contributions/query", security, social_security.contributions),
            self._signed(f"/departments/{security}/enterprises/query", security, enterprise_insurance.unit),
            self._signed(f"/departments/{fund}/accounts/query", fund, self.housing_fund.accounts),
            self._signed(f"/departments/{fund}/withdrawals", fund, self.housing_fund.withdraw),
        ]

    def _signed(self, path: str, system: str, serve: Serve) -> Route:
        return Route(path, {"POST": self.modes.felt(system, self._signatures.required(serve))})

    def _controls(self) -> list[Route]:
        person = r"/personas/([^/]+)"
        return [
            Route("/", {"GET": page}),
            Route("/healthz", {"GET": healthz}),
            Route("/personas", {"GET": self.people.personas}),
            Route(person, {"GET": self.people.persona}),
            Route(f"{person}/wechat_code", {"POST": self.people.code("login")}),
            Route(f"{person}/phone_code", {"POST": self.people.code("phone")}),
            Route(f"{person}/facial_verify", {"POST": self.people.facial_verify}),
            Route(f"{person}/camera", {"POST": self.people.shoot}),
            Route(rf"{person}/portrait\.jpg", {"GET": self.people.portrait}),
            Route(f"{person}/face", {"PUT": self.people.enrol, "DELETE": self.people.forget_face}, FACE_BODY_LIMIT),
            Route(rf"{person}/guardians/([^/]+)", {"PUT": self.authority.change_guardian}),
            Route(rf"{person}/enterprises", {"GET": self.enterprises.of_persona}),
            Route(r"/enterprises/([^/]+)", {"PUT": self.enterprises.change}),
            Route(r"/population/([^/]+)", {"GET": people.resident}),
            Route("/departments", {"GET": self.modes.list}),
            Route(r"/departments/([^/]+)/mode", {"PUT": self.modes.put}),
        ]


async def healthz(_call: Call) -> Answer:
    return {"status": "ok"}


async def page(_call: Call) -> Answer:
    return Reply(Path(__file__).with_name("page.html").read_bytes(), "text/html; charset=utf-8")
