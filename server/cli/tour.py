"""`cst tour`: a citizen's day against a running city, over HTTP only, each step with what was asked and answered."""

import argparse
import json
import secrets
import sys
import time
from typing import Any

from server.cli.http_client import Answer, Json, call

DEMO_PASSWORD = "demo-city-2026"  # noqa: S105  # config.yaml's demo.staff_password
SHOWN = 400
FACE_TRIES = 8
_BOLD, _GREEN, _RED, _DIM, _PLAIN = "\033[1m", "\033[32m", "\033[31m", "\033[2m", "\033[0m"


class Disappointed(Exception):
    """An answer was not what it should be."""


def add_to(commands: Any) -> None:
    parser = commands.add_parser("tour", help="a citizen's day against a running city")
    parser.add_argument("--url", default="http://127.0.0.1:8080", help="where the city is (%(default)s)")
    parser.add_argument("--operator-password", default=DEMO_PASSWORD, help="of the demo's operator and gate accounts")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    tour = Tour(chosen.url.rstrip("/"), chosen.operator_password)
    try:
        tour.whole_day()
    except Disappointed as error:
        tour.say(f"✗ {error}", _RED)
        return 1
    except (OSError, ValueError) as error:  # ValueError: this is no address
        tour.say(f"✗ {chosen.url}: {getattr(error, 'reason', error)}; is the city running (./run)?", _RED)
        return 1
    tour.say("✓ The whole day went as it should. 全程顺利。", _GREEN)
    return 0


