"""A department's site, a visitor's browser and a citizen's phone, as a running city meets them."""

import hashlib
import re
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from tests.running_city import RunningCity, SignedIn

BACK, OUT = "https://tax.example/callback?from=city", "https://tax.example/bye"
CLIENTS = "/api/v1/staff/oidc_clients"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
REGISTRATION: dict[str, Any] = {
    "department": "gy.tax",
    "name": {"zh": "电子税务局", "en": "Tax office online"},
    "purpose": {"zh": "办理纳税申报", "en": "filing tax returns"},
    "redirect_uris": [BACK],
    "post_logout_redirect_uris": [OUT],
    "scopes": ["openid", "offline_access", "real_name", "phone", "id_number"],
}


def verifier() -> str:
    return secrets.token_urlsafe(48)


def challenge_of(text: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def public_key(key: ec.EllipticCurvePrivateKey, kid: str) -> dict[str, str]:
    jwk = orjson.loads(ECAlgorithm.to_jwk(key.public_key()))
    return {"kty": "EC", "crv": "P-256", "kid": kid, "x": jwk["x"], "y": jwk["y"]}


@dataclass
class Site:
    """A registered client. `secret` when it has one, else `key` signs for it."""

    city: RunningCity
    client_id: str
    secret: str | None
    key: ec.EllipticCurvePrivateKey | None
    kid: str = "one"

    @property
    def issuer(self) -> str:
        return self.city.url

    def assertion(self, **changes: Any) -> str:
        now = int(time.time())
        claims = {"iss": self.client_id, "sub": self.client_id, "aud": self.issuer, "iat": now, "exp": now + 60}
        claims |= {"jti": secrets.token_hex(8), **changes}
        assert self.key is not None
        return jwt.encode(claims, self.key, "ES256", headers={"kid": self.kid})

    async def post(self, path: str, form: Mapping[str, str]) -> httpx.Response:
        """As this client, proved."""
        if self.secret is not None:
            return await self.city.client.post(path, data=dict(form), auth=(self.client_id, self.secret))
        proof = {"client_assertion_type": ASSERTION, "client_assertion": self.assertion()}
        return await self.city.client.post(path, data={**form, **proof})

    def request(self, **changes: str | None) -> dict[str, str]:
        """A request as it should be, but for `changes`; None leaves a parameter out."""
        whole: dict[str, str | None] = {
            "client_id": self.client_id, "response_type": "code", "redirect_uri": BACK, "scope": "openid",
            "state": "st4te", "nonce": "n0nce", "code_challenge": challenge_of("v" * 43),
            "code_challenge_method": "S256",
            **changes,
        }  # fmt: skip
        return {name: value for name, value in whole.items() if value is not None}

    async def pushed(self, **changes: str | None) -> str:
        answer = await self.post("/oidc/par", self.request(**changes))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["request_uri"])

    async def exchanged(self, code: str, **changes: str) -> httpx.Response:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": "v" * 43}
        return await self.post("/oidc/token", {**form, **changes})

    async def refreshed(self, token: str) -> httpx.Response:
        return await self.post("/oidc/token", {"grant_type": "refresh_token", "refresh_token": token})

    async def introspected(self, token: str) -> dict[str, Any]:
        answer = await self.post("/oidc/introspect", {"token": token})
        return dict(answer.raise_for_status().json())

    async def userinfo(self, token: str) -> httpx.Response:
        return await self.city.client.get("/oidc/userinfo", headers={"Authorization": f"Bearer {token}"})


async def registered(city: RunningCity, *, secret: bool = False, **changes: Any) -> Site:
    key = None if secret else ec.generate_private_key(ec.SECP256R1())
    proof = (
        {"authentication": "client_secret_basic"}
        if key is None
        else {"authentication": "private_key_jwt", "keys": [public_key(key, "one")]}
    )
    answer = await city.client.post(CLIENTS, json={**REGISTRATION, **proof, **changes}, headers=await city.staff())
    assert answer.status_code == 201, answer.text
    made = answer.json()
    return Site(city, made["client_id"], made["client_secret"], key)


def answer_of(address: str) -> dict[str, str]:
    """The parameters that come back to a site."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


@dataclass
class Browser:
    """Keeps cookies, follows nothing by itself. `page` is where the sign-in waits."""

    city: RunningCity
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)
    page: str = ""
    agent: str = "Mozilla/5.0 (X11; Linux x86_64)"

    async def call(self, method: str, address: str, **sent: Any) -> httpx.Response:
        headers = {"Accept": "text/html", "User-Agent": self.agent, **sent.pop("headers", {})}
        async with httpx.AsyncClient(
            base_url=self.city.url, trust_env=False, timeout=60, headers=headers, cookies=self.cookies,
            verify=False,  # noqa: S501  # no TLS here
        ) as client:  # fmt: skip
            answer = await client.request(method, address, **sent)
            self.cookies = client.cookies
        return answer

    async def get(self, address: str, **sent: Any) -> httpx.Response:
        return await self.call("GET", address, **sent)

    async def authorize(self, **parameters: str) -> httpx.Response:
        answer = await self.get("/oidc/authorize", params=parameters)
        target = answer.headers.get("Location", "")
        if target.startswith("/oidc/sign_ins/"):
            self.page = target
        return answer

    async def open(self, site: Site, **changes: str | None) -> httpx.Response:
        """The visitor of a site that has pushed its request arrives."""
        return await self.authorize(client_id=site.client_id, request_uri=await site.pushed(**changes))

    async def progress(self) -> dict[str, Any]:
        return dict((await self.get(f"{self.page}/progress")).raise_for_status().json())

    async def scan(self) -> str:
        """What the code on the page says now."""
        found = re.search(r"scan=([A-Za-z0-9._-]+)", (await self.progress())["open"])
        assert found is not None
        return found[1]

    async def back(self) -> dict[str, str]:
        """Goes on after the approval; what the site is told."""
        answer = await self.get(f"{self.page}/continuation")
        assert answer.status_code == 303, answer.text
        assert answer.headers["Location"].startswith(BACK)
        return answer_of(answer.headers["Location"])


@dataclass
class Phone:
    """The mini-program of a signed-in citizen."""

    city: RunningCity
    citizen: SignedIn

    async def look(self, scan: str) -> httpx.Response:
        return await self.city.client.get(f"/api/v1/oidc/scans/{scan}", headers=self.citizen.headers)

    async def answer(self, scan: str, number: str, *agreed: str) -> httpx.Response:
        body = {"number": number, "agreed": list(agreed)}
        path = f"/api/v1/oidc/scans/{scan}/approval"
        return await self.city.client.post(path, json=body, headers=self.citizen.headers)

    async def refuse(self, scan: str) -> httpx.Response:
        return await self.city.client.post(f"/api/v1/oidc/scans/{scan}/refusal", headers=self.citizen.headers)

    async def approve(self, browser: Browser, *agreed: str) -> None:
        """Scans the page, chooses the number that it shows then."""
        scan = await browser.scan()
        numbers = (await self.look(scan)).raise_for_status().json()["numbers"]
        number = (await browser.progress())["number"]
        assert number in numbers
        approved = await self.answer(scan, number, *agreed)
        assert approved.status_code == 204, approved.text


async def signed_in(
    site: Site, citizen: SignedIn, browser: Browser | None = None, *agreed: str, **changes: str | None
) -> dict[str, Any]:
    """A whole sign-in; the tokens."""
    browser = browser or Browser(site.city)
    await browser.open(site, **changes)
    await Phone(site.city, citizen).approve(browser, *agreed)
    code = (await browser.back())["code"]
    answer = await site.exchanged(code)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())
