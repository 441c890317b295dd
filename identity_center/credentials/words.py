"""A credential's record as people read it."""

from typing import Final

from core.text import Text, text
from identity_center.credentials.credential import CITY, HOLDER
from identity_center.credentials.record import EventKind, Reason, RecordEntry, Verdict

KINDS: Final[dict[EventKind, Text]] = {
    "issued": text("签发", "Issued"),
    "suspended": text("暂停使用", "Suspended"),
    "resumed": text("恢复使用", "Resumed"),
    "revoked": text("注销", "Revoked"),
    "expired": text("到期，由新证照取代", "Expired, and replaced by a new one"),
    "shown": text("出示", "Shown"),
}
REASONS: Final[dict[Reason, Text]] = {
    "lost": text("遗失", "lost"),
    "misused": text("违规使用", "misused"),
    "data_changed": text("信息变更", "its data has changed"),
    "conditions_ended": text("不再符合持证条件", "its conditions are no longer met"),
    "holder_asked": text("持证人申请", "the holder asked for it"),
    "issued_in_error": text("签发有误", "issued in error"),
}
VERDICTS: Final[dict[Verdict, Text]] = {
    "valid": text("有效", "valid"),
    "suspended": text("已暂停", "suspended"),
    "revoked": text("已注销", "revoked"),
    "expired": text("已过期", "expired"),
    "too_old": text("二维码已超过60秒", "the code was more than a minute old"),
    "replayed": text("二维码已使用过", "the code had been used before"),
}


def in_words(entry: RecordEntry) -> Text:
    """One line for the holder: what happened, where, why, and with what outcome."""
    zh, en = [KINDS[entry.kind].zh], [KINDS[entry.kind].en]
    if entry.place is not None:
        zh.append(f"地点：{entry.place}")
        en.append(f"at: {entry.place}")
    if entry.reason is not None:
        zh.append(f"原因：{REASONS[entry.reason].zh}")
        en.append(f"because {REASONS[entry.reason].en}")
    if entry.verdict is not None:
        zh.append(f"结果：{VERDICTS[entry.verdict].zh}")
        en.append(f"outcome: {VERDICTS[entry.verdict].en}")
    return text("，".join(zh), ", ".join(en))


def who(entry: RecordEntry) -> str:
    """`holder`, `city`, `gate` or `staff`: holders learn of staff what they did, not who they are."""
    if entry.by in (HOLDER, CITY):
        return entry.by
    return "gate" if entry.kind == "shown" else "staff"
