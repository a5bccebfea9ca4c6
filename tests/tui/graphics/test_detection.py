"""Which protocol is used, given the terminal's name and replies."""

import pytest

from kling_tui.tui.graphics.detection import Detection, Graphics
from kling_tui.tui.graphics.replies import TerminalReply
from kling_tui.tui.terminal import Terminal

XTERM = Terminal(type="xterm-256color")
ITERM2 = Terminal("iTerm2", type="xterm-256color")
TMUX = Terminal(multiplexer="tmux", type="tmux-256color")
KITTY_REPLY = TerminalReply(kitty="OK")
CELL_REPLY = TerminalReply(cell_size=(9, 18))
SIXEL_REPLY = TerminalReply(attributes=("62", "4", "22"))
PLAIN_REPLY = TerminalReply(attributes=("62", "22"))


def version(name: str) -> TerminalReply:
    """Return the reply of a terminal about its name."""
    return TerminalReply(version=name)


@pytest.mark.parametrize(
    ("terminal", "replies", "protocol"),
    [
        (XTERM, [KITTY_REPLY, version("kitty(0.42)"), CELL_REPLY, PLAIN_REPLY], "kitty"),
        (XTERM, [KITTY_REPLY, CELL_REPLY, SIXEL_REPLY], "kitty"),
        (XTERM, [TerminalReply(kitty="EINVAL: no"), CELL_REPLY, SIXEL_REPLY], "sixel"),
        (XTERM, [version("foot(1.20)"), CELL_REPLY, SIXEL_REPLY], "sixel"),
        (XTERM, [CELL_REPLY, PLAIN_REPLY], None),
        (XTERM, [], None),
        (ITERM2, [], "iterm2"),
        (ITERM2, [version("iTerm2 3.6"), CELL_REPLY, SIXEL_REPLY], "iterm2"),
        (ITERM2, [version("XTerm(400)"), CELL_REPLY, SIXEL_REPLY], "sixel"),
        (XTERM, [version("WezTerm 20260101"), CELL_REPLY, SIXEL_REPLY], "iterm2"),
        (XTERM, [version("tmux 3.6"), CELL_REPLY, SIXEL_REPLY], None),
    ],
    ids=[
        "Kitty", "both Kitty and Sixel", "Kitty refused", "Sixel", "none", "no replies",
        "iTerm2 by its variables", "iTerm2", "variables of another terminal",
        "WezTerm by its reply", "tmux behind SSH",
    ],
)  # fmt: skip
def test_the_best_protocol_is_used(
    terminal: Terminal, replies: list[TerminalReply], protocol: str | None
) -> None:
    """What the terminal replies counts more than the variables that it has set."""
    detection = Detection("auto", terminal)
    assert detection.start(None)
    for reply in replies:
        detection.take(reply)
    graphics = detection.graphics
    assert (graphics.protocol if graphics else None) == protocol


@pytest.mark.parametrize(
    "terminal",
    [
        TMUX,
        Terminal(multiplexer="screen", type="screen"),
        Terminal(type="screen-256color"),
        Terminal(type="tmux-256color"),
        Terminal("Linux console", type="linux"),
        Terminal(type="dumb"),
        Terminal("Terminal.app", type="xterm-256color"),
    ],
    ids=lambda terminal: f"{terminal.name}{terminal.multiplexer} {terminal.type}",
)
@pytest.mark.parametrize("setting", ["auto", "kitty", "iterm2"])
def test_an_unsuitable_terminal_is_not_asked(terminal: Terminal, setting: str) -> None:
    """It would print the query, or leave remains of images. No setting changes that."""
    detection = Detection(setting, terminal)
    assert (detection.start((9, 18)), detection.graphics) == ("", None)


def test_the_user_may_say_that_tmux_draws_sixel() -> None:
    """Then only what tmux itself replies to is asked."""
    detection = Detection("sixel", TMUX)
    assert detection.start(None) == "\x1b[16t\x1b[c"
    detection.take(CELL_REPLY)
    assert detection.graphics == Graphics("sixel", (9, 18))


@pytest.mark.parametrize("protocol", ["kitty", "iterm2"])
def test_a_protocol_of_the_config_needs_no_reply(protocol: str) -> None:
    """Not even the size of a cell, as the terminal scales such images to cells."""
    detection = Detection(protocol, XTERM)
    detection.start(None)
    assert detection.graphics is not None
    assert detection.graphics.protocol == protocol


def test_sixel_needs_the_size_of_a_cell() -> None:
    """From the terminal's reply, or else from the system."""
    for cell in (None, (8, 16)):
        detection = Detection("auto", XTERM)
        detection.start(cell)
        detection.take(SIXEL_REPLY)
        assert detection.graphics == (Graphics("sixel", cell) if cell else None)


def test_blocks_asks_nothing() -> None:
    """Nor does output that was never started, such as Textual's own."""
    detection = Detection("blocks", ITERM2)
    assert (detection.start((9, 18)), detection.graphics) == ("", None)
    assert Detection("auto", ITERM2).graphics is None


def test_the_size_of_a_cell_is_asked_again_only_if_images_are_shown() -> None:
    """The user may have changed the font."""
    detection = Detection("auto", XTERM)
    detection.start((9, 18))
    assert detection.query_cell((9, 18)) == ""
    detection.take(SIXEL_REPLY)
    assert detection.query_cell((12, 24)) == "\x1b[16t\x1b[c"
    assert detection.graphics == Graphics("sixel", (12, 24))
