"""The composition root."""

import pytest

from kling_tui.cli import bootstrap
from kling_tui.config.loading import parse
from kling_tui.tui.terminal import Terminal


@pytest.mark.parametrize(
    ("remote", "setting", "limit"),
    [(True, 0, 100_000), (False, 0, 1_000_000), (True, 5, 5), (False, 5, 5)],
)
def test_preview_bandwidth_depends_on_ssh_unless_set(
    remote: bool,  # noqa: FBT001
    setting: int,
    limit: int,
) -> None:
    """The limit is lower over SSH."""
    settings = parse(f"[preview]\nbytes_per_second = {setting}", "config.toml")
    assert bootstrap.bytes_per_second(settings, Terminal(remote=remote)) == limit
