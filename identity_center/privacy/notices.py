"""What a citizen is told of closing and correcting."""

from core.messages import MessageKind
from core.text import text

CLOSING_REQUESTED = MessageKind(
    "identity.closing_requested",
    text("已申请注销账号", "Your account is being closed"),
    text(
        "您申请了注销账号。期限内可在“我的数据－注销账号”中撤销；如非本人操作，请立即撤销并致电12345。",
        "You asked to close your account. You can take it back under My data, Close account. If it was not you, take "
        "it back at once and call 12345.",
    ),
)
CLOSING_WITHDRAWN = MessageKind(
    "identity.closing_withdrawn",
    text("已撤销注销账号", "Your account stays"),
    text("您撤销了注销申请，账号照常使用。", "You took the closing back; the account goes on as before."),
)
CORRECTION_ACCEPTED = MessageKind(
    "identity.correction_accepted",
    text("更正申请已同意", "Your correction was accepted"),
    text(
        "您的更正申请已同意。如更正的是姓名、身份证号码或手机号码，请重新认证。详见“我的数据－更正申请”。",
        "Your correction was accepted. For a name, ID number or phone number, prove the new one now. See My data, "
        "Corrections.",
    ),
)
CORRECTION_REFUSED = MessageKind(
    "identity.correction_refused",
    text("更正申请未同意", "Your correction was not accepted"),
    text(
        "您的更正申请未获同意，理由见“我的数据－更正申请”；如有异议，可致电12345。",
        "Your correction was not accepted; the reason stands under My data, Corrections. Call 12345 if you disagree.",
    ),
)

PRIVACY_NOTICES = (CLOSING_REQUESTED, CLOSING_WITHDRAWN, CORRECTION_ACCEPTED, CORRECTION_REFUSED)
