"""What the identity centre tells a citizen of: whatever touches their account and may not have been their own doing."""

from core.messages import MessageKind
from core.text import text

_NOT_YOU = "如非本人操作，请立即退出其他设备的登录，并致电12345。"
_NOT_YOU_EN = "If it was not you, sign the other devices out at once and call 12345."

NEW_DEVICE = MessageKind(
    "identity.new_device",
    text("新设备登录", "Signed in on a new device"),
    text(
        f"您的账号在一台未使用过的设备上登录。{_NOT_YOU}",
        f"Your account was signed in to on a new device. {_NOT_YOU_EN}",
    ),
)
TOKEN_REUSED = MessageKind(
    "identity.token_reused",
    text("登录状态可能被复制，已为您退出", "A sign-in may have been copied and was ended"),
    text(
        "系统发现同一登录凭证被重复使用，为保护您的账号，该设备已退出登录。请重新登录；如频繁出现，请检查手机安全。",
        "The same sign-in was used twice, as a copy of it would be. To protect you it was ended. Sign in again; if "
        "this happens often, have your phone looked at.",
    ),
)
SIGNED_OUT_EVERYWHERE = MessageKind(
    "identity.signed_out_everywhere",
    text("已退出所有设备", "Signed out everywhere"),
    text("您的账号已在所有设备上退出登录。", "Your account was signed out on all devices."),
)
PHONE_CHANGED = MessageKind(
    "identity.phone_changed",
    text("手机号码已更换", "The phone number was changed"),
    text(
        f"您账号绑定的手机号码已更换。{_NOT_YOU}", f"Another phone number was confirmed for your account. {_NOT_YOU_EN}"
    ),
)
SECOND_ACCOUNT = MessageKind(
    "identity.second_account",
    text("您的实名信息用于另一微信账号", "Your real name was confirmed on another WeChat account"),
    text(
        "另一个微信账号刚刚用您的姓名和身份证号码完成了实名认证。如非本人操作，请致电12345或前往政务大厅。",
        "Another WeChat account has just been confirmed with your name and ID number. If it was not you, call 12345 or "
        "go to a service hall.",
    ),
)
SECOND_ACCOUNT_REFUSED = MessageKind(
    "identity.second_account_refused",
    text("有人尝试用您的实名信息认证", "Somebody tried to use your real name"),
    text(
        "另一个微信账号尝试用您的姓名和身份证号码完成实名认证，未获通过。如非本人操作，请致电12345。",
        "Another WeChat account tried to be confirmed with your name and ID number and was refused. If it was not you, "
        "call 12345.",
    ),
)
REAL_NAME_MOVED = MessageKind(
    "identity.real_name_moved",
    text("实名认证已转移到另一微信账号", "Your real name has moved to another WeChat account"),
    text(
        "另一个微信账号用您的姓名和身份证号码完成了实名认证，本账号的实名认证已失效。重新认证即可恢复；如非本人操作，请致电12345。",
        "Another WeChat account was confirmed with your name and ID number, and this one no longer counts as "
        "confirmed. Confirm it again to get it back; if it was not you, call 12345.",
    ),
)
PHONE_WITHDRAWN = MessageKind(
    "identity.phone_withdrawn",
    text("手机号码认证已失效", "Your phone number no longer counts"),
    text(
        "您的手机号码认证已被撤销，请重新绑定手机号码。",
        "Your phone number was withdrawn. Please confirm a number again.",
    ),
)
REAL_NAME_WITHDRAWN = MessageKind(
    "identity.real_name_withdrawn",
    text("实名认证已失效", "Your real name no longer counts"),
    text(
        "您的实名认证已被撤销，请重新认证或前往政务大厅。",
        "The confirmation of your real name was withdrawn. Confirm it again, or go to a service hall.",
    ),
)
FACE_WITHDRAWN = MessageKind(
    "identity.face_withdrawn",
    text("人脸认证已失效", "Your face verification no longer counts"),
    text(
        "您的人脸认证已被撤销，办理相关业务时请重新认证。",
        "Your face verification was withdrawn; show your face again when asked.",
    ),
)
PROOF_LOCKED = MessageKind(
    "identity.proof_locked",
    text("身份核验多次未通过", "Proving who you are has failed several times"),
    text(
        f"您的账号多次核验身份未通过，请稍后再试。{_NOT_YOU}", f"Several attempts failed; wait a little. {_NOT_YOU_EN}"
    ),
)

NOTICES: tuple[MessageKind, ...] = (
    NEW_DEVICE,
    TOKEN_REUSED,
    SIGNED_OUT_EVERYWHERE,
    PHONE_CHANGED,
    SECOND_ACCOUNT,
    SECOND_ACCOUNT_REFUSED,
    REAL_NAME_MOVED,
    PHONE_WITHDRAWN,
    REAL_NAME_WITHDRAWN,
    FACE_WITHDRAWN,
    PROOF_LOCKED,
)
