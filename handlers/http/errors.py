"""What can be wrong with a request before it reaches a service."""

from core.errors import CityError
from core.text import text


class RouteNotFound(CityError):
    """There is nothing at this address. See /api/docs for the addresses there are."""

    code = "request.not_found"
    title = text("地址不存在", "There is nothing at this address")


class MethodNotAllowed(CityError):
    """The address exists but does not take this method; the Allow header lists those it takes."""

    code = "request.method_not_allowed"
    title = text("不支持该请求方式", "This address does not take that method")

    def __init__(self, allowed: list[str]) -> None:
        super().__init__(allowed=allowed)
        self.allowed = allowed


class Malformed(CityError):
    """The request could not be read at all: not HTTP as it should be, not JSON, or not UTF-8."""

    code = "request.malformed"
    title = text("请求格式有误", "The request could not be read")


class Invalid(CityError):
    """The request is well-formed, but some fields are missing, unknown, or not as the endpoint's schema wants them.
    `errors` lists each with a JSON Pointer and the rule that it breaks; values are never repeated."""

    code = "request.invalid"
    title = text("请检查填写的内容", "Some fields need another look")

    def __init__(self, errors: list[dict[str, str]]) -> None:
        super().__init__()
        self.errors = errors


class BodyTooLarge(CityError):
    """The body is larger than the endpoint takes (`limit_bytes`). It was not read."""

    code = "request.body_too_large"
    title = text("提交的内容过大", "The request body is too large")


class UnsupportedMediaType(CityError):
    """The body must be JSON with `Content-Type: application/json`."""

    code = "request.unsupported_media_type"
    title = text("请以 JSON 格式提交", "The body must be application/json")


class IdempotencyKeyInvalid(CityError):
    """An Idempotency-Key is 8 to 128 letters, digits, `-` or `_`; a random UUID for each new request does well."""

    code = "idempotency.key_invalid"
    title = text("请求编号格式有误", "The Idempotency-Key is not well-formed")


class SignInNeeded(CityError):
    """The endpoint needs a signed-in caller: send `Authorization: Bearer <access token>`."""

    code = "identity.sign_in_needed"
    title = text("请先登录", "Please sign in first")


class Forbidden(CityError):
    """The caller is signed in, but this is for others: a citizen at a staff endpoint, or staff in another role."""

    code = "identity.forbidden"
    title = text("无权进行此操作", "This is not for your role")


class ActingNotAllowed(CityError):
    """This is done as oneself, or in other capacities than that of the access token: signing in and out, proofs,
    relations, invitations, and whatever else does not say that somebody may do it for somebody. Send it with one's own
    access token."""

    code = "identity.acting.not_allowed"
    title = text("代办状态下不能进行此操作，请切换回本人", "This cannot be done while acting for somebody else")


class CrossSiteRefused(CityError):
    """The request is known by a browser's cookie and does not prove that the city's own page sent it: it came from
    another site, or without the `X-CSRF-Token` that signing in and `GET /api/v1/staff/me` give. Nothing was done."""

    code = "request.cross_site"
    title = text("请从本系统页面发起操作", "This has to be sent by the city's own page")


class SetupNeeded(CityError):
    """The caller is staff and has something to do before anything else; `first` says what: `password` (choose one of
    your own) or `second_factor` (enrol an authenticator app)."""

    code = "identity.staff_setup_needed"
    title = text("请先完成账号安全设置", "Please finish setting up your account first")

    def __init__(self, first: str) -> None:
        super().__init__(first=first)


class ScopeNeeded(CityError):
    """The API key is a live one, but does not open this. `scope` is what it lacks: make a key that has it."""

    code = "identity.scope_needed"
    title = text("接口密钥没有该权限", "The API key does not open this")

    def __init__(self, scope: str) -> None:
        super().__init__(scope=scope)


class RateLimited(CityError):
    """Too many requests from one caller in a short time. Wait for the seconds in Retry-After."""

    code = "request.rate_limited"
    title = text("操作过于频繁，请稍后再试", "Too many requests; please wait a moment")


class NotReady(CityError):
    """The server is starting, stopping, or one of its stores does not answer; `checks` says which."""

    code = "server.not_ready"
    title = text("系统正在准备，请稍后再试", "The server is not ready")


class Internal(CityError):
    """Something failed that should not have. It is in the log under the request id; the fault is ours. Trying again is
    safe with an Idempotency-Key."""

    code = "server.internal"
    title = text("系统出错了，我们会尽快处理", "Something went wrong on our side")
