"""Where a credential's type and status list are published: below the city's own address, as its tokens name them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Addresses:
    """`issuer` is the city's own address, without a slash at its end."""

    issuer: str

    def type(self, type_id: str) -> str:
        """What a token names as its `vct`."""
        return f"{self.issuer}/api/v1/credentials/types/{type_id}"

    def status_list(self, number: int) -> str:
        return f"{self.issuer}/api/v1/credentials/status/{number}"