class Tour:
    """What the citizen carries through the day: tokens, and what earlier answers said."""

    def __init__(self, url: str, password: str) -> None:
        self.url = url
        self.password = password
        self.sandbox = ""
        self.token = ""
        self.gate_token = ""
        self.steps = 0
        self.colour = sys.stdout.isatty()

    def say(self, line: str, colour: str = "") -> None:
        print(f"{colour}{line}{_PLAIN}" if self.colour and colour else line, flush=True)

    def step(self, title: str) -> None:
        self.steps += 1
        self.say(f"\n{self.steps:2}. {title}", _BOLD)

    def ask(
        self, method: str, path: str, body: Json = None, *, expect: int = 200, token: str | None = None, **headers: str
    ) -> Json:
        """Asks the city and shows both sides. Raises `Disappointed` on another status than expected."""
        answer = self.send(method, path, body, token, **headers)
        if answer.status != expect:
            raise Disappointed(f"{method} {path} answered {answer.status}, not {expect}")
        return answer.body

    def send(self, method: str, path: str, body: Json, token: str | None = None, **headers: str) -> Answer:
        bearer = self.token if token is None else token
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if bearer:
            sent["Authorization"] = f"Bearer {bearer}"
        self.say(f"    → {method} {path} {_shown(body)}", _DIM)
        answer = call(method, self.url + path, body, sent)
        self.say(f"    ← {answer.status} {_shown(answer.body)}", _DIM)
        return answer

    def outside(self, method: str, path: str, body: Json = None) -> Json:
        """Asks the simulated outside world (what a phone, WeChat or a camera would give)."""
        answer: Answer = call(method, self.sandbox + path, body)
        if answer.status != 200:
            raise Disappointed(f"the sandbox's {path} answered {answer.status}")
        return answer.body

    def check(self, holds: bool, what: str) -> None:
        if not holds:
            raise Disappointed(f"expected: {what}")
        self.say(f"    ✓ {what}", _GREEN)

    def whole_day(self) -> None:
        city = self.ask("GET", "/api/v1/city")
        if not city.get("sandbox_url"):
            raise Disappointed("this city has no sandbox; the tour needs the demo profile")
        self.sandbox = city["sandbox_url"]
        operator = self.staff("operator")
        before = self.ask("GET", "/api/v1/operator/figures", token=operator)
        cards_before = self.ask("GET", "/api/v1/operator/cards", token=operator)["items"]
        citizen, companion = self.persona(), self.persona()
        self.prove_identity(citizen)
        self.query_cards()
        self.appointment()
        self.park(companion)
        self.annual_pass(citizen, operator)
        self.child_of(citizen)
        self.enterprise_of(citizen)
        self.figures(operator, before, cards_before)

    def staff(self, name: str) -> str:
        self.step(f"Staff sign in: {name} 工作人员登录")
        session = self.ask(
            "POST", "/api/v1/staff/sessions", {"name": name, "password": self.password}, expect=201, token=""
        )
        return str(session["access_token"])

    def persona(self) -> Json:
        """One of the sandbox's many residents, another one with each tour: limits per person stay far away."""
        return self.outside("GET", f"/personas/resident-{secrets.randbelow(900_000) + 1}")

    def prove_identity(self, citizen: Json) -> None:
        person = f"/personas/{citizen['id']}"
        self.step("WeChat sign-in 微信登录 (level 0)")
        code = self.outside("POST", f"{person}/wechat_code")["code"]
        device = secrets.token_hex(16)
        session = self.ask("POST", "/api/v1/sessions", {"code": code, "device_id": device}, expect=201)
        self.token = session["access_token"]
        self.step("Phone 手机号 (level 1)")
        code = self.outside("POST", f"{person}/phone_code")["code"]
        self.raised(self.ask("POST", "/api/v1/identity/phone", {"code": code}), 1)
        self.step("Real name 实名 (level 2)")
        who = {"name": citizen["name"], "id_number": citizen["id_number"]}
        self.raised(self.ask("POST", "/api/v1/identity/real_name", who), 2)
        self.step("Face 人脸核验 (level 3)")
        self.raised(self.face(person), 3)
        me = self.ask("GET", "/api/v1/me")
        self.check(citizen["id_number"] not in json.dumps(me), "my own page shows the ID number masked")

    def face(self, person: str) -> Json:
        """As a phone does it: while nobody has time to look at faces, it waits for as long as it is told."""
        path = "/api/v1/identity/face/verifications"
        for _ in range(FACE_TRIES):
            challenge = self.ask("POST", "/api/v1/identity/face/challenges", {"consent": True}, expect=201)
            actions = [action["action"] for action in challenge["actions"]]
            frames = self.outside("POST", f"{person}/camera", {"actions": actions})["frames"]
            proof = {"challenge_id": challenge["id"], "nonce": challenge["nonce"], "frames": frames}
            answer = self.send("POST", path, proof)
            if answer.status == 200:
                return answer.body
            if answer.status != 503:
                break
            time.sleep(int(answer.headers.get("retry-after", "1")))
        raise Disappointed(f"POST {path} answered {answer.status}, not 200")

    def raised(self, answer: Json, level: int) -> None:
        self.token = answer["access_token"]
        self.check(answer["assurance"] >= level, f"assurance level is at least {level}")

    def query_cards(self) -> None:
        for card, operation, title in (
            ("gy.social_security", "accounts", "Social security 社保查询"),
            ("gy.housing_fund", "balance", "Housing fund 公积金查询"),
        ):
            self.step(title)
            self.consent(card)
            answer = self.ask("POST", f"/api/v1/cards/{card}/operations/{operation}", {"input": {}})
            self.check(len(answer["view"]) > 0, "the department's answer is shown as view blocks")

    def consent(self, card: str) -> None:
        self.ask("POST", "/api/v1/consents", {"card_id": card}, expect=201)

    def appointment(self) -> None:
        self.step("Government-hall appointment 政务大厅预约: department → matter → hall → day → time, then cancel")
        slot = self.first_free("gy.appointments", places=1)
        booking = self.book("gy.appointments", slot, [])
        cancelled = self.ask("POST", f"/api/v1/bookings/{booking['id']}/cancellation")
        self.check(cancelled["state"] == "cancelled", "the appointment is cancelled")
        left = self.places_left("gy.appointments", slot)
        self.check(left == slot["places_left"], "its place came back")

    def park(self, companion: Json) -> None:
        self.step("Scenic spot with one companion 景区预约")
        slot = self.first_free("gy.scenic_spots", places=2)
        who = {"name": companion["name"], "id_number": companion["id_number"]}
        booking = self.book("gy.scenic_spots", slot, [who])
        left = self.places_left("gy.scenic_spots", slot)
        self.check(left == slot["places_left"] - 2, "two places are taken")
        self.check(companion["id_number"] not in json.dumps(booking), "the companion's ID number is masked")
        self.step("The QR code 出示二维码")
        ticket = self.ask("GET", f"/api/v1/bookings/{booking['id']}/ticket")
        picture = self.ask("GET", f"/api/v1/bookings/{booking['id']}/ticket.svg")
        self.check("<svg" in str(picture), "the QR code is a picture")
        self.gate(booking, ticket["token"])

    def gate(self, booking: Json, ticket: str) -> None:
        gate = self.gate_token = self.staff("gate")
        self.step("The gate checks the party in 检票入园")
        checked = self.ask("POST", "/api/v1/gate/check_ins", {"ticket": ticket}, token=gate)
        self.check(checked["booking_id"] == booking["id"] and checked["places"] == 2, "the gate lets both in")
        again = self.ask("POST", "/api/v1/gate/check_ins", {"ticket": ticket}, expect=409, token=gate)
        self.check(again["code"] == "booking.checked_in_already", "the same code does not open the gate twice")

    def annual_pass(self, citizen: Json, operator: str) -> None:
        self.step("Electronic credential 电子证照: the operator issues a park annual pass")
        wanted = {
            "type_id": "gy.park_annual_pass",
            "holder": {"name": citizen["name"], "id_number": citizen["id_number"]},
            "claims": {"pass_number": secrets.token_hex(4).upper(), "category": "成人"},
        }
        issued = self.ask("POST", "/api/v1/operator/credentials", wanted, expect=201, token=operator)
        held = self.ask("GET", "/api/v1/me/credentials")["items"]
        self.check(issued["id"] in [one["id"] for one in held], "the pass is on the citizen's phone")
        self.step("The pass is shown with the name, not the birthday 出示年卡")
        path = f"/api/v1/me/credentials/{issued['id']}"
        code = {"code": self.ask("GET", f"{path}/presentation?disclose=name")["code"], "place": "黔灵山公园北门"}
        entered = self.ask("POST", "/api/v1/gate/credentials", code, token=self.gate_token)
        seen = [claim["name"] for claim in entered["claims"]]
        self.check(entered["verdict"] == "valid" and "name" in seen, "the gate lets the holder in")
        self.check("birth_date" not in seen, "what was not disclosed, the gate does not see")
        again = self.ask("POST", "/api/v1/gate/credentials", code, token=self.gate_token)
        self.check(again["verdict"] == "replayed", "a copy of the same code is noticed")
        events = self.ask("GET", f"{path}/record")["items"]
        self.check(
            [one["kind"] for one in events] == ["shown", "shown", "issued"], "the citizen sees where it was shown"
        )

    def child_of(self, citizen: Json) -> None:
        self.step("A guardian books for a child 监护人代办")
        child = self.outside("GET", f"/personas/{citizen['id'].replace('resident', 'child')}")
        who = {"name": child["name"], "id_number": child["id_number"], "consent": True}
        relation = self.ask("POST", "/api/v1/family/children", who, expect=201)
        acting = self.act(relation["id"])
        slot = self.first_free("gy.scenic_spots", places=1)
        wanted = {"card_id": "gy.scenic_spots", "resource_id": slot["resource_id"], "starts_at": slot["starts_at"]}
        self.ask("POST", "/api/v1/bookings", wanted, expect=201, token=acting)
        log = self.ask("GET", "/api/v1/me/access_log", token=acting)["items"]
        self.check(log[0]["by"]["capacity"] == "guardian", f"the child's log says: {log[0]['in_words']['zh']}")

    def enterprise_of(self, citizen: Json) -> None:
        self.step("An enterprise and its legal representative 法人")
        own = self.outside("GET", f"/personas/{citizen['id']}/enterprises")["enterprises"][0]
        bound = self.ask("POST", "/api/v1/enterprises", {"credit_code": own["credit_code"]}, expect=201)
        acting, card = self.act(bound["grant_id"]), "gy.enterprise_social_security"
        self.ask("POST", "/api/v1/consents", {"card_id": card}, expect=201, token=acting)
        path = f"/api/v1/cards/{card}/operations/unit"
        self.ask("POST", path, {"input": {}}, token=acting)
        refused = self.ask("POST", path, {"input": {}}, expect=403)
        self.check(refused["code"] == "card.wrong_audience", "the card is for enterprises, and for nobody as themself")

    def act(self, grant_id: str) -> str:
        """A token for acting for somebody; the citizen's own stays what it is."""
        return str(self.ask("POST", "/api/v1/acting", {"grant_id": grant_id}, expect=201)["access_token"])

    def first_free(self, card: str, places: int) -> Json:
        """The first slot with room, choice by choice, resource by resource, day by day."""
        for resource in self.resources(card):
            path = f"/api/v1/cards/{card}/resources/{resource['id']}"
            for day in self.ask("GET", f"{path}/days")["items"]:
                if day["state"] != "open" or day["places_left"] < places:
                    continue
                for slot in self.ask("GET", f"{path}/slots?day={day['day']}")["items"]:
                    if slot["state"] == "open" and slot["places_left"] >= places:
                        return {"resource_id": resource["id"], "day": day["day"], **slot}
        raise Disappointed(f"{card} has no free slot")

    def resources(self, card: str) -> list[Json]:
        """Answers each question of the card with its first choice, until resources are left."""
        path: list[str] = []
        while True:
            query = f"?path={','.join(path)}" if path else ""
            answer = self.ask("GET", f"/api/v1/cards/{card}/resources{query}")
            level = answer["next_level"]
            if level is None:
                return list(answer["items"])
            path.append(f"{level['key']}:{level['choices'][0]['id']}")

    def places_left(self, card: str, slot: Json) -> int:
        path = f"/api/v1/cards/{card}/resources/{slot['resource_id']}/slots?day={slot['day']}"
        slots = self.ask("GET", path)["items"]
        return int(next(found["places_left"] for found in slots if found["starts_at"] == slot["starts_at"]))

    def book(self, card: str, slot: Json, companions: list[Json]) -> Json:
        wanted = {
            "card_id": card,
            "resource_id": slot["resource_id"],
            "starts_at": slot["starts_at"],
            "companions": companions,
        }
        key = secrets.token_hex(16)
        booking = self.ask("POST", "/api/v1/bookings", wanted, expect=201, Idempotency_Key=key)
        again = self.ask("POST", "/api/v1/bookings", wanted, expect=201, Idempotency_Key=key)
        self.check(again["id"] == booking["id"], "the same request sent twice booked once")
        return booking

    def figures(self, operator: str, before: Json, cards_before: list[Json]) -> None:
        self.step("The operator's figures moved 运营数据")
        after = self.ask("GET", "/api/v1/operator/figures", token=operator)
        cards = {card["card_id"]: card for card in self.ask("GET", "/api/v1/operator/cards", token=operator)["items"]}
        self.check(after["dau"] == before["dau"] + 1, f"daily active citizens: {before['dau']} → {after['dau']}")
        for card in cards_before:
            uses = card["uses"]["ok"], cards[card["card_id"]]["uses"]["ok"]
            self.check(uses[1] > uses[0], f"{card['card_id']}: {uses[0]} → {uses[1]} uses")
            if card["quota_left"] is not None:
                left = card["quota_left"], cards[card["card_id"]]["quota_left"]
                self.check(left[1] < left[0], f"{card['card_id']}: quota left {left[0]} → {left[1]}")


def _shown(body: Json) -> str:
    """A body on one line; long values (frames, tokens) are cut."""
    if body is None:
        return ""
    text = json.dumps(_cut(body), ensure_ascii=False)
    return text if len(text) <= SHOWN else text[:SHOWN] + " …"


def _cut(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: _cut(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_cut(part) for part in value[:8]]
    return value[:60] + "…" if isinstance(value, str) and len(value) > 72 else value
