"""The code a phone shows: what it discloses and what not, how long it lives, and what is no such code."""

import base64
import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.rotation import half_minute
from identity_center.credentials.claims import Value
from identity_center.credentials.errors import PresentationInvalid, PresentationTooLarge
from identity_center.credentials.packing import LONGEST_CODE, packed, unpacked
from identity_center.credentials.sd_jwt import CredentialSigner, Statement, StatusEntry, verified
from identity_center.credentials.status_list import StatusList, array_of, read, signed
from identity_center.credentials.verification import verify_offline
from tests.credential_world import KEYS
from tests.unit.identity_world import ISSUER, NOON

JWKS = json.loads(json.dumps(KEYS.jwks()))
"""As it comes over the wire."""
LIST = f"{ISSUER}/api/v1/credentials/status/1"
SIGNER = CredentialSigner(KEYS, ISSUER)
NOW = NOON + timedelta(seconds=7)
STATEMENT = Statement(
    vct=f"{ISSUER}/api/v1/credentials/types/gy.park_annual_pass",
    always={"pass_number": "GY-2026-000031"},
    choice={"name": "李测试", "birth_date": "1990-03-07", "over_18": True},
    status=StatusEntry(LIST, 4711),
    expires_at=NOON + timedelta(days=365),
)
SHOWN = SIGNER.presentation(STATEMENT, ["name"], NOON)
CODE = packed(SHOWN)


def kept(statuses: Mapping[int, int] | None = None, *, at: datetime = NOON, uri: str = LIST) -> StatusList:
    """A status list as a gate keeps it, made at that moment and good for a day."""
    made = StatusList(uri, at, at + timedelta(days=1), timedelta(minutes=5), array_of(statuses or {}))
    return read(signed(KEYS, made), JWKS)


def segments(presentation: str) -> Iterator[bytes]:
    for segment in presentation.replace("~", ".").split("."):
        yield base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


# --- what is disclosed ---

# Nothing that the format itself writes ("status", a time) begins so.
NAMES = st.from_regex(r"\Aq_[a-z0-9_]{4,12}\Z")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=6, max_size=40).map(lambda text: f"q {text}")
VALUES = st.one_of(TEXTS, st.integers(10**12, 2**53), st.booleans())


@given(st.dictionaries(NAMES, VALUES, min_size=1, max_size=8), st.data())
def test_what_is_not_disclosed_is_nowhere_in_the_code(choice: dict[str, Value], data: st.DataObject) -> None:
    disclose = data.draw(st.sets(st.sampled_from(sorted(choice))))
    statement = Statement(STATEMENT.vct, {"always": "seen by all"}, choice, STATEMENT.status, None)
    shown = SIGNER.presentation(statement, disclose, NOON)
    presented = verified(shown, JWKS)
    assert dict(presented.claims) == {"always": "seen by all"} | {name: choice[name] for name in disclose}
    assert set(presented.disclosed) == disclose
    written = b"\n".join(segments(shown))
    for name in choice.keys() - disclose:
        assert f'"{name}"'.encode() not in written
        value = choice[name]
        if not isinstance(value, bool) and value not in [choice[other] for other in disclose]:
            assert json.dumps(value).strip('"').encode() not in written
    assert unpacked(packed(shown)) == shown


def test_two_showings_have_nothing_in_common_that_they_need_not_have() -> None:
    """Status entry and expiry apart: no salt, no digest, no key and no signature comes twice."""
    one, other = SIGNER.presentation(STATEMENT, ["name"], NOON), SIGNER.presentation(STATEMENT, ["name"], NOON)
    first, second = (json.loads(list(segments(shown))[1]) for shown in (one, other))
    same = {name for name in first if first[name] == second[name]}
    assert same == {"iss", "vct", "iat", "exp", "status", "pass_number", "_sd_alg"}
    assert set(first["_sd"]).isdisjoint(second["_sd"])
    assert len(first["_sd"]) == 3
    assert set(one.split("~")[1:]).isdisjoint(other.split("~")[1:])


def test_it_is_an_sd_jwt_vc_with_key_binding_as_the_standards_say() -> None:
    """Read here by hand, without the library: RFC 9901, SD-JWT VC, RFC 7800."""
    issued, disclosure, binding = SHOWN.split("~")
    header = jwt.get_unverified_header(issued)
    assert header == {"alg": "ES256", "kid": KEYS.current, "typ": "dc+sd-jwt"}
    claims = jwt.decode(
        issued, jwt.PyJWK(JWKS["keys"][0]), ["ES256"], options={"verify_exp": False, "verify_iat": False}
    )
    digest = base64.urlsafe_b64encode(hashlib.sha256(disclosure.encode()).digest()).rstrip(b"=").decode()
    assert digest in claims["_sd"]
    assert json.loads(next(segments(disclosure)))[1:] == ["name", "李测试"]
    assert claims["status"] == {"status_list": {"idx": 4711, "uri": LIST}}
    assert jwt.get_unverified_header(binding) == {"alg": "ES256", "typ": "kb+jwt"}
    bound = jwt.decode(
        binding, jwt.PyJWK(claims["cnf"]["jwk"], "ES256"), ["ES256"], audience="gate", options={"verify_iat": False}
    )
    hashed = hashlib.sha256(SHOWN[: SHOWN.rindex("~") + 1].encode()).digest()
    assert bound["sd_hash"] == base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()
    assert (bound["iat"], len(bound["nonce"])) == (int(NOON.timestamp()), 16)


