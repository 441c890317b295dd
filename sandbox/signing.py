"""The signature that departments and the population authority ask of every call (docs/sandbox.md, Signature)."""

import hashlib
import hmac
import re

from sandbox.web import Answer, Call, Refused, Serve

SKEW_SECONDS = 300
_NONCE = re.compile(r"[\x21-\x7e]{8,128}")


class Signatures:
    """Verifies calls signed with one shared key, each nonce once."""

    def __init__(self, key_id: str, secret: str) -> None:
        self._key_id = key_id.encode()
        self._secret = secret.encode()
        self._nonces: dict[str, float] = {}

    def required(self, serve: Serve) -> Serve:
        """The endpoint, behind the signature."""

        async def verified(call: Call) -> Answer:
            self.verify(call)
            return await serve(call)

        return verified

    def verify(self, call: Call) -> None:
        """Raises `Refused` 401. A nonce counts as used only when the signature was right."""
        names = ("X-City-Key-Id", "X-City-Timestamp", "X-City-Nonce", "X-City-Signature")
        key_id, timestamp, nonce, signature = (call.headers.get(name, "") for name in names)
        if not (key_id and timestamp and signature and _NONCE.fullmatch(nonce)):
            raise Refused(401, "signature_missing")
        if not hmac.compare_digest(key_id.encode(), self._key_id):
            raise Refused(401, "unknown_key")
        now = call.now.timestamp()
        if not re.fullmatch(r"[0-9]{1,12}", timestamp) or abs(int(timestamp) - now) > SKEW_SECONDS:
            raise Refused(401, "clock_skew")
        if not hmac.compare_digest(self._expected(call, timestamp, nonce).encode(), signature.encode()):
            raise Refused(401, "signature_wrong")
        self._use(nonce, now)

    def _expected(self, call: Call, timestamp: str, nonce: str) -> str:
        signed = "\n".join([call.method, call.target, timestamp, nonce, hashlib.sha256(call.body).hexdigest()])
        return hmac.new(self._secret, signed.encode(), hashlib.sha256).hexdigest()

    def _use(self, nonce: str, now: float) -> None:
        if self._nonces.get(nonce, -1.0) >= now:
            raise Refused(401, "nonce_replayed")
        while self._nonces and next(iter(self._nonces.values())) < now:
            del self._nonces[next(iter(self._nonces))]
        self._nonces[nonce] = now + 2 * SKEW_SECONDS
