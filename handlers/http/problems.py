"""Errors as RFC 9457 problems: the one table from codes to statuses, and the body that goes with it."""

import inspect

import orjson

from core.caller import StepUpNeeded
from core.errors import CityError, every_error
from core.text import Language

STATUS: dict[str, int] = {
    # The request itself
    "request.malformed": 400,
    "request.cursor": 400,
    "idempotency.key_invalid": 400,
    "request.not_found": 404,
    "request.method_not_allowed": 405,
    "request.body_too_large": 413,
    "request.unsupported_media_type": 415,
    "request.invalid": 422,
    "idempotency.key_reused": 422,
    "request.rate_limited": 429,
    "request.cross_site": 403,
    # Who asks
    "identity.sign_in_needed": 401,
    "identity.step_up_needed": 401,
    "identity.forbidden": 403,
    # Signing in and proving who one is
    "identity.wechat.code_invalid": 400,
    "identity.wechat.blocked": 403,
    "identity.wechat.unavailable": 503,
    "identity.token_invalid": 401,
    "identity.token_expired": 401,
    "identity.refresh_refused": 401,
    "identity.session_not_found": 404,
    "identity.account_not_found": 401,
    "identity.real_name.invalid_id_number": 422,
    "identity.real_name.invalid_name": 422,
    "identity.real_name.mismatch": 422,
    "identity.real_name.already_confirmed": 409,
    "identity.real_name.in_use": 409,
    "identity.real_name.locked": 429,
    "identity.proof_locked": 429,
    "identity.proof_not_held": 404,
    "identity.authority_unavailable": 503,
    "identity.face.challenge_expired": 409,
    "identity.face.too_many_challenges": 429,
    "identity.face.frame_count": 422,
    "identity.face.image_invalid": 422,
    "identity.face.no_face": 422,
    "identity.face.many_faces": 422,
    "identity.face.too_small": 422,
    "identity.face.blurred": 422,
    "identity.face.too_dark": 422,
    "identity.face.too_bright": 422,
    "identity.face.not_frontal": 422,
    "identity.face.not_alive": 422,
    "identity.face.frames_differ": 422,
    "identity.face.retry": 422,
    "identity.face.not_matched": 422,
    "identity.face.reference_unusable": 409,
    "identity.face.locked": 429,
    "identity.face.busy": 503,
    "identity.face.consent_needed": 403,
    "identity.face.other_provider": 409,
    "identity.face.attempt_over": 409,
    "identity.face.unfinished": 409,
    "identity.face.cancelled": 409,
    "identity.face.not_filmed": 422,
    "identity.face.not_confirmed": 422,
    "identity.face.not_eligible": 409,
    # Personal data and consent
    "identity.personal_data_missing": 409,
    "identity.consent_needed": 403,
    "identity.consent_not_found": 404,
    "consent.separate_required": 422,
    "identity.companion_not_found": 404,
    "identity.companion_saved_already": 409,
    "identity.companion_is_citizen": 422,
    "identity.too_many_companions": 409,
    "identity.seal_broken": 500,
    # What the law gives a citizen over their data
    "identity.account_closing": 409,
    "identity.privacy.export_limit": 429,
    "identity.privacy.closing_not_found": 404,
    "identity.privacy.closing_refused": 409,
    "identity.privacy.correction_not_found": 404,
    "identity.privacy.correction_open": 409,
    "identity.privacy.correction_decided": 409,
    # Electronic credentials
    "identity.credential.type_not_found": 404,
    "identity.credential.not_issuable": 403,
    "identity.credential.claims_invalid": 422,
    "identity.credential.holder_not_confirmed": 422,
    "identity.credential.already_held": 409,
    "identity.credential.not_found": 404,
    "identity.credential.state_refused": 409,
    "identity.credential.not_usable": 409,
    "identity.credential.disclosure_unknown": 422,
    "identity.credential.presentation_too_large": 422,
    "identity.credential.presentation_invalid": 422,
    "identity.credential.status_list_not_found": 404,
    # Sign-in for department sites
    "oidc.invalid_request": 400,
    "oidc.invalid_target": 400,
    "oidc.request_not_supported": 400,
    "oidc.unsupported_response_type": 400,
    "oidc.invalid_scope": 400,
    "oidc.unmet_authentication_requirements": 400,
    "oidc.login_required": 400,
    "oidc.consent_required": 400,
    "oidc.access_denied": 400,
    "oidc.invalid_client": 401,
    "oidc.invalid_grant": 400,
    "oidc.unsupported_grant_type": 400,
    "oidc.too_many_requests": 429,
    "oidc.invalid_token": 401,
    "oidc.sign_in_page_gone": 404,
    "oidc.scan_not_found": 404,
    "oidc.scan_of_another": 409,
    "oidc.scan_over": 409,
    "oidc.number_wrong": 409,
    "oidc.site_sign_in_not_found": 404,
    "oidc.client_not_found": 404,
    "oidc.client_invalid": 422,
    "oidc.client_is_anothers": 403,
    # Acting for others
    "identity.acting.not_allowed": 403,
    "identity.acting.person_needed": 403,
    "identity.acting.grant_not_found": 404,
    "identity.acting.ended": 403,
    "identity.acting.beyond_grant": 403,
    "identity.acting.code_invalid": 422,
    "identity.acting.codes_locked": 429,
    "identity.acting.oneself": 409,
    "identity.acting.not_of_age": 403,
    "identity.acting.too_many": 409,
    "identity.guardian_needed": 403,
    "identity.family.not_confirmed": 422,
    "identity.family.age": 422,
    "identity.family.locked": 429,
    "identity.family.person_has_account": 409,
    "identity.family.not_taken_over": 409,
    "identity.managed_account_exists": 409,
    "identity.enterprise.invalid_credit_code": 422,
    "identity.enterprise.not_confirmed": 422,
    "identity.enterprise.locked": 429,
    "identity.enterprise.registry_unavailable": 503,
    "identity.enterprise.not_found": 404,
    "identity.enterprise.suspended": 409,
    # Staff
    "identity.staff_refused": 401,
    "identity.staff_locked": 429,
    "identity.staff_name_taken": 409,
    "identity.staff_not_found": 404,
    "identity.invalid_staff_account": 422,
    "identity.staff_code_needed": 401,
    "identity.staff_code_refused": 401,
    "identity.staff_nothing_to_confirm": 409,
    "identity.staff_session_over": 401,
    "identity.staff_session_not_found": 404,
    "identity.staff_post_not_found": 404,
    "identity.staff_password_refused": 403,
    "identity.staff_password_unfit": 422,
    "identity.staff_setup_needed": 403,
    "identity.staff_own_account": 409,
    "identity.proposal_not_found": 404,
    "identity.proposal_closed": 409,
    "identity.proposal_own": 409,
    "identity.proposal_exists": 409,
    "identity.api_key_invalid": 401,
    "identity.api_key_not_found": 404,
    "identity.api_key_limit": 409,
    "identity.scope_needed": 403,
    "identity.hall_code_refused": 422,
    "identity.hall_code_locked": 429,
    "identity.hall_code_limit": 429,
    # Cards
    "card.not_found": 404,
    "card.operation_not_found": 404,
    "card.not_bookable": 409,
    "card.closed": 409,
    "card.wrong_audience": 403,
    "card.no_acting": 403,
    "card.input_invalid": 422,
    "card.quota_citizen": 429,
    "card.quota_card": 429,
    "card.busy": 503,
    "card.record_not_found": 404,
    "card.refused": 422,
    "card.upstream_unavailable": 503,
    "card.upstream_invalid": 502,
    "catalogue.theme_not_found": 404,
    "idempotency.key_required": 400,
    # Booking
    "booking.resource_unknown": 404,
    "booking.choice_unknown": 404,
    "booking.day_out_of_range": 422,
    "booking.slot_unknown": 409,
    "booking.closed_day": 409,
    "booking.not_open_yet": 409,
    "booking.too_late_to_book": 409,
    "booking.waiting": 429,
    "booking.full": 409,
    "booking.day_full": 409,
    "booking.already_booked": 409,
    "booking.companion_invalid": 422,
    "booking.party_too_large": 422,
    "booking.not_found": 404,
    "booking.too_late_to_cancel": 409,
    "booking.not_cancellable": 409,
    "booking.not_live": 409,
    "booking.ticket_invalid": 422,
    "booking.ticket_expired": 422,
    "booking.other_place": 409,
    "booking.check_in_window": 409,
    "booking.checked_in_already": 409,
    # Figures
    "insight.range_too_long": 422,
    # Storage
    "store.write_refused": 409,
    "store.duplicate": 409,
    "store.conflict": 409,
    "store.guard_failed": 409,
    "store.unavailable": 503,
    # The server
    "server.internal": 500,
    "server.not_ready": 503,
}
"""tests/unit/test_errors.py fails when a code has no status here, or a status no code."""