# --- how long it lives ---


def test_codes_are_of_a_half_minute_and_die_within_the_minute() -> None:
    assert half_minute(NOW) == NOON
    assert half_minute(NOON + timedelta(seconds=30)) == NOON + timedelta(seconds=30)
    lists = [kept()]
    ages = (0, 30, 59.999999, 60, 61, 86_400)
    verdicts = [verify_offline(CODE, JWKS, lists, NOON + timedelta(seconds=age)).verdict for age in ages[:5]]
    assert verdicts == ["valid", "valid", "valid", "too_old", "too_old"]
    assert verify_offline(CODE, JWKS, lists, NOON + timedelta(days=30)).verdict == "too_old"


def test_a_gate_whose_clock_lags_by_seconds_takes_it_and_one_of_the_future_is_none() -> None:
    assert verify_offline(CODE, JWKS, [kept()], NOON - timedelta(seconds=10)).verdict == "valid"
    with pytest.raises(PresentationInvalid):
        verify_offline(CODE, JWKS, [kept()], NOON - timedelta(seconds=11))


def test_an_expired_credential_is_said_to_be() -> None:
    ends = NOON + timedelta(seconds=20)
    statement = Statement(STATEMENT.vct, {}, STATEMENT.choice, STATEMENT.status, ends)
    shown = SIGNER.presentation(statement, [], NOON)
    assert verify_offline(shown, JWKS, [kept()], ends - timedelta(seconds=1)).verdict == "valid"
    assert verify_offline(shown, JWKS, [kept()], ends).verdict == "expired"


# --- the kept status list ---


@pytest.mark.parametrize(("status", "verdict"), [(0, "valid"), (1, "revoked"), (2, "suspended"), (3, "revoked")])
def test_a_kept_list_says_what_became_of_it(status: int, verdict: str) -> None:
    lists = [kept(uri=f"{LIST}0"), kept({4711: status, 4710: 1, 4712: 2})]
    assert verify_offline(CODE, JWKS, lists, NOW).verdict == verdict


def test_the_newest_of_several_kept_lists_counts() -> None:
    lists = [
        kept({4711: 1}, at=NOON - timedelta(minutes=5)),
        kept({4711: 0}),
        kept({4711: 2}, at=NOON - timedelta(hours=1)),
    ]
    assert verify_offline(CODE, JWKS, lists, NOW).verdict == "valid"


def test_without_a_list_that_counts_nothing_is_said_of_its_state() -> None:
    for lists in ([], [kept(uri=f"{LIST}2")], [kept(at=NOW - timedelta(days=1))]):
        assert verify_offline(CODE, JWKS, lists, NOW).verdict == "unchecked"
    beyond = Statement(STATEMENT.vct, {}, {"a": "b"}, StatusEntry(LIST, 10**9), None)
    assert verify_offline(SIGNER.presentation(beyond, [], NOON), JWKS, [kept()], NOW).verdict == "unchecked"


def test_the_examples_of_the_draft() -> None:
    """Of draft-ietf-oauth-status-list, 4.1: twelve statuses of two bits."""
    statuses = {0: 1, 1: 2, 3: 3, 5: 1, 7: 1, 8: 1, 9: 2, 10: 3, 11: 3}
    array = array_of(statuses, entries=12)
    assert array.hex() == "c944f9"
    assert zlib.compress(array, 9).hex() == "78da3be9f2130003df0207"


@given(st.dictionaries(st.integers(0, 131_071), st.integers(0, 3), max_size=60))
def test_every_place_of_a_list_keeps_its_status(statuses: dict[int, int]) -> None:
    status_list = kept(statuses)
    assert {index: status_list.status(index) for index in statuses} == statuses
    others = {index ^ 1 for index in statuses} - statuses.keys()
    assert {status_list.status(index) for index in others} <= {0}
    assert (status_list.status(-1), status_list.status(131_072)) == (None, None)


def test_a_list_is_small_and_said_to_be_one() -> None:
    token = signed(
        KEYS, StatusList(LIST, NOON, NOON, timedelta(minutes=5), array_of(dict.fromkeys(range(0, 131_072, 131), 1)))
    )
    assert len(token) < 8_000
    assert jwt.get_unverified_header(token)["typ"] == "statuslist+jwt"
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims.keys() == {"sub", "iat", "exp", "ttl", "status_list"}
    assert (claims["sub"], claims["ttl"], claims["status_list"]["bits"]) == (LIST, 300, 2)


# --- how large it is ---


def test_a_code_fits_a_qr_code_that_gates_read_with_ease() -> None:
    """Version 21 has 101 modules a side: 1352 characters of its alphanumeric mode at level L."""
    assert len(CODE) <= 1352
    assert set(CODE) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:")
    assert len(CODE) < len(SHOWN)


def test_what_no_screen_can_show_is_refused_when_it_is_made() -> None:
    noise = {f"claim_{n}": hashlib.sha256(str(n).encode()).hexdigest() * 2 for n in range(16)}
    large = Statement(STATEMENT.vct, {}, dict(noise), STATEMENT.status, None)
    with pytest.raises(PresentationTooLarge):
        packed(SIGNER.presentation(large, list(noise), NOON))
    assert len(packed(SIGNER.presentation(large, ["claim_1"], NOON))) <= LONGEST_CODE
