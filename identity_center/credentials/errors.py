"""What credentials can be refused with.

CityError
├── CredentialTypeNotFound · CredentialNotIssuable · CredentialClaimsInvalid     issuing
│   · CredentialHolderNotConfirmed · CredentialAlreadyHeld
├── CredentialNotFound · CredentialStateRefused                                  its life
├── CredentialNotUsable · DisclosureUnknown · PresentationTooLarge               showing
└── PresentationInvalid · StatusListNotFound                                     verifying
"""

from core.errors import CityError
from core.text import text


class CredentialTypeNotFound(CityError):
    """There is no credential type of this id. `types` lists those there are."""

    code = "identity.credential.type_not_found"
    title = text("没有该类电子证照", "There is no such type of credential")

    def __init__(self, types: list[str]) -> None:
        super().__init__(types=types)


class CredentialNotIssuable(CityError):
    """The type does not let this caller issue it: citizens cannot ask for it by themselves (`self_issued` is false), or
    it is issued by staff of another role. The department that answers for the type issues it."""

    code = "identity.credential.not_issuable"
    title = text("该证照须由主管部门签发", "The department in charge issues this credential")

    def __init__(self, department: str, self_issued: bool) -> None:
        super().__init__(department=department, self_issued=self_issued)


class CredentialClaimsInvalid(CityError):
    """Claims of the credential are not as its type declares them. `claims` says for each what is wrong: `missing`,
    `unknown` or the kind it must be of; `known` are those that the issuer gives. Nothing was issued."""

    code = "identity.credential.claims_invalid"
    title = text("证照内容不符合要求", "The content of the credential does not meet its type")

    def __init__(self, claims: dict[str, str], known: list[str]) -> None:
        super().__init__(claims=claims, known=known)


class CredentialHolderNotConfirmed(CityError):
    """The population authority did not confirm the holder's name with the holder's number. Nothing was issued. Compare
    both with the ID card."""

    code = "identity.credential.holder_not_confirmed"
    title = text("持证人身份核验未通过，请核对", "The holder's name and number could not be confirmed together")


class CredentialAlreadyHeld(CityError):
    """There is a live credential of this type for the holder (or, where the type counts so, for the same enterprise)
    already. Revoke that one first when another is to take its place."""

    code = "identity.credential.already_held"
    title = text("已持有该证照", "A credential of this type is held already")


class CredentialNotFound(CityError):
    """There is no such credential, or it is not the caller's. Read the list again."""

    code = "identity.credential.not_found"
    title = text("没有找到该证照", "There is no such credential")


class CredentialStateRefused(CityError):
    """The credential is in a `state` from which this step does not lead: only a valid one is suspended, only a
    suspended one resumed, and a revoked one stays revoked."""

    code = "identity.credential.state_refused"
    title = text("证照当前状态不允许该操作", "The credential's present state does not allow this")

    def __init__(self, state: str) -> None:
        super().__init__(state=state)


class CredentialNotUsable(CityError):
    """The credential cannot be shown: `state` says whether it is suspended, revoked or expired. The department that
    issued it can help."""

    code = "identity.credential.not_usable"
    title = text("该证照当前不可使用", "The credential cannot be used at present")

    def __init__(self, state: str) -> None:
        super().__init__(state=state)


class DisclosureUnknown(CityError):
    """The credential holds no such claim to disclose by choice. `claims` lists those it has; claims that are always
    shown need no choice."""

    code = "identity.credential.disclosure_unknown"
    title = text("所选出示项不存在", "The credential holds no such claim to disclose")

    def __init__(self, claims: list[str]) -> None:
        super().__init__(claims=claims)


class PresentationTooLarge(CityError):
    """What is to be shown does not fit a code that a phone's screen can show and a gate can read. Disclose fewer claims
    at once; when issuing, shorten the claims that are always shown."""

    code = "identity.credential.presentation_too_large"
    title = text("出示内容过多，请减少出示项", "Too much to show at once; choose fewer claims")


class PresentationInvalid(CityError):
    """This is no credential of this city as a phone shows it: made by somebody else, altered, or not whole. Ask for the
    code to be shown again; do not let in on it."""

    code = "identity.credential.presentation_invalid"
    title = text("无法识别该电子证照", "This is not a credential of this city")


class StatusListNotFound(CityError):
    """There is no status list of this number. A credential names the list that it stands in."""

    code = "identity.credential.status_list_not_found"
    title = text("没有该状态列表", "There is no such status list")
