"""What face verification can answer with, apart from success.

    CityError
    ├── ChallengeExpired · TooManyChallenges        the challenge
    ├── FrameCountWrong · ImageInvalid              what was sent
    ├── NoFace · ManyFaces · FaceTooSmall           what a frame shows
    │   · FaceBlurred · FaceTooDark · FaceTooBright · FaceNotFrontal
    ├── NotAlive · FramesDiffer                     whether a living person, and only one, was there
    ├── FaceRetry · FaceNotMatched                  whether it is the right one
    ├── ReferenceUnusable                           the authority's photo
    ├── FaceLocked                                  no attempts left
    ├── FaceBusy                                    no capacity
    ├── OtherFaceProvider                           the city verifies faces in another way
    └── FaceAttemptOver · FaceUnfinished            WeChat's own face verification
        · FaceCancelled · FaceNotFilmed
        · FaceNotConfirmed · FaceNotEligible

Frames are counted from 0, the neutral one. No answer carries a distance, so that nobody can climb towards a match.
"""

from core.errors import CityError
from core.text import text


class ChallengeExpired(CityError):
    """The challenge is unknown, was used, was replaced by a newer one, belongs to another session, or is older than it
    may be. No attempt was counted. Ask for a new challenge and film again."""

    code = "identity.face.challenge_expired"
    title = text("验证已超时，请重新开始", "This face check has run out; start a new one")


class TooManyChallenges(CityError):
    """This citizen has asked for more challenges than anybody needs in an hour. Wait the seconds in Retry-After."""

    code = "identity.face.too_many_challenges"
    title = text("操作过于频繁，请稍后再试", "Too many face checks were started; please wait")

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds)


class FrameCountWrong(CityError):
    """A verification needs one neutral frame and one frame for each action of its challenge: `expected` in all. The
    challenge is used up and no attempt was counted. Start a new one."""

    code = "identity.face.frame_count"
    title = text("照片数量与动作不符，请重新开始", "The number of frames does not fit the challenge")

    def __init__(self, expected: int) -> None:
        super().__init__(expected=expected)


class ImageInvalid(CityError):
    """A frame cannot be examined. `frame` says which one (None when that is not known), `reason` why: `empty`,
    `too_many_bytes`, `not_base64`, `not_jpeg_or_png`, `too_many_pixels`, `animated`, `color_mode` (only 8-bit RGB, grey
    and palette images are read), `truncated`, `too_complex`, `unreadable`, or `not_examinable` when the examination
    itself broke off. Send plain JPEG frames as the camera gives them. Where the reason is not seen from the size alone,
    an attempt was counted."""

    code = "identity.face.image_invalid"
    title = text("照片无法识别，请重新拍摄", "A frame cannot be read; please film again")

    def __init__(self, frame: int | None, reason: str) -> None:
        super().__init__(frame=frame, reason=reason)


class NoFace(CityError):
    """No face was found in `frame`. Ask the citizen to hold the phone level, face it, and fill the oval."""

    code = "identity.face.no_face"
    title = text("未检测到人脸，请正对镜头", "No face was found; please face the camera")

    def __init__(self, frame: int) -> None:
        super().__init__(frame=frame)


class ManyFaces(CityError):
    """More than one face is in `frame`. Only the citizen may be in the picture."""

    code = "identity.face.many_faces"
    title = text("画面中有多张人脸，请确保只有本人", "More than one face is in the picture")

    def __init__(self, frame: int) -> None:
        super().__init__(frame=frame)


class FaceTooSmall(CityError):
    """The face in `frame` is too small to be compared. Ask the citizen to come closer."""

    code = "identity.face.too_small"
    title = text("人脸过小，请靠近一些", "The face is too small; please come closer")

    def __init__(self, frame: int) -> None:
        super().__init__(frame=frame)


class FaceBlurred(CityError):
    """The face in `frame` is not sharp enough. Ask the citizen to hold still and wipe the lens."""

    code = "identity.face.blurred"
    title = text("画面模糊，请保持稳定", "The picture is blurred; please hold still")

    def __init__(self, frame: int) -> None:
        super().__init__(frame=frame)


class FaceTooDark(CityError):
    """The face in `frame` is too dark. Ask the citizen to turn towards the light."""

    code = "identity.face.too_dark"
    title = text("光线过暗，请到明亮处", "It is too dark; please find more light")

    def __init__(self, frame: int) -> None:
        super().__init__(frame=frame)


class FaceTooBright(CityError):
    """The face in `frame` is over-exposed. Ask the citizen to avoid direct light."""

    code = "identity.face.too_bright"
    title = text("光线过亮，请避免强光", "It is too bright; please avoid direct light")

    def __init__(self, frame: int) -> None:
        super().__init__(frame=frame)


class FaceNotFrontal(CityError):
    """In `frame`, the neutral one, the face is turned to the side. Ask the citizen to look straight into the camera."""

    code = "identity.face.not_frontal"
    title = text("请先正对镜头", "Please look straight into the camera first")

    def __init__(self, frame: int) -> None:
        super().__init__(frame=frame)


