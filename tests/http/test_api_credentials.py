"""Electronic credentials from the counter to the gate, through real sockets."""

import json
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

from core.resident_id import birth_date
from identity_center.credentials.claims import age
from identity_center.credentials.sd_jwt import verified
from identity_center.credentials.status_list import read
from identity_center.credentials.verification import verify_offline
from tests.http.api_answers import problem
from tests.http.api_credentials import (
    GATES,
    LICENCE,
    OFFICE,
    OWN,
    PASS,
    PASS_CLAIMS,
    PROOF,
    at_gate,
    issue,
    issued,
    office,
    shown,
)
from tests.http.api_places import city_time
from tests.http.api_services import new_key, with_face
from tests.running_city import RunningCity, SignedIn

Json = dict[str, Any]


async def keys(city: RunningCity) -> Json:
    found: Json = (await city.client.get("/api/v1/credentials/keys")).raise_for_status().json()
    return found


async def held(city: RunningCity, citizen: SignedIn) -> list[Json]:
    found: list[Json] = (await city.client.get(OWN, headers=citizen.headers)).raise_for_status().json()["items"]
    return found


async def record(city: RunningCity, citizen: SignedIn, credential_id: str) -> list[Json]:
    answer = await city.client.get(f"{OWN}/{credential_id}/record", headers=citizen.headers)
    found: list[Json] = answer.raise_for_status().json()["items"]
    return found


async def offline_verdict(city: RunningCity, code: str) -> str:
    """Of a gate that fetched keys and lists just now and asks nobody about this code."""
    jwks, addresses = await keys(city), (await city.client.get("/api/v1/credentials/status")).json()["status_lists"]
    lists = [read((await city.client.get(address)).text, jwks) for address in addresses]
    return verify_offline(code, jwks, lists, datetime.now(UTC)).verdict


async def test_a_park_pass_from_the_counter_to_the_gate(city: RunningCity) -> None:
    citizen = await city.sign_in(2)
    credential_id = await issued(city, citizen.person)
    (mine,) = await held(city, citizen)
    assert (mine["id"], mine["type_id"], mine["state"], mine["issued_by"]) == (credential_id, PASS, "valid", "staff")
    values = {claim["name"]: claim["value"] for claim in mine["claims"]}
    assert values["pass_number"] == PASS_CLAIMS["pass_number"]
    assert values["name"] == citizen.person["name"][0] + "*" * (len(citizen.person["name"]) - 1)

    made = await shown(city, citizen, credential_id, "name")
    times = {name: datetime.fromisoformat(made[name]) for name in ("issued_at", "refresh_at", "expires_at")}
    assert (times["refresh_at"] - times["issued_at"]).total_seconds() == 30
    assert (times["expires_at"] - times["issued_at"]).total_seconds() == 60
    entered = (await at_gate(city, made["code"])).json()
    assert (entered["verdict"], entered["name"]["zh"]) == ("valid", "公园年卡")
    claims = {claim["name"]: claim["value"] for claim in entered["claims"]}
    assert claims == {**PASS_CLAIMS, "name": citizen.person["name"]}

    for code in (made["code"], made["sd_jwt"]):
        assert (await at_gate(city, code)).json()["verdict"] == "replayed"
    items = await record(city, citizen, credential_id)
    assert [(item["kind"], item["verdict"]) for item in items] == [
        ("shown", "replayed"), ("shown", "replayed"), ("shown", "valid"), ("issued", None),
    ]  # fmt: skip
    assert (items[2]["place"], items[2]["claims"], items[2]["by"]) == ("北门", ["name"], "gate")
    assert items[2]["in_words"]["zh"] == "出示，地点：北门，结果：有效"


async def test_only_what_is_chosen_is_in_the_code(city: RunningCity) -> None:
    citizen = await city.sign_in(2)
    credential_id = await issued(city, citizen.person)
    jwks = await keys(city)
    for disclose, names in (
        (None, []),
        ("", []),
        ("birth_date", ["birth_date"]),
        ("name,birth_date", ["birth_date", "name"]),
    ):
        made = await shown(city, citizen, credential_id, disclose)
        assert made["disclosed"] == names
        assert sorted(verified(made["sd_jwt"], jwks).claims) == sorted([*PASS_CLAIMS, *names])
    path = f"{OWN}/{credential_id}/presentation?disclose=name,address"
    body = problem(
        await city.client.get(path, headers=citizen.headers), 422, "identity.credential.disclosure_unknown", "address"
    )
    assert body["claims"] == ["birth_date", "name"]


async def test_the_qr_code_is_a_picture(city: RunningCity) -> None:
    citizen = await city.sign_in(2)
    credential_id = await issued(city, citizen.person)
    path = f"{OWN}/{credential_id}/presentation.svg?disclose=name"
    answer = (await city.client.get(path, headers=citizen.headers)).raise_for_status()
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert answer.headers["Cache-Control"] == "no-store"
    image = ElementTree.fromstring(answer.text)  # noqa: S314
    assert int((image.get("viewBox") or "").split()[2]) <= 101 + 8  # version 21, and the quiet zone


