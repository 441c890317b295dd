"""What the service registry can answer with, apart from success.

CityError
├── OperationNotFound · CardClosed · InputInvalid        gateway: the request
│   · IdempotencyKeyNeeded · WrongAudience · NoActing
├── CitizenQuotaUsedUp · CardQuotaUsedUp                 quota
├── CardBusy                                             gateway: too many at once
├── UpstreamFailed                                       gateway: the department's system
│   ├── UpstreamUnavailable · UpstreamInvalid
├── CardNotFound · ThemeNotFound                         catalogue
└── DepartmentAnswered                                   gateway: the department's answer is no
    ├── RecordNotFound · CardRefused
"""

from typing import Literal

from core.errors import CityError
from core.text import text

Unavailable = Literal["timeout", "refused", "broken", "status", "throttled", "open", "unconfigured"]
Unusable = Literal["too_large", "status", "media_type", "json", "schema"]


class OperationNotFound(CityError):
    """The card has no operation of that name. Read the card again: its operations may have changed."""

    code = "card.operation_not_found"
    title = text("该服务事项不存在或已更新", "The card has no such operation")


class NotBookable(CityError):
    """The card exists, but nothing can be booked with it: its `kind` is not `booking`. Read the card and use what it
    offers."""

    code = "card.not_bookable"
    title = text("该服务不支持预约", "This service takes no bookings")


class CardClosed(CityError):
    """The card can be used only during `hours` of the day, in the city's zone. It opens again after the seconds in
    Retry-After."""

    code = "card.closed"
    title = text("当前不在服务时间内", "This service is closed at this hour")

    def __init__(self, hours: str, retry_after_seconds: int) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds, hours=hours)


class WrongAudience(CityError):
    """The card is for others than in whose name it was asked for: `audience` says for whom, `personal` or `enterprise`.
    A card for enterprises is used with a token for acting for one (`POST /api/v1/acting`), a personal one with a
    person's."""

    code = "card.wrong_audience"
    title = text("该服务的办理对象不符", "This service is for others: persons or enterprises")

    def __init__(self, audience: list[str]) -> None:
        super().__init__(audience=audience)


class NoActing(CityError):
    """The department takes this from the person themself, or from those that `acting` lists: `guardian`, `helper`."""

    code = "card.no_acting"
    title = text("该事项须由本人办理", "The department takes this from the person themself")

    def __init__(self, acting: list[str]) -> None:
        super().__init__(acting=acting)


class InputInvalid(CityError):
    """What was entered does not fit the operation's input schema. `errors` lists each finding with a JSON Pointer into
    the input and the keyword of JSON Schema that it breaks; values are never repeated. Nothing was sent to the
    department."""

    code = "card.input_invalid"
    title = text("请检查填写的内容", "Some fields need another look")

    def __init__(self, errors: list[dict[str, str]]) -> None:
        super().__init__()
        self.errors = errors


class IdempotencyKeyNeeded(CityError):
    """This operation changes something at the department, so it needs an Idempotency-Key: a retry with the same key
    happens once. Send a random UUID with each new request, and the same one with its retries."""

    code = "idempotency.key_required"
    title = text("请求缺少唯一编号", "This request needs an Idempotency-Key")


class CitizenQuotaUsedUp(CityError):
    """This citizen has used the card as often as it allows (`limit` in a `period`). It can be used again after the
    seconds in Retry-After; other cards are not affected."""

    code = "card.quota_citizen"
    title = text("您的使用次数已达上限，请稍后再试", "You have used this service as often as it allows for now")

    def __init__(self, limit: int, period: str, retry_after_seconds: int) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds, limit=limit, period=period)


class CardQuotaUsedUp(CityError):
    """All citizens together have used the card as often as its department allows in a `period`. It can be used again
    after the seconds in Retry-After. The citizen's own quota was not touched."""

    code = "card.quota_card"
    title = text("该服务当前总量已用完，请稍后再试", "This service has reached its total for now")

    def __init__(self, period: str, retry_after_seconds: int) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds, period=period)


class CardBusy(CityError):
    """As many calls to the department are under way as the card allows, and none became free in time. Nothing was sent,
    and no quota was used. Send the same request again after the seconds in Retry-After."""

    code = "card.busy"
    title = text("当前使用人数较多，请稍后再试", "Many people are using this service; please try again shortly")

    def __init__(self) -> None:
        super().__init__(retry_after_seconds=2)


class UpstreamFailed(CityError):
    """The department's system did not do its part. The quota was given back; other cards are not affected."""


class UpstreamUnavailable(UpstreamFailed):
    """The department's system did not answer. `reason`: `timeout`, `refused` (no connection), `broken` (it ended half
    way), `status` (5xx), `throttled` (429), `open` (it failed so often lately that it is left alone for some seconds),
    `unconfigured` (the card names an address or a signing key that this server was not given). A query can be sent
    again after the seconds in Retry-After; a submission too, with the same Idempotency-Key, and then happens once."""

    code = "card.upstream_unavailable"
    title = text("部门系统暂时无法访问，请稍后再试", "The department's system is not answering for the moment")

    def __init__(self, reason: Unavailable, retry_after_seconds: int = 5) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds, reason=reason)
        self.reason = reason


class UpstreamInvalid(UpstreamFailed):
    """The department's system answered with something that the card does not allow for, so nothing of it is shown.
    `reason`: `status` (not agreed upon; 401 and 403 mean that it refuses the city's signature), `media_type` (not JSON
    by its Content-Type), `json`, `schema` (`at` is the place in the card's output schema), `too_large` (over 1 MiB).
    The department or the card's owner has to act; trying again rarely helps."""

    code = "card.upstream_invalid"
    title = text("部门系统返回异常，我们已记录", "The department's system gave an answer that cannot be used")

    def __init__(self, reason: Unusable, at: str | None = None) -> None:
        super().__init__(**({"reason": reason} if at is None else {"reason": reason, "at": at}))
        self.reason = reason
        self.at = at


class DepartmentAnswered(CityError):
    """The department's system did its part, and its answer is no."""


class RecordNotFound(DepartmentAnswered):
    """The department holds no record of this citizen for what was asked. That is an answer, not a failure."""

    code = "card.record_not_found"
    title = text("未查询到您的相关记录", "The department has no record of this for you")


class CardRefused(DepartmentAnswered):
    """The department declined the request for a reason the card foresees: `reason` is the department's code, `message`
    what the citizen should read. Change what was entered and send it with a new Idempotency-Key."""

    code = "card.refused"
    title = text("部门未受理该申请", "The department declined this request")

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(reason=reason, message=message)
        self.reason = reason


class CardNotFound(CityError):
    """There is no card of that id, or it is not offered at present. List the cards to see what there is."""

    code = "card.not_found"
    title = text("该服务不存在或暂未开放", "There is no such service")


class ThemeNotFound(CityError):
    """Cards were listed by a theme that does not exist; `themes` are those that do."""

    code = "catalogue.theme_not_found"
    title = text("该主题不存在", "There is no such theme")

    def __init__(self, themes: list[str]) -> None:
        super().__init__(themes=themes)
