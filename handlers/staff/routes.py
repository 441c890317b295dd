"""Where staff's endpoints answer; part of the map in handlers/routes.py."""

from collections.abc import Sequence

from handlers.http.application import Route
from handlers.staff.administration import (
    OneStaffAccountPost,
    ProposalApproval,
    ProposalRejection,
    StaffAccountPosts,
    StaffAccounts,
    StaffDisabling,
    StaffPasswordReset,
    StaffProposals,
    StaffSecondFactorReset,
)
from handlers.staff.api_keys import ApiKeyRotation, OneApiKey, StaffApiKeys
from handlers.staff.hall import DepartmentNames, HallCode, StaffHallCodes
from handlers.staff.log import StaffLogEntries, StaffLogVerification
from handlers.staff.own_account import (
    StaffMe,
    StaffPassword,
    StaffRecoveryCodes,
    StaffSecondFactor,
    StaffSecondFactorConfirmation,
)
from handlers.staff.page import StaffPage, StaffPageAsset
from handlers.staff.sessions import CurrentStaffSession, OneStaffSession, StaffPost, StaffSessions
from identity_center.staff.centre import StaffCentre
from identity_center.staff.hall_codes import HallCodes


def staff_routes(staff: StaffCentre, hall_codes: HallCodes, names: DepartmentNames) -> Sequence[Route]:
    centre, codes = {"staff": staff}, {"hall_codes": hall_codes}
    return (
        Route("/staff", StaffPage),
        Route("/staff/{asset}", StaffPageAsset),
        Route("/api/v1/staff/sessions", StaffSessions, centre),
        Route("/api/v1/staff/sessions/current", CurrentStaffSession, centre),
        Route("/api/v1/staff/sessions/current/post", StaffPost, centre),
        Route("/api/v1/staff/sessions/{session_id}", OneStaffSession, centre),
        Route("/api/v1/staff/me", StaffMe, centre),
        Route("/api/v1/staff/password", StaffPassword, centre),
        Route("/api/v1/staff/second_factor", StaffSecondFactor, centre),
        Route("/api/v1/staff/second_factor/confirmation", StaffSecondFactorConfirmation, centre),
        Route("/api/v1/staff/second_factor/recovery_codes", StaffRecoveryCodes, centre),
        Route("/api/v1/staff/accounts", StaffAccounts, centre),
        Route("/api/v1/staff/accounts/{name}/posts", StaffAccountPosts, centre),
        Route("/api/v1/staff/accounts/{name}/posts/{post_id}", OneStaffAccountPost, centre),
        Route("/api/v1/staff/accounts/{name}/password_reset", StaffPasswordReset, centre),
        Route("/api/v1/staff/accounts/{name}/second_factor_reset", StaffSecondFactorReset, centre),
        Route("/api/v1/staff/accounts/{name}/disabling", StaffDisabling, centre),
        Route("/api/v1/staff/proposals", StaffProposals, centre),
        Route("/api/v1/staff/proposals/{proposal_id}/approval", ProposalApproval, centre),
        Route("/api/v1/staff/proposals/{proposal_id}/rejection", ProposalRejection, centre),
        Route("/api/v1/staff/api_keys", StaffApiKeys, centre),
        Route("/api/v1/staff/api_keys/{key_id}", OneApiKey, centre),
        Route("/api/v1/staff/api_keys/{key_id}/rotation", ApiKeyRotation, centre),
        Route("/api/v1/staff/log", StaffLogEntries, centre),
        Route("/api/v1/staff/log/verification", StaffLogVerification, centre),
        Route("/api/v1/staff/hall_codes", StaffHallCodes, codes),
        Route("/api/v1/identity/hall_code", HallCode, {**codes, "names": names}),
    )
