"""What staff see and change of their own account."""

from handlers.http.contract import Created, endpoint
from handlers.http.fields import CityTime, Request, View
from handlers.http.policy import all_staff
from handlers.staff.sessions import StaffHandler
from handlers.staff.views import FactorCode, Password, PostView, SignedInView


class StaffMeView(View):
    id: str
    name: str
    post: PostView
    posts: list[PostView]
    unfinished: str
    second_factor: bool
    second_factor_required: bool
    recovery_codes_left: int
    csrf_token: str | None
    """To repeat in `X-CSRF-Token`; null for whoever calls with a token."""


class PasswordRequest(Request):
    current: Password
    new: Password


class SecondFactorRequest(Request):
    password: Password
    code: FactorCode = ""
    """Of the second factor that there is already."""


class ConfirmationRequest(Request):
    code: FactorCode
    """What the app shows now."""


class OfferView(View):
    secret: str
    """For an app that cannot read the picture; base32."""
    uri: str
    qr_svg: str
    expires_at: CityTime


class SecuredView(View):
    recovery_codes: list[str]
    """Shown this once. Each stands in for the app one time."""
    session: SignedInView


class RecoveryCodesView(View):
    recovery_codes: list[str]


class StaffMe(StaffHandler):
    @endpoint(who=all_staff(unfinished=True))
    async def get(self) -> StaffMeView:
        """Who one is here, and at which post."""
        me = await self.centre.own_account.me(self.staff)
        return StaffMeView(
            id=me.account.id,
            name=me.account.name,
            post=PostView.of(me.post),
            posts=[PostView.of(post) for post in me.account.posts],
            unfinished=self.staff.unfinished,
            second_factor=me.account.totp_sealed is not None,
            second_factor_required=me.second_factor_required,
            recovery_codes_left=me.recovery_codes_left,
            csrf_token=self.csrf_token(),
        )


class StaffPassword(StaffHandler):
    @endpoint(who=all_staff(unfinished=True), rate="sign_in", writes_itself_down=True)
    async def post(self, request: PasswordRequest) -> SignedInView:
        """Change one's password. All other sessions end."""
        grant = await self.centre.own_account.change_password(self.staff, request.current, request.new)
        return self.granted(grant)


class StaffSecondFactor(StaffHandler):
    @endpoint(who=all_staff(unfinished=True), rate="sign_in", writes_itself_down=True)
    async def post(self, request: SecondFactorRequest) -> Created[OfferView]:
        """Begin to enrol an authenticator app: a picture to read with it, for ten minutes."""
        offer = await self.centre.own_account.offer_second_factor(self.staff, request.password, request.code)
        view = OfferView(secret=offer.secret, uri=offer.uri, qr_svg=offer.qr_svg(), expires_at=offer.expires_at)
        return Created(view)


class StaffSecondFactorConfirmation(StaffHandler):
    @endpoint(who=all_staff(unfinished=True), rate="sign_in", writes_itself_down=True)
    async def post(self, request: ConfirmationRequest) -> SecuredView:
        """Confirm the app with the code that it shows. From now on signing in asks for one."""
        secured = await self.centre.own_account.confirm_second_factor(self.staff, request.code)
        return SecuredView(recovery_codes=list(secured.recovery_codes), session=self.granted(secured.grant))


class StaffRecoveryCodes(StaffHandler):
    @endpoint(who=all_staff(), rate="sign_in", writes_itself_down=True)
    async def post(self, request: SecondFactorRequest) -> Created[RecoveryCodesView]:
        """New recovery codes; the earlier ones are worth nothing from now on."""
        codes = await self.centre.own_account.new_recovery_codes(self.staff, request.password, request.code)
        return Created(RecoveryCodesView(recovery_codes=list(codes)))
