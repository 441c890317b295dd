"""Moving house: a city's whole store copied to another place, and looked over."""

from collections.abc import Callable

Say = Callable[[str], None]
"""Tells the person who waits, a line at a time."""
