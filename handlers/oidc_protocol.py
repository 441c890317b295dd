"""What the endpoints of OAuth 2.0 and OpenID Connect have in common: forms as bodies, and errors in the standards'
own shape. What is wrong with a request beyond that (its size, its method) is a problem as everywhere else."""

from urllib.parse import parse_qsl

import orjson

from core.errors import CityError
from handlers.http.handler import Handler
from handlers.http.problems import status_of
from identity_center.oidc.errors import InvalidClient, InvalidRequest, InvalidToken, OidcError

_FIELDS = 40


class OidcHandler(Handler):
    def form(self) -> dict[str, str]:
        """The body's parameters. Raises `InvalidRequest` for what is no form, or has a parameter twice."""
        media_type = self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if media_type != "application/x-www-form-urlencoded":
            raise InvalidRequest("the body is application/x-www-form-urlencoded")
        if getattr(self.request, "body_refused", False):
            raise InvalidRequest("the body is too large")
        return _once_each(self.request.body)

    def parameters(self) -> dict[str, str]:
        """Of the address or, when it is posted, of the form."""
        return self.form() if self.request.method == "POST" else _once_each(self.request.query.encode())

    def refuse(self, error: CityError) -> None:
        if not isinstance(error, OidcError):
            super().refuse(error)
            return
        self.set_status(status_of(error))
        if isinstance(error, InvalidClient):
            self.set_header("WWW-Authenticate", 'Basic realm="oidc"')
        if isinstance(error, InvalidToken):
            self.set_header("WWW-Authenticate", 'Bearer error="invalid_token"')
        if error.retry_after_seconds:
            self.set_header("Retry-After", str(error.retry_after_seconds))
        detail = error.detail if isinstance(error, InvalidRequest) else error.title.en
        body = {"error": error.error, "error_description": detail, "code": error.code, "request_id": self.request_id}
        self._send(orjson.dumps(body), "application/json")


def _once_each(encoded: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(encoded.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_FIELDS)
    except ValueError:
        raise InvalidRequest("the parameters cannot be read") from None
    found = dict(pairs)
    if len(found) != len(pairs):
        raise InvalidRequest("a parameter is there twice")
    return {name: value for name, value in found.items() if value}
