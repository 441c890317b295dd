"""Where the provider is found, and what it says of itself (OpenID Connect Discovery, RFC 8414)."""

from dataclasses import dataclass
from urllib.parse import quote

from identity_center.credentials.keys import ALGORITHM
from identity_center.oidc.scopes import CLAIMS, SCOPES
from identity_center.oidc.settings import OidcSettings

_ID_TOKEN_CLAIMS = ("sub", "iss", "aud", "exp", "iat", "auth_time", "acr", "nonce", "sid", "at_hash")


@dataclass(frozen=True)
class OidcAddresses:
    """`issuer` is the city's own address, without a slash at its end."""

    issuer: str
    settings: OidcSettings

    @property
    def authorization(self) -> str:
        return f"{self.issuer}/oidc/authorize"

    @property
    def pushed_requests(self) -> str:
        return f"{self.issuer}/oidc/par"

    @property
    def token(self) -> str:
        return f"{self.issuer}/oidc/token"

    def scan(self, text: str) -> str:
        """What a QR code holds."""
        return f"{self.settings.scan_url or f'{self.issuer}/#/pages/identity/scan'}?scan={quote(text)}"

    def opening(self, text: str) -> str:
        """What opens the mini-program from a phone's browser."""
        opens = self.settings.open_url
        return opens.replace("{scan}", quote(text, safe="")) if opens else self.scan(text)

    def metadata(self) -> dict[str, object]:
        ways = ["private_key_jwt", "client_secret_basic"]
        return {
            "issuer": self.issuer,
            "authorization_endpoint": self.authorization,
            "pushed_authorization_request_endpoint": self.pushed_requests,
            "require_pushed_authorization_requests": True,
            "token_endpoint": self.token,
            "userinfo_endpoint": f"{self.issuer}/oidc/userinfo",
            "jwks_uri": f"{self.issuer}/oidc/jwks",
            "introspection_endpoint": f"{self.issuer}/oidc/introspect",
            "revocation_endpoint": f"{self.issuer}/oidc/revoke",
            "end_session_endpoint": f"{self.issuer}/oidc/logout",
            "scopes_supported": list(SCOPES),
            "claims_supported": [*_ID_TOKEN_CLAIMS, *CLAIMS.values(), "phone_number_verified"],
            "claims_parameter_supported": False,
            "request_parameter_supported": False,
            "request_uri_parameter_supported": False,
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "subject_types_supported": ["pairwise"],
            "acr_values_supported": ["0", "1", "2", "3"],
            "prompt_values_supported": ["none", "login", "consent", "select_account"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            "token_endpoint_auth_methods_supported": ways,
            "token_endpoint_auth_signing_alg_values_supported": [ALGORITHM],
            "introspection_endpoint_auth_methods_supported": ways,
            "introspection_endpoint_auth_signing_alg_values_supported": [ALGORITHM],
            "revocation_endpoint_auth_methods_supported": ways,
            "revocation_endpoint_auth_signing_alg_values_supported": [ALGORITHM],
            "ui_locales_supported": ["zh-CN", "en"],
        }  # fmt: skip
