"""What keeps the app from opening is reported on the normal screen."""

import pytest

from tests.support.terminal import PROGRAM, Account, Terminal

pytestmark = [pytest.mark.pty, pytest.mark.slow]


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ('[keys]\nfrobnicate = "f"\n', "keys.frobnicate is no key of the app"),
        ('[views.a]\nfilter = "is:liv"\n', "views.a.filter is 'is:liv'; at 4: 'liv': did you mean"),
        ('[ui]\ntheme = "nope"\n', "ui.theme is 'nope'; expected one of"),
    ],
)
def test_an_invalid_setting_is_named_with_its_file(
    account: Account, settings: str, error: str
) -> None:
    """The app is not opened."""
    account.configure(settings)
    with account.open(size=(400, 20)) as terminal:
        assert terminal.wait() == 2
        assert terminal.shows(f"kling-tui: {account.config}: {error}")
        assert "\x1b[?1049h" not in terminal.text


def test_a_corrupt_job_file_is_named_with_the_line_and_not_changed(account: Account) -> None:
    """The app is not opened."""
    account.jobs.parent.mkdir(parents=True)
    account.jobs.write_bytes(b"version = 1\n[[jobs]\n")
    with account.open(size=(400, 20)) as terminal:
        assert terminal.wait() == 2
        assert terminal.shows(str(account.jobs), "not TOML", "line 2")
    assert account.jobs.read_bytes() == b"version = 1\n[[jobs]\n"


def test_the_app_does_not_draw_into_a_file(account: Account) -> None:
    """Textual draws on standard error, which must be a terminal."""
    command = ("/bin/sh", "-c", 'exec "$@" 2>errors', "sh", *PROGRAM)
    with Terminal(command, account.environment, account.home) as terminal:
        assert terminal.wait() == 2
    assert "standard error" in (account.home / "errors").read_text("utf-8")


@pytest.mark.parametrize("term", ["dumb", ""])
@pytest.mark.parametrize("command", [(), ("demo",)])
def test_no_app_is_opened_on_a_dumb_terminal(
    account: Account, term: str, command: tuple[str, ...]
) -> None:
    """The commands that work there are named, and nothing but text is sent."""
    with account.open(*command, size=(200, 20), TERM=term) as terminal:
        assert terminal.wait() == 2
        assert terminal.shows("no app can be shown", "kling-tui list", "kling-tui watch")
        assert "\x1b" not in terminal.text
