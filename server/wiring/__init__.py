"""Where adapters meet services: the only place that knows them all."""

from server.keys import keys_of
from server.wiring.city import City, open_city

__all__ = ["City", "keys_of", "open_city"]
