"""Families and enterprises of the sandbox: who is whose guardian, who represents what, and how that changes."""

import pytest
from stdnum.cn import uscc

from sandbox.enterprises import credit_code
from sandbox.personas import PERSONAS
from tests.http.test_sandbox_departments import SECURITY
from tests.sandbox_world import number, world


async def test_the_authority_knows_who_is_whose_guardian_until_a_court_decides() -> None:
    async with world() as city:

        async def is_guardian(one: str, minor: str) -> bool:
            numbers = [(await city.client.get(f"/personas/{name}")).json()["id_number"] for name in (one, minor)]
            asked = {"guardian_id_number": numbers[0], "minor_id_number": numbers[1]}
            return bool((await city.asked("/authority/guardian", asked))["result"] == "match")

        known = {("lin_yue", "lin_xiaoyu"), ("chen_guoqiang", "chen_xi"), ("resident-7", "child-7")}
        known |= {("resident-6", "child-7"), ("resident-999999", "child-999999"), ("resident-1", "child-1")}
        people = {name for pair in known for name in pair}
        for one in people:
            for minor in people:
                assert await is_guardian(one, minor) == ((one, minor) in known), (one, minor)
        path = "/personas/child-7/guardians/resident-6"
        for still in (False, True):
            told = (await city.client.put(path, json={"guardian": still})).json()
            assert told == {"minor": "child-7", "guardian": "resident-6", "is_guardian": still}
            assert await is_guardian("resident-6", "child-7") == still
            assert await is_guardian("resident-7", "child-7")
        assert (await city.client.put("/personas/child-7/guardians/nobody", json={"guardian": True})).status_code == 404


@pytest.mark.parametrize("wrong", ["x", "😀", number("52019920991231001"), number("52019920160101099"), "520100"])
async def test_what_is_no_child_has_no_guardian(wrong: str) -> None:
    async with world() as city:
        asked = {"guardian_id_number": PERSONAS[0].id_number, "minor_id_number": wrong}
        assert await city.asked("/authority/guardian", asked) == {"result": "mismatch"}


async def test_the_register_knows_who_represents_what_and_hears_of_changes() -> None:
    async with world() as city:
        (mine,) = (await city.client.get("/personas/lin_yue/enterprises")).json()["enterprises"]
        (theirs,) = (await city.client.get("/personas/resident-123456/enterprises")).json()["enterprises"]
        assert uscc.is_valid(mine["credit_code"])
        assert uscc.is_valid(theirs["credit_code"])
        asked = {"credit_code": mine["credit_code"], "id_number": PERSONAS[0].id_number}
        known = {"name": mine["name"], "state": "operating", "representative": "match"}
        assert await city.asked("/enterprises/check", asked) == known
        stranger = {**asked, "id_number": PERSONAS[1].id_number}
        assert await city.asked("/enterprises/check", stranger) == {**known, "representative": "mismatch"}
        change = {"representative": "resident-123456", "state": "revoked"}
        changed = (await city.client.put(f"/enterprises/{mine['credit_code']}", json=change)).json()
        assert changed == {**mine, **change}
        gone = {**known, "state": "revoked", "representative": "mismatch"}
        assert await city.asked("/enterprises/check", asked) == gone
        listed = (await city.client.get("/personas/resident-123456/enterprises")).json()["enterprises"]
        assert {one["credit_code"] for one in listed} == {mine["credit_code"], theirs["credit_code"]}
        assert (await city.client.put("/enterprises/nobody", json=change)).status_code == 404
        assert (await city.client.get("/personas/nobody/enterprises")).status_code == 404


@pytest.mark.parametrize("wrong", ["x", "😀", "91529900MA1234569D", "91110000600037341L", "91529900ma1234569c"])
async def test_codes_of_nobody_are_not_found(wrong: str) -> None:
    async with world() as city:
        answer = await city.signed("/enterprises/check", {"credit_code": wrong, "id_number": "x"})
        assert (answer.status_code, answer.json()) == (404, {"error": "not_found"})


async def test_an_enterprise_pays_for_some_people_every_month_and_the_same_tomorrow() -> None:
    async with world() as city:
        path, asked = f"{SECURITY}/enterprises/query", {"credit_code": credit_code("MB000001")}
        first = await city.asked(path, asked)
        assert [record["month"] for record in first["records"]] == [
            *(f"2026-{month:02}" for month in range(10, 0, -1)), "2025-12", "2025-11",
        ]  # fmt: skip
        assert first["insured"] == first["records"][0]["insured"] > 0
        city.later(hours=6)
        assert await city.asked(path, asked) == first
        answer = await city.signed(path, {"credit_code": "91110000600037341M"})
        assert (answer.status_code, answer.json()) == (422, {"error": "invalid_credit_code"})
