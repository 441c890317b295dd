"""The part of the map that is about sign-in for department sites."""

from handlers.http.application import Route
from handlers.oidc import (
    Discovery,
    Introspection,
    OidcServices,
    PushedRequests,
    SiteKeySet,
    TokenHandler,
    TokenRevocation,
    UserInfoHandler,
)
from handlers.oidc_clients import (
    OidcClientDisablement,
    OidcClientEnablement,
    OidcClientKeys,
    OidcClients,
    OidcClientSecret,
    OneOidcClient,
)
from handlers.oidc_pages import (
    Authorize,
    SignInCancellation,
    SignInCode,
    SignInContinuation,
    SignInPage,
    SignInProgress,
    SignOut,
    SiteAsset,
)
from handlers.oidc_scans import (
    DepartmentNames,
    OneScan,
    OneSiteSignIn,
    ScanApproval,
    ScanRefusal,
    SiteSignIns,
)


def oidc_routes(services: OidcServices, names: DepartmentNames) -> tuple[Route, ...]:
    protected = {"authenticator": services.authenticator}
    page = {"authorization": services.authorization, "scans": services.scans, "addresses": services.addresses}
    page |= {"names": names}
    scans = {"scans": services.scans, "names": names}
    own = {"sessions": services.sessions, "clients": services.clients, "names": names}
    office = {"clients": services.clients}
    return (
        Route("/.well-known/openid-configuration", Discovery, {"addresses": services.addresses}),
        Route("/oidc/jwks", SiteKeySet, {"keys": services.keys}),
        Route("/oidc/par", PushedRequests, {**protected, "authorization": services.authorization}),
        Route("/oidc/token", TokenHandler, {**protected, "tokens": services.tokens}),
        Route("/oidc/introspect", Introspection, {**protected, "userinfo": services.userinfo}),
        Route("/oidc/revoke", TokenRevocation, {**protected, "tokens": services.tokens}),
        Route("/oidc/userinfo", UserInfoHandler, {"userinfo": services.userinfo}),
        Route("/oidc/authorize", Authorize, page),
        Route("/oidc/sign_ins/{request_id}", SignInPage, page),
        Route("/oidc/sign_ins/{request_id}/code.svg", SignInCode, page),
        Route("/oidc/sign_ins/{request_id}/progress", SignInProgress, page),
        Route("/oidc/sign_ins/{request_id}/continuation", SignInContinuation, page),
        Route("/oidc/sign_ins/{request_id}/cancellation", SignInCancellation, page),
        Route("/oidc/logout", SignOut, {"signing_out": services.signing_out, "addresses": services.addresses}),
        Route("/oidc/assets/{asset}", SiteAsset),
        Route("/api/v1/oidc/scans/{scan_id}", OneScan, scans),
        Route("/api/v1/oidc/scans/{scan_id}/approval", ScanApproval, scans),
        Route("/api/v1/oidc/scans/{scan_id}/refusal", ScanRefusal, scans),
        Route("/api/v1/me/site_sign_ins", SiteSignIns, own),
        Route("/api/v1/me/site_sign_ins/{sign_in_id}", OneSiteSignIn, own),
        Route("/api/v1/staff/oidc_clients", OidcClients, office),
        Route("/api/v1/staff/oidc_clients/{client_id}", OneOidcClient, office),
        Route("/api/v1/staff/oidc_clients/{client_id}/secret", OidcClientSecret, office),
        Route("/api/v1/staff/oidc_clients/{client_id}/keys", OidcClientKeys, office),
        Route("/api/v1/staff/oidc_clients/{client_id}/disablement", OidcClientDisablement, office),
        Route("/api/v1/staff/oidc_clients/{client_id}/enablement", OidcClientEnablement, office),
    )
