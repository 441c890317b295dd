"""What signing in to department sites can be refused with.

CityError
├── OidcError, whose `error` is what OAuth and OpenID Connect call it
│   ├── InvalidRequest · RequestNotSupported · UnsupportedResponseType · InvalidScope        asking
│   │   · InvalidTarget · UnmetRequirements · LoginRequired · ConsentRequired · AccessDenied
│   ├── InvalidClient · InvalidGrant · UnsupportedGrantType · TooManyRequests                 tokens
│   └── InvalidToken                                                                          userinfo
├── SignInPageGone                                                                            the browser
├── ScanNotFound · ScanOfAnother · ScanOver · NumberWrong                                     the phone
├── SiteSignInNotFound
└── ClientNotFound · ClientInvalid · ClientIsAnothers                                         registration
"""

from typing import ClassVar

from core.errors import CityError
from core.text import text


class OidcError(CityError):
    """A refusal that OAuth 2.0 or OpenID Connect has a word for, `error`."""

    error: ClassVar[str]


class InvalidRequest(OidcError):
    """A parameter is missing, there twice, or not as the standard wants it; `detail` says which. Correct the request;
    repeating it changes nothing."""

    code = "oidc.invalid_request"
    error = "invalid_request"
    title = text("登录请求有误，请返回网站重试", "The sign-in request is not as it should be")

    def __init__(self, detail: str) -> None:
        super().__init__(detail=detail)
        self.detail = detail


class InvalidTarget(OidcError):
    """The client or the address to return to is not one that is registered, so the browser is sent nowhere. The
    department corrects its request, or has the address registered exactly as it is sent."""

    code = "oidc.invalid_target"
    error = "invalid_request"
    title = text("该网站的登录设置有误，请联系网站主管部门", "This site is not registered to sign in like this")


class RequestNotSupported(OidcError):
    """Request objects (`request`, and `request_uri` other than one of this city's) are not taken. Push the request."""

    code = "oidc.request_not_supported"
    error = "request_not_supported"
    title = text("不支持该形式的登录请求", "Request objects are not taken here")


class UnsupportedResponseType(OidcError):
    """Only `response_type=code` is answered: nothing else keeps tokens out of addresses."""

    code = "oidc.unsupported_response_type"
    error = "unsupported_response_type"
    title = text("不支持该登录方式", "Only the authorization code flow is supported")


class InvalidScope(OidcError):
    """`openid` is missing, or the client is not registered for a scope it asks for."""

    code = "oidc.invalid_scope"
    error = "invalid_scope"
    title = text("请求的信息超出该网站的登记范围", "The site asks for more than it is registered for")


class UnmetRequirements(OidcError):
    """None of the `acr_values` is a level of this city. They are 0, 1, 2 and 3."""

    code = "oidc.unmet_authentication_requirements"
    error = "unmet_authentication_requirements"
    title = text("没有该认证等级", "There is no such assurance level")


class LoginRequired(OidcError):
    """`prompt=none` was asked, but nobody is signed in in this browser as the request wants it. Ask without it."""

    code = "oidc.login_required"
    error = "login_required"
    title = text("需要先登录", "The visitor has to sign in")


class ConsentRequired(OidcError):
    """`prompt=none` was asked, but the citizen has not agreed to this yet. Ask without it."""

    code = "oidc.consent_required"
    error = "consent_required"
    title = text("需要本人同意", "The citizen has to agree first")


class AccessDenied(OidcError):
    """The citizen refused, chose a wrong number, or left the page by its button."""

    code = "oidc.access_denied"
    error = "access_denied"
    title = text("本次登录未获同意", "The sign-in was not approved")


class InvalidClient(OidcError):
    """The client did not prove who it is: unknown, disabled, a wrong secret, or an assertion that is not right, too
    old, or used before. Which of these is not said."""

    code = "oidc.invalid_client"
    error = "invalid_client"
    title = text("客户端身份核验未通过", "The client could not be authenticated")


class InvalidGrant(OidcError):
    """The code or token is unknown, run out, used before, another client's, or does not fit the verifier or redirect
    address. A code or refresh token used a second time ends the sign-in that came of it. Start the sign-in anew."""

    code = "oidc.invalid_grant"
    error = "invalid_grant"
    title = text("授权已失效，请重新登录", "This grant is not valid any more")


class UnsupportedGrantType(OidcError):
    """Only `authorization_code` and `refresh_token` are exchanged."""

    code = "oidc.unsupported_grant_type"
    error = "unsupported_grant_type"
    title = text("不支持该授权类型", "This kind of grant is not supported")


class TooManyRequests(OidcError):
    """The client has made more calls than it may. Wait for the seconds in Retry-After."""

    code = "oidc.too_many_requests"
    error = "temporarily_unavailable"
    title = text("请求过于频繁，请稍后再试", "Too many requests; please wait a moment")


class InvalidToken(OidcError):
    """The access token is not one for this use, has run out, or was revoked. Refresh it, or start anew."""

    code = "oidc.invalid_token"
    error = "invalid_token"
    title = text("访问令牌无效", "The access token is not valid")


class SignInPageGone(CityError):
    """The sign-in is over, was begun in another browser, or never was. Go back to the department's site and begin
    again there; nothing was lost."""

    code = "oidc.sign_in_page_gone"
    title = text(
        "登录页面已失效，请返回原网站重新登录", "This sign-in page is over; go back to the site and begin again"
    )


class ScanNotFound(CityError):
    """The code is none of this city's, or was shown more than a minute ago. Scan the one that the page shows now."""

    code = "oidc.scan_not_found"
    title = text("二维码已刷新，请重新扫描", "The code has changed; scan it again")


class ScanOfAnother(CityError):
    """Somebody else, or another of the citizen's sign-ins, has scanned this code. Begin again on the page."""

    code = "oidc.scan_of_another"
    title = text("该二维码已被他人扫描，请刷新页面", "Somebody else has scanned this code; load the page again")


class ScanOver(CityError):
    """The sign-in was approved, refused, or has run out."""

    code = "oidc.scan_over"
    title = text("本次登录已结束", "This sign-in is over")


class NumberWrong(CityError):
    """The chosen number is not the one that the page shows, so the sign-in was ended. If nobody sits before such a
    page, somebody else may have sent the code: then nothing more is to be done."""

    code = "oidc.number_wrong"
    title = text("数字与页面不一致，本次登录已终止", "That is not the number on the page; the sign-in was ended")


class SiteSignInNotFound(CityError):
    """The citizen has no such sign-in to a department's site that is still live. Read the list again."""

    code = "oidc.site_sign_in_not_found"
    title = text("该网站登录已不存在", "There is no such sign-in to a site any more")


class ClientNotFound(CityError):
    """No client of this id is registered."""

    code = "oidc.client_not_found"
    title = text("没有该登录客户端", "There is no such client")


class ClientInvalid(CityError):
    """The registration cannot be used; `field` says what to change and `reason` why."""

    code = "oidc.client_invalid"
    title = text("客户端登记信息不符合要求", "The registration does not meet the rules")

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(field=field, reason=reason)


class ClientIsAnothers(CityError):
    """The client belongs to a department that the member of staff does not work for, or their post is for one card."""

    code = "oidc.client_is_anothers"
    title = text("该客户端属于其他部门", "This client belongs to another department")
