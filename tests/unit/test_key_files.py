"""Who may read the city's keys: the server alone, as their owner or, where root mounts them, through its group."""

import pytest

from server.adapters.key_files import is_open_to_others


@pytest.mark.parametrize(("mode", "is_own"), [(0o600, True), (0o400, True), (0o440, False), (0o640, False)])
def test_keys_that_the_server_alone_can_read_are_taken(mode: int, is_own: bool) -> None:
    assert not is_open_to_others(mode, is_own=is_own)


@pytest.mark.parametrize(
    ("mode", "is_own"),
    [(0o640, True), (0o604, True), (0o666, True), (0o444, False), (0o460, False), (0o441, False), (0o644, False)],
)
def test_keys_that_others_can_read_or_change_are_refused(mode: int, is_own: bool) -> None:
    assert is_open_to_others(mode, is_own=is_own)
