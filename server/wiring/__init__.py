"""Where adapters meet services: the only place that knows them all."""

from server.wiring.city import City, open_city
from server.wiring.keys import keys_of

__all__ = ["City", "keys_of", "open_city"]
