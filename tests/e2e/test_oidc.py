"""A department's site as it would be written, with Authlib's client, over the whole life of a sign-in."""

import secrets
import socket
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt as jose
from joserfc.jwk import ECKey, KeySet

from tests.department_sites import BACK, OUT, Browser, Phone, Site, answer_of, registered
from tests.running_city import SignedIn, running_city

SCOPES = "openid offline_access real_name phone id_number"


class RelyingParty:
    """Knows the city's address, its own registration, and nothing else: the rest it discovers."""

    def __init__(self, site: Site, metadata: dict[str, Any], keys: KeySet) -> None:
        self.site, self.metadata, self.keys = site, metadata, keys
        self.client = AsyncOAuth2Client(
            site.client_id, self._proof(), token_endpoint_auth_method=self._way(),
            revocation_endpoint_auth_method=self._way(), redirect_uri=BACK, scope=SCOPES,
            code_challenge_method="S256", trust_env=False, timeout=60,
        )  # fmt: skip
        if site.key is not None:
            self.client.register_client_auth_method(
                PrivateKeyJWT(metadata["token_endpoint"], alg="ES256", headers={"kid": site.kid})
            )

    @classmethod
    async def discovering(cls, site: Site) -> "RelyingParty":
        async with httpx.AsyncClient(trust_env=False) as plain:
            metadata = (await plain.get(f"{site.issuer}/.well-known/openid-configuration")).raise_for_status().json()
            assert metadata["issuer"] == site.issuer
            keys = KeySet.import_key_set((await plain.get(metadata["jwks_uri"])).raise_for_status().json())
        return cls(site, metadata, keys)

    def _way(self) -> str:
        return "private_key_jwt" if self.site.key is not None else "client_secret_basic"

    def _proof(self) -> str | ECKey:
        if self.site.key is None:
            return str(self.site.secret)
        return ECKey.import_key(self.site.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    async def begin(self, browser: Browser, **wanted: str) -> "Begun":
        """Pushes the request, and sends the browser."""
        begun = Begun(secrets.token_urlsafe(48), secrets.token_urlsafe(16))
        address, state = self.client.create_authorization_url(
            self.metadata["authorization_endpoint"], code_verifier=begun.verifier, nonce=begun.nonce, **wanted
        )
        begun.state = state
        pushed = await self.client.request(
            "POST",
            self.metadata["pushed_authorization_request_endpoint"], data=answer_of(address), withhold_token=True,
            auth=self.client.client_auth(self._way()),
        )  # fmt: skip
        assert pushed.status_code == 201, pushed.text
        begun.answer = await browser.authorize(client_id=self.site.client_id, request_uri=pushed.json()["request_uri"])
        return begun

    async def complete(self, begun: "Begun", answer: dict[str, str]) -> dict[str, Any]:
        assert (answer["state"], answer["iss"]) == (begun.state, self.site.issuer)
        token = await self.client.fetch_token(
            self.metadata["token_endpoint"], code=answer["code"], code_verifier=begun.verifier
        )
        return {**token, "claims": self.claims(token["id_token"], begun.nonce)}

    def claims(self, id_token: str, nonce: str | None = None) -> dict[str, Any]:
        token = jose.decode(id_token, self.keys, algorithms=["ES256"])
        registry = jose.JWTClaimsRegistry(
            iss={"essential": True, "value": self.site.issuer}, aud={"essential": True, "value": self.site.client_id},
            exp={"essential": True},
        )  # fmt: skip
        registry.validate(token.claims)
        assert nonce is None or token.claims["nonce"] == nonce
        return dict(token.claims)


class Begun:
    def __init__(self, verifier: str, nonce: str) -> None:
        self.verifier, self.nonce, self.state = verifier, nonce, ""
        self.answer = httpx.Response(0)


async def test_a_site_signs_a_citizen_in_and_out_with_a_library_client(tmp_path: Path) -> None:
    async with running_city(tmp_path) as city:
        citizen = await city.sign_in(2)
        for site in (await registered(city), await registered(city, secret=True)):
            party = await RelyingParty.discovering(site)
            async with party.client:
                await whole_life(party, citizen)


async def whole_life(party: RelyingParty, citizen: SignedIn) -> None:
    site = party.site
    browser, phone = Browser(site.city), Phone(site.city, citizen)
    begun = await party.begin(browser, acr_values="2")
    await phone.approve(browser, "real_name", "phone")
    token = await party.complete(begun, await browser.back())
    assert token["claims"]["acr"] == "2"
    assert abs(token["claims"]["auth_time"] - time.time()) < 60
    assert token["scope"] == "openid offline_access real_name phone"

    userinfo = (await party.client.get(party.metadata["userinfo_endpoint"])).raise_for_status().json()
    assert userinfo == {
        "sub": token["claims"]["sub"], "name": citizen.person["name"], "phone_number": citizen.person["phone"],
        "phone_number_verified": True,
    }  # fmt: skip
    log = (await site.city.client.get("/api/v1/me/access_log", headers=citizen.headers)).json()["items"]
    assert [entry["fields"] for entry in log[:2]] == [["phone"], ["name"]]
    assert "电子税务局" in log[0]["in_words"]["zh"]

    first = dict(party.client.token)
    renewed = await party.client.refresh_token(party.metadata["token_endpoint"], first["refresh_token"])
    assert renewed["refresh_token"] != first["refresh_token"]
    assert party.claims(renewed["id_token"])["sub"] == token["claims"]["sub"]

    told = await party.client.introspect_token(party.metadata["introspection_endpoint"], renewed["access_token"])
    assert (told.json()["active"], told.json()["sub"]) == (True, token["claims"]["sub"])
    gone = await party.client.revoke_token(party.metadata["revocation_endpoint"], renewed["refresh_token"])
    assert gone.status_code == 200
    told = await party.client.introspect_token(party.metadata["introspection_endpoint"], renewed["access_token"])
    assert told.json() == {"active": False}

    again = await party.begin(browser, prompt="none", scope="openid")
    silent = await party.complete(again, answer_of(again.answer.headers["Location"]))
    assert silent["claims"]["sub"] == token["claims"]["sub"]
    leaving = {"id_token_hint": silent["id_token"], "post_logout_redirect_uri": OUT, "state": "bye"}
    out = await browser.get(party.metadata["end_session_endpoint"], params=leaving)
    assert (out.status_code, out.headers["Location"]) == (303, f"{OUT}?state=bye")
    nobody = await party.begin(browser, prompt="none", scope="openid")
    assert answer_of(nobody.answer.headers["Location"])["error"] == "login_required"


async def test_a_fresh_face_is_asked_for_in_the_mini_program(tmp_path: Path) -> None:
    async with running_city(tmp_path) as city, AsyncExitStack() as stack:
        citizen = await city.sign_in(2)
        site = await registered(city)
        browser, phone = Browser(city), Phone(city, citizen)
        party = await RelyingParty.discovering(site)
        await stack.enter_async_context(party.client)
        begun = await party.begin(browser, acr_values="3", max_age="300")
        scan = await browser.scan()
        asked = (await phone.look(scan)).json()
        assert (asked["assurance"], asked["max_age"]) == (3, 300)
        number = (await browser.progress())["number"]
        refused = await phone.answer(scan, number)
        assert refused.status_code == 401
        challenge = 'Bearer error="insufficient_user_authentication", acr_values="3", max_age=300'
        assert refused.headers["WWW-Authenticate"] == challenge
        assert (await browser.progress())["stage"] == "scanned"

        proof = await city.face_proof(citizen)
        path = "/api/v1/identity/face/verifications"
        raised = await city.client.post(path, json=proof, headers=citizen.headers)
        citizen.access_token = raised.raise_for_status().json()["access_token"]
        assert (await phone.answer(scan, number)).status_code == 204
        token = await party.complete(begun, await browser.back())
        assert token["claims"]["acr"] == "3"
        assert 0 <= time.time() - token["claims"]["auth_time"] <= 300


async def test_a_code_that_was_given_out_is_good_after_kill_9(tmp_path: Path) -> None:
    port = await free_port()
    settings = {"http": {"port": port}}
    async with running_city(tmp_path, settings) as city:
        site, browser = await registered(city), Browser(city)
        citizen = await city.sign_in(2)
        await browser.open(site, scope="openid offline_access")
        await Phone(city, citizen).approve(browser)
        code = (await browser.back())["code"]
        await city.kill()
    async with running_city(tmp_path, settings) as city:
        site.city = city
        given = await site.exchanged(code)
        assert given.status_code == 200, given.text
        refresh = given.json()["refresh_token"]
        await city.kill()
    async with running_city(tmp_path, settings) as city:
        site.city = city
        assert (await site.exchanged(code)).json()["error"] == "invalid_grant"
        assert (await site.refreshed(refresh)).json()["error"] == "invalid_grant", (
            "a code used twice ends what came of it"
        )


async def free_port() -> int:
    with socket.socket() as probing:
        probing.bind(("127.0.0.1", 0))
        return int(probing.getsockname()[1])