def status_of(error: CityError) -> int:
    return STATUS.get(error.code, 500)


def problem(error: CityError, request_id: str, language: Language) -> bytes:
    """The JSON body. `title` is for people, `code` for programs; facts stand beside them as extension members."""
    body: dict[str, object] = {
        "type": f"/api/problems/{error.code}",
        "title": error.title.pick(language),
        "status": status_of(error),
        "code": error.code,
        "request_id": request_id,
        **error.facts,
    }
    errors = getattr(error, "errors", None)
    if isinstance(errors, list):
        body["errors"] = errors
    return orjson.dumps(body)


def explanation(kind: type[CityError]) -> str:
    """The docstring of an error as flowing text."""
    return " ".join((inspect.getdoc(kind) or "").split())


def known_errors() -> dict[str, type[CityError]]:
    """Every error class that is loaded, by code."""
    return {kind.code: kind for kind in every_error()}


_INVALID_TOKEN = (
    "identity.token_invalid",
    "identity.token_expired",
    "identity.account_not_found",
    "identity.api_key_invalid",
    "identity.staff_session_over",
)


def challenge_of(error: CityError) -> str | None:
    """What a 401 must carry (RFC 9110, 6750, 9470)."""
    if isinstance(error, StepUpNeeded):
        age = f", max_age={error.max_age_seconds}" if error.max_age_seconds is not None else ""
        return f'Bearer error="insufficient_user_authentication", acr_values="{error.assurance}"{age}'
    if error.code in _INVALID_TOKEN:
        return 'Bearer error="invalid_token"'
    return "Bearer" if status_of(error) == 401 else None
