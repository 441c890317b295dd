"""Booking: places in slots of time. A card asks for it with a `booking:` section; the platform keeps the inventory."""
