"""The app is drawn correctly in any size, with any number of colours, and with hostile text."""

import pytest

from tests.support.documented_gateway import DocumentedGateway, i2v_reply, o1_reply
from tests.support.terminal import Account
from tests.support.terminal_app import (
    I2V_ID,
    O1_ID,
    app_watching,
    open_and_close,
    quit_app,
    wait_for_polls,
)

pytestmark = [pytest.mark.pty, pytest.mark.slow]

_SGR_COLOURS = {*range(30, 50), *range(90, 108)}


def test_table_dialogs_and_detail_open_in_any_size(account: Account) -> None:
    """On small and large screens."""
    with app_watching(account, I2V_ID, size=(40, 10)) as terminal:
        for size in (40, 10), (60, 20), (200, 60):
            terminal.resize(*size)
            terminal.until_shows("● running", "CjNQ", "Progress")
            open_and_close(terminal, "ae")
            terminal.press("\r")
            terminal.until_hides("Progress")
            terminal.press("\x1b")
            terminal.until_shows("Progress", "● running")
        quit_app(terminal)


def test_after_many_fast_resizes_the_last_size_is_drawn(
    account: Account, gateway: DocumentedGateway
) -> None:
    """However often and fast the window changes."""
    with app_watching(account) as terminal:
        terminal.until_shows("● running", "○ queued")
        for step in range(100):
            terminal.resize(1 + step * 37 % 200, 1 + step * 13 % 60)
            terminal.read(0.002)
        terminal.resize(100, 30)
        terminal.until(lambda: terminal.lines[0].endswith("─╮"), "the frame of 100 columns")
        terminal.until_shows("● running", "○ queued")
        wait_for_polls(terminal, gateway, I2V_ID)
        quit_app(terminal)


def test_no_color_sends_no_colour(account: Account) -> None:
    """Only bold, dim, underlined and reversed text."""
    with app_watching(account, NO_COLOR="1") as terminal:
        terminal.until_shows("▌", "● running", "○ queued", "gateway OK")
        open_and_close(terminal, "a?/e")
        quit_app(terminal)
    assert not terminal.sgr_codes & _SGR_COLOURS
    assert terminal.sgr_codes


def test_a_plain_xterm_gets_sixteen_colours(account: Account) -> None:
    """No 256-colour or true-colour codes."""
    with app_watching(account, TERM="xterm", COLORTERM="") as terminal:
        terminal.until_shows("▌", "● running", "○ queued", "gateway OK")
        quit_app(terminal)
    assert terminal.sgr_codes & _SGR_COLOURS
    assert not terminal.sgr_codes & {38, 48}


def test_markup_and_escape_sequences_in_replies_are_shown_as_text(
    account: Account, gateway: DocumentedGateway
) -> None:
    """The terminal does not interpret them."""
    hostile = "[/nope][@click=app.quit]x[/] \x1b]0;owned\x07\x1b[2J\u202e"
    gateway.script(I2V_ID, i2v_reply("processing", hostile))
    gateway.script(O1_ID, o1_reply("FAILED", error=hostile))
    with app_watching(account) as terminal:
        terminal.until_shows("✗ failed", "● running", "[/nope][@click=app.quit]x[/] ]0;owned")
        assert "owned" not in terminal.title
        assert "\u202e" not in terminal.text
        wait_for_polls(terminal, gateway, I2V_ID)
        quit_app(terminal)