class NotAlive(CityError):
    """The frames do not show what the challenge asked for. `missing` names the actions that were not seen in their
    frames: turns are towards the person's own left or right, in pictures that are not mirrored. `attempts_left` are
    left today. Start a new challenge; show the person how each action is done."""

    code = "identity.face.not_alive"
    title = text("未检测到要求的动作，请重试", "The actions asked for were not seen; please try again")

    def __init__(self, missing: list[str], attempts_left: int) -> None:
        super().__init__(missing=missing, attempts_left=attempts_left)


class FramesDiffer(CityError):
    """The frames do not show one and the same person. `attempts_left` are left today."""

    code = "identity.face.frames_differ"
    title = text("拍摄过程中人脸不一致，请由本人完成", "The frames do not show the same person throughout")

    def __init__(self, attempts_left: int) -> None:
        super().__init__(attempts_left=attempts_left)


class FaceRetry(CityError):
    """The face resembles the authority's photo, but not clearly enough. `attempts_left` are left today. Try again in
    better light, without glasses or mask; after that offer the service hall, which is always open to the citizen."""

    code = "identity.face.retry"
    title = text("未能确认，请在光线良好处重试", "Not clear enough; please try again in better light")

    def __init__(self, attempts_left: int) -> None:
        super().__init__(attempts_left=attempts_left)


class FaceNotMatched(CityError):
    """The face is not the one in the authority's photo. `attempts_left` are left today. The service hall can verify in
    person."""

    code = "identity.face.not_matched"
    title = text("人脸比对未通过，可前往政务大厅办理", "The face was not matched; a service hall can help")

    def __init__(self, attempts_left: int) -> None:
        super().__init__(attempts_left=attempts_left)


class ReferenceUnusable(CityError):
    """The authority's photo of this citizen cannot be used: there is none, or it shows no face. Trying again does not
    help; the service hall can verify in person and have the photo renewed."""

    code = "identity.face.reference_unusable"
    title = text(
        "登记照片无法用于比对，请前往政务大厅办理", "The registered photo cannot be used; a service hall can help"
    )


class FaceLocked(CityError):
    """Today's attempts at face verification are used up, with this city or with WeChat. Try again after the seconds in
    Retry-After, or verify at a service hall today."""

    code = "identity.face.locked"
    title = text(
        "今日人脸核验次数已用完，请明天再试或前往政务大厅",
        "No more face checks today; try tomorrow or at a service hall",
    )

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds)


class FaceBusy(CityError):
    """There is no capacity to examine faces at the moment. When the frames were not looked at (`examined` is false) no
    attempt was counted, and the same request may be sent again after the seconds in Retry-After while its challenge
    lives."""

    code = "identity.face.busy"
    title = text("人脸核验繁忙，请稍后再试", "Face verification is busy; please try again shortly")

    def __init__(self, retry_after_seconds: int, *, examined: bool = False) -> None:
        super().__init__(retry_after_seconds=retry_after_seconds, examined=examined)
        self.examined = examined


class OtherFaceProvider(CityError):
    """This city verifies faces in another way: `provider` is `built_in` (a challenge and frames) or `wechat`
    (wx.requestFacialVerify). GET /api/v1/city says which beforehand."""

    code = "identity.face.other_provider"
    title = text("本市使用另一种人脸核验方式", "This city verifies faces in another way")

    def __init__(self, provider: str) -> None:
        super().__init__(provider=provider)


class FaceAttemptOver(CityError):
    """This verification by WeChat is unknown, was decided already, belongs to another session or person, or is older
    than it may be. Start a new one."""

    code = "identity.face.attempt_over"
    title = text("本次核验已结束，请重新开始", "This face check is over; start a new one")


class FaceUnfinished(CityError):
    """WeChat has no result yet: the citizen has not finished in front of the camera, or WeChat is still comparing. The
    verification stays open; ask again after the seconds in Retry-After."""

    code = "identity.face.unfinished"
    title = text("核验还未完成，请稍候", "The face check is not finished yet")

    def __init__(self) -> None:
        super().__init__(retry_after_seconds=2)


class FaceCancelled(CityError):
    """The citizen left WeChat's face verification before a face was compared. No attempt was counted."""

    code = "identity.face.cancelled"
    title = text("已取消人脸核验", "The face check was cancelled")


class FaceNotFilmed(CityError):
    """WeChat could not film the face, so nothing was compared and no attempt was counted. `reason` is `device` (this
    phone cannot do it), `permission` (camera or microphone is not allowed), `network`, or `capture` (the face was not
    caught well enough, or not in time)."""

    code = "identity.face.not_filmed"
    title = text("未能完成拍摄，请重试", "The face could not be filmed; please try again")

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)


class FaceNotConfirmed(CityError):
    """WeChat did not confirm that this is the person of the confirmed name and ID number. `attempts_left` are left
    today. The service hall can verify in person."""

    code = "identity.face.not_confirmed"
    title = text("未能核实身份，可前往政务大厅办理", "The person was not confirmed; a service hall can help")

    def __init__(self, attempts_left: int) -> None:
        super().__init__(attempts_left=attempts_left)


class FaceNotEligible(CityError):
    """WeChat verifies no face for this person's document: it knows holders of second-generation mainland ID cards
    only. No attempt was counted. The service hall can verify in person."""

    code = "identity.face.not_eligible"
    title = text("该证件暂不支持微信人脸核身，请前往政务大厅", "WeChat cannot verify this ID; a service hall can help")
