"""What commands put the app together from."""

import pytest

from kling_tui.cli import bootstrap
from kling_tui.config.loading import parse
from kling_tui.tui.terminal import Terminal


@pytest.mark.parametrize(
    ("remote", "setting", "most"),
    [(True, 0, 100_000), (False, 0, 1_000_000), (True, 5, 5), (False, 5, 5)],
)
def test_how_much_playing_may_send(remote: bool, setting: int, most: int) -> None:  # noqa: FBT001
    """By what a line over SSH bears, unless the person says otherwise."""
    settings = parse(f"[preview]\nbytes_per_second = {setting}", "config.toml")
    assert bootstrap.bytes_per_second(settings, Terminal(remote=remote)) == most