async def test_a_gate_without_a_network_knows_what_was_suspended_and_revoked(city: RunningCity) -> None:
    citizen = await city.sign_in(2)
    credential_id = await issued(city, citizen.person)
    made = await shown(city, citizen, credential_id)
    assert await offline_verdict(city, made["code"]) == "valid"
    steps = (("suspension", "suspended", "lost"), ("resumption", "valid", None), ("revocation", "revoked", "misused"))
    for step, state, reason in steps:
        assert (await office(city, credential_id, step, reason)).json()["state"] == state
        assert await offline_verdict(city, made["code"]) == state
        path = f"{OWN}/{credential_id}/presentation"
        answer = await city.client.get(path, headers=citizen.headers)
        if state == "valid":
            assert answer.status_code == 200
        else:
            assert problem(answer, 409, "identity.credential.not_usable")["state"] == state
    assert (await at_gate(city, made["code"])).json()["verdict"] == "revoked"
    problem(await office(city, credential_id, "resumption", None), 409, "identity.credential.state_refused")
    kinds = [item["kind"] for item in await record(city, citizen, credential_id)]
    assert kinds == ["shown", "revoked", "resumed", "suspended", "issued"]
    assert (await issue(city, citizen.person)).status_code == 201


async def test_what_is_no_credential_of_this_city_is_unknown_to_its_gates(city: RunningCity) -> None:
    citizen = await city.sign_in(2)
    made = await shown(city, citizen, await issued(city, citizen.person))
    for code in (made["code"][:-8], made["sd_jwt"][:-4], made["sd_jwt"].rpartition("~")[0] + "~", "CST1:AAAA", "x"):
        problem(await at_gate(city, code), 422, "identity.credential.presentation_invalid", code)
    assert (await at_gate(city, made["code"])).json()["verdict"] == "valid"


async def test_a_gate_that_got_no_answer_repeats_with_its_key(city: RunningCity) -> None:
    citizen = await city.sign_in(2)
    credential_id = await issued(city, citizen.person)
    made, key = await shown(city, citizen, credential_id), new_key()
    answers = [await at_gate(city, made["code"], key=key) for _ in range(3)]
    assert {answer.text for answer in answers} == {answers[0].text}
    assert answers[0].json()["verdict"] == "valid"
    problem(await at_gate(city, made["sd_jwt"], key=key), 422, "idempotency.key_reused")
    assert [item["kind"] for item in await record(city, citizen, credential_id)] == ["shown", "issued"]


