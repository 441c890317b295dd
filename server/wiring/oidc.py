"""Sign-in for department sites, joined with accounts, consents and keys."""

from handlers.oidc import OidcServices
from identity_center.oidc.addresses import OidcAddresses
from identity_center.oidc.authorization import Authorization
from identity_center.oidc.client_authentication import ClientAuthenticator
from identity_center.oidc.clients import ClientRegister
from identity_center.oidc.ending import SigningOut
from identity_center.oidc.scans import Scans
from identity_center.oidc.site_tokens import TokenEndpoint
from identity_center.oidc.sites import SiteSessions
from identity_center.oidc.userinfo import UserInfo
from server.wiring.ground import Ground
from server.wiring.identity import Identity


def oidc_of(ground: Ground, identity: Identity) -> OidcServices:
    documents, clock, vault, keys = ground.documents, ground.clock, identity.vault, ground.keys.keys.oidc
    settings, issuer = ground.settings.oidc, ground.url
    addresses = OidcAddresses(issuer, settings)
    clients = ClientRegister(documents, clock, settings, plain_http=ground.settings.profile == "demo")
    sessions = SiteSessions(documents, clock, vault, settings, ground.settings.identity.proofs)
    personal_data, consents = identity.personal_data, identity.consents
    tokens = TokenEndpoint(documents, clock, vault, keys, personal_data, sessions, settings, issuer=issuer)
    signing_out = SigningOut(documents, keys, sessions, issuer=issuer)

    def jwks() -> object:
        return ground.keys.keys.oidc.jwks()

    ground.keys.tell(lambda changed: tokens.take_up(changed.oidc))
    ground.keys.tell(lambda changed: signing_out.take_up(changed.oidc))
    return OidcServices(
        addresses=addresses,
        keys=jwks,
        clients=clients,
        authenticator=ClientAuthenticator(documents, ground.ephemeral, clock, addresses, settings),
        authorization=Authorization(
            documents, clock, vault, consents, personal_data, sessions, settings, issuer=issuer
        ),
        scans=Scans(documents, clock, vault, consents),
        tokens=tokens,
        userinfo=UserInfo(tokens, clients, personal_data, issuer=issuer),
        sessions=sessions,
        signing_out=signing_out,
    )
