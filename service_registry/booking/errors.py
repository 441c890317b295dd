"""What booking can answer with, beside the errors of the ground floor.

CityError
└── BookingRefused
    ├── asking      ChoiceUnknown · ResourceUnknown · DayOutOfRange · SlotUnknown · ClosedDay
    ├── when        NotOpenYet · TooLateToBook · TooLateToCancel
    ├── the rush    Waiting
    ├── places      Full · DayFull
    ├── persons     AlreadyBooked · CompanionInvalid · PartyTooLarge
    ├── a booking   BookingNotFound · NotCancellable · NotLive
    └── the gate    TicketInvalid · TicketExpired · OtherPlace · OutsideCheckIn · CheckedInAlready
"""

from core.errors import CityError
from core.text import text


class BookingRefused(CityError):
    """Nothing was booked, cancelled or checked in. It is never raised itself."""


class ChoiceUnknown(BookingRefused):
    """A choice on the way to a resource is not one this card offers, or a level before it was left out. `level` names
    the level. Ask for the choices again: the card may have changed."""

    code = "booking.choice_unknown"
    title = text("没有这个选项", "There is no such choice")


class ResourceUnknown(BookingRefused):
    """The card has no such resource. Ask for the choices again: the card may have changed."""

    code = "booking.resource_unknown"
    title = text("没有这个预约对象", "There is nothing of that name to book")


class DayOutOfRange(BookingRefused):
    """Days can be asked for from one year ago to two years ahead, 1 to 31 at a time."""

    code = "booking.day_out_of_range"
    title = text("日期超出可查询范围", "These days lie outside what can be asked for")


class SlotUnknown(BookingRefused):
    """No slot of that day starts at that moment. Send `starts_at` as the list of slots gave it."""

    code = "booking.slot_unknown"
    title = text("没有这个时段", "There is no such time slot")


class ClosedDay(BookingRefused):
    """The resource has no slots on that day. Choose another day."""

    code = "booking.closed_day"
    title = text("当日不开放", "Closed on that day")


class NotOpenYet(BookingRefused):
    """The day cannot be booked yet. `opens_at` is when it can."""

    code = "booking.not_open_yet"
    title = text("该日期尚未开放预约", "That day cannot be booked yet")


class TooLateToBook(BookingRefused):
    """Booking of this slot has ended. `closed_at` is when it did. Choose a later slot."""

    code = "booking.too_late_to_book"
    title = text("该时段已停止预约", "Booking of this slot has ended")


class TooLateToCancel(BookingRefused):
    """The booking can no longer be cancelled. `closed_at` is when that ended. The booking stands."""

    code = "booking.too_late_to_cancel"
    title = text("已过可取消时间", "It is too late to cancel")


class Waiting(BookingRefused):
    """Many citizens want this card at once, and are let through in the order of coming. `position` is how many are
    before the citizen, this one counted, `estimate_seconds` when the turn will come. Send the same request again
    after `retry_after_seconds`; the place in the line stays meanwhile."""

    code = "booking.waiting"
    title = text("正在排队，请稍候", "You are in the line; your turn is coming")

    def __init__(self, position: int, estimate_seconds: int, retry_after_seconds: int) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds, position=position, estimate_seconds=estimate_seconds)


class Full(BookingRefused):
    """The slot has fewer places left than the party needs. Nobody of the party was booked. Choose another slot, or come
    with fewer; places that others cancel appear in the list of slots at once."""

    code = "booking.full"
    title = text("该时段名额不足", "Not enough places left in this slot")


class DayFull(BookingRefused):
    """The day has fewer places left than the party needs, whatever its slots show. Choose another day."""

    code = "booking.day_full"
    title = text("当日名额不足", "Not enough places left on this day")


class AlreadyBooked(BookingRefused):
    """A person of the party has a live booking already that the card's rule does not allow twice, in this or in
    another party. `member` says who: 0 is the citizen, 1 the first companion. Cancel that booking first, or leave the
    person out."""

    code = "booking.already_booked"
    title = text("该人员已有有效预约", "This person has a live booking already")


class CompanionInvalid(BookingRefused):
    """A companion's entry cannot be right. `member` says which (1 is the first; those named by id follow
    the others), `reason` why: `name`, `id_number`, `twice` (stands there twice), `is_citizen` (the citizen is counted
    anyway) or `not_saved` (no companion of the citizen is saved under that id)."""

    code = "booking.companion_invalid"
    title = text("同行人信息有误", "A companion's details are not right")


class PartyTooLarge(BookingRefused):
    """More companions than the card allows. `companions_max` is how many it does."""

    code = "booking.party_too_large"
    title = text("同行人数超过上限", "Too many companions")


class BookingNotFound(BookingRefused):
    """The citizen has no such booking."""

    code = "booking.not_found"
    title = text("没有这个预约", "There is no such booking")


class NotCancellable(BookingRefused):
    """The booking was used or has passed. `state` says which: `checked_in` or `missed`."""

    code = "booking.not_cancellable"
    title = text("该预约已使用或已过期，无法取消", "The booking was used or has passed")


class NotLive(BookingRefused):
    """The booking cannot be used. `state` says why: `cancelled`, `missed`, `checked_in`, or `over` when its time has
    passed."""

    code = "booking.not_live"
    title = text("该预约已失效", "The booking is no longer valid")


class TicketInvalid(BookingRefused):
    """This is no ticket of this city: altered, signed by another key, or of the future. Do not admit."""

    code = "booking.ticket_invalid"
    title = text("无效票码", "This is not a valid ticket")


class TicketExpired(BookingRefused):
    """The code is older than a minute, as a screenshot is. Have the citizen show it live in the mini-program."""

    code = "booking.ticket_expired"
    title = text("票码已过期，请打开小程序出示", "This code has expired; show it live in the mini-program")


class OtherPlace(BookingRefused):
    """A true ticket, and for another resource than this gate's. `resource_id` says for which."""

    code = "booking.other_place"
    title = text("该预约不属于此处", "This booking is for another place")


class OutsideCheckIn(BookingRefused):
    """A true ticket, and not its time. `opens_at` and `closes_at` say when it is."""

    code = "booking.check_in_window"
    title = text("不在入场时间内", "Outside the time of check-in")


class CheckedInAlready(BookingRefused):
    """The booking was used before. `checked_in_at` says when."""

    code = "booking.checked_in_already"
    title = text("该预约已核销", "This booking was used already")