async def test_citizens_get_by_asking_what_the_city_can_prove_by_itself(city: RunningCity) -> None:
    citizen, key = await city.sign_in(2), new_key()
    headers = {**citizen.headers, "Idempotency-Key": key}
    asked = [await city.client.post(OWN, json={"type_id": PROOF}, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in asked] == [201, 201]
    assert asked[0].json() == asked[1].json()
    proof = asked[0].json()
    assert asked[0].headers["Location"] == f"{OWN}/{proof['id']}"
    assert proof["issued_by"] == "holder"
    assert citizen.person["id_number"] not in asked[0].text
    again = await city.client.post(OWN, json={"type_id": PROOF}, headers=citizen.headers)
    problem(again, 409, "identity.credential.already_held")
    other = await city.client.post(OWN, json={"type_id": PASS}, headers=citizen.headers)
    assert problem(other, 403, "identity.credential.not_issuable")["department"] == "gy.parks_bureau"

    made = await shown(city, citizen, proof["id"], "over_18")
    claims = {claim["name"]: claim["value"] for claim in (await at_gate(city, made["code"])).json()["claims"]}
    born = birth_date(citizen.person["id_number"])
    assert born is not None
    assert claims == {"over_18": age(born, (await city_time(city)).date()) >= 18}

    ended = await city.client.delete(f"{OWN}/{proof['id']}", headers=citizen.headers)
    assert ended.json()["state"] == "revoked"
    assert (await city.client.post(OWN, json={"type_id": PROOF}, headers=citizen.headers)).status_code == 201


async def test_a_licence_is_shown_with_a_face_matched_in_the_session(city: RunningCity) -> None:
    citizen = await with_face(city)
    claims = {
        "enterprise": "贵阳测试餐饮管理有限公司",
        "credit_code": "91110000600037341L",
        "address": "贵阳市观山湖区林城东路123号",
        "scope": "餐饮服务；食品销售",
        "established_on": "2019-01-02",
    }
    licence = (await issue(city, citizen.person, LICENCE, claims)).json()
    made = await shown(city, citizen, licence["id"], "legal_representative,scope,address")
    seen = {claim["name"]: claim["value"] for claim in (await at_gate(city, made["code"])).json()["claims"]}
    assert seen == {
        **{name: claims[name] for name in ("enterprise", "credit_code", "address", "scope")},
        "legal_representative": citizen.person["name"],
    }
    person = str(citizen.person["id"])
    without_face = await city.sign_in(2, person)
    path = f"{OWN}/{licence['id']}/presentation"
    answer = await city.client.get(path, headers=without_face.headers)
    assert problem(answer, 401, "identity.step_up_needed")["acr_values"] == "3"


async def test_the_counter_issues_to_whom_the_authority_knows(city: RunningCity) -> None:
    person, other = await city.person(), await city.person()
    swapped = {**person, "name": other["name"] + "某"}
    problem(await issue(city, swapped), 422, "identity.credential.holder_not_confirmed", person["id_number"])
    wrong = {"pass_number": "", "colour": "red-4c1b8e"}
    body = problem(await issue(city, person, claims=wrong), 422, "identity.credential.claims_invalid", "red-4c1b8e")
    assert body["claims"] == {"pass_number": "text", "category": "missing", "*": "unknown"}
    key = new_key()
    first, again = await issue(city, person, key=key), await issue(city, person, key=key)
    assert first.json() == again.json()
    problem(await issue(city, person), 409, "identity.credential.already_held")
    problem(await issue(city, person, "gy.nothing"), 404, "identity.credential.type_not_found")


async def test_the_counter_finds_by_id_number_and_reads_nothing_of_what_it_says(city: RunningCity) -> None:
    person = await city.person()
    credential_id = await issued(city, person)
    operator, auditor = await city.staff("operator"), await city.staff("auditor")
    found = await city.client.post(f"{OFFICE}/search", json={"id_number": person["id_number"]}, headers=operator)
    (item,) = found.json()["items"]
    assert (item["id"], item["state"]) == (credential_id, "valid")
    assert item.keys() == {"id", "type_id", "state", "issued_at", "expires_at"}
    assert (await city.client.get(f"{OFFICE}/{credential_id}", headers=auditor)).json() == item
    audited = (await city.client.get(f"{OFFICE}/{credential_id}/record", headers=auditor)).json()
    items = audited["items"]
    assert audited["fault"] is None
    assert [(one["kind"], one["staff_name"]) for one in items] == [("issued", "operator")]
    for text in (found.text, json.dumps(items, ensure_ascii=False)):
        assert person["name"] not in text
        assert person["id_number"] not in text


async def test_somebody_elses_credential_is_not_there(city: RunningCity) -> None:
    owner, stranger = await city.sign_in(2), await city.sign_in(2)
    credential_id = await issued(city, owner.person)
    paths = ("", "/presentation", "/presentation.svg", "/record")
    for method, path in (("DELETE", ""), *(("GET", path) for path in paths)):
        answer = await city.client.request(method, f"{OWN}/{credential_id}{path}", headers=stranger.headers)
        problem(answer, 404, "identity.credential.not_found")
    assert await held(city, stranger) == []


async def test_what_verifiers_need_is_open_to_anybody_as_the_standards_say(city: RunningCity) -> None:
    citizen = await city.sign_in(2)
    made = await shown(city, citizen, await issued(city, citizen.person))
    jwks = await keys(city)
    presented = verified(made["sd_jwt"], jwks)
    metadata = (await city.client.get(presented.vct)).raise_for_status().json()
    assert metadata["vct"] == presented.vct
    assert [claim["path"] for claim in metadata["claims"]] == [["pass_number"], ["category"], ["name"], ["birth_date"]]
    assert [claim["sd"] for claim in metadata["claims"]] == ["never", "never", "always", "always"]
    issuer = (await city.client.get("/.well-known/jwt-vc-issuer")).raise_for_status().json()
    assert issuer["issuer"] == presented.issuer == city.url
    assert (await city.client.get(issuer["jwks_uri"])).json() == jwks
    listed = (await city.client.get("/api/v1/credentials/types")).json()["items"]
    assert [one["id"] for one in listed] == [LICENCE, PASS, PROOF, "gy.social_security_card"]

    answer = await city.client.get(presented.status.uri)
    assert answer.headers["Content-Type"] == "application/statuslist+jwt"
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    status_list = read(answer.text, jwks)
    assert (status_list.uri, status_list.status(presented.status.index)) == (presented.status.uri, 0)
    problem(await city.client.get("/api/v1/credentials/status/2"), 404, "identity.credential.status_list_not_found")
    problem(await city.client.get("/api/v1/credentials/types/gy.no"), 404, "identity.credential.type_not_found")


async def test_no_name_number_or_code_is_in_the_log_or_in_the_files(city: RunningCity) -> None:
    citizen = await city.sign_in(2)
    credential_id = await issued(city, citizen.person)
    made = await shown(city, citizen, credential_id, "name,birth_date")
    await at_gate(city, made["code"])
    await at_gate(city, made["sd_jwt"][:-2])
    await city.client.post(GATES, json={"code": made["code"]}, headers=citizen.headers)
    person = citizen.person
    files = b"".join(path.read_bytes() for path in city.data.glob("*") if path.is_file())
    written = files + city.log.read_bytes()
    assert credential_id.encode() in written
    for secret in (person["name"], person["id_number"], PASS_CLAIMS["pass_number"], made["code"], made["sd_jwt"]):
        assert secret.encode() not in written
        assert json.dumps(secret).strip('"').encode() not in written
