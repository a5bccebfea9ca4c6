"""The app is drawn correctly in any size, with any number of colours, and with hostile text."""

import shlex
import shutil
from datetime import UTC, datetime
from subprocess import run

import pytest
from msgspec.structs import replace

from kling_tui.jobs import Job, Status
from tests.support.documented_gateway import DocumentedGateway, i2v_reply, o1_reply
from tests.support.job_files import save_jobs
from tests.support.terminal import PROGRAM, Account, Terminal
from tests.support.terminal_app import (
    I2V_ID,
    O1_ID,
    app_watching,
    open_and_close,
    quit_app,
    wait_for_polls,
)

pytestmark = [pytest.mark.pty, pytest.mark.slow]

TMUX = shutil.which("tmux")
LABELS = (
    "हिन्दी", "தமிழ்", "a क्षत्रिय b", "বাংলা ভাষা", "👍🏽 ok", "🇩🇪🇫🇷 flags", "é\u0323te", "中文字", "ก็",
)  # fmt: skip
_END_OF_FRAME = b"\x1b[m\x1b["
"""The style is reset, then the cursor is moved to where Textual has it."""
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
        terminal.until(lambda: terminal.lines[1].endswith("─╮"), "the frame of 100 columns")
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


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "nord"])
def test_failed_is_red_in_sixteen_colours(
    account: Account, gateway: DocumentedGateway, theme: str
) -> None:
    """The nearest of the 16 to the colour of the theme would be grey; done is not red."""
    config = account.config.read_text("utf-8")
    account.configure(f'{config}[ui]\ntheme = "{theme}"\n')
    gateway.script(O1_ID, o1_reply("FAILED", error="sunk"))
    with app_watching(account, TERM="xterm", COLORTERM="") as terminal:
        terminal.until_shows("✗ failed", "● running")
        assert terminal.colour_of("✗ failed") == "red"
        assert terminal.colour_of("● running") != "red"
        quit_app(terminal)
    assert not terminal.sgr_codes & {38, 48}


def test_symbols_are_ascii_without_utf8(account: Account, gateway: DocumentedGateway) -> None:
    """In the app, with all its borders, and in the commands."""
    gateway.script(O1_ID, o1_reply("FAILED", error="sunk"))
    with app_watching(account, LC_ALL="C") as terminal:
        terminal.until_shows("x failed", "@ running")
        terminal.press("?")
        terminal.until_shows("+- Keys")
        terminal.press("\x1b")
        terminal.until_hides("+- Keys")
        quit_app(terminal)
    assert terminal.output.isascii()
    with account.open("list", LC_ALL="C") as terminal:
        terminal.until_shows("x failed", "@ running")
        assert terminal.wait() == 0
    assert terminal.output.isascii()


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


def test_row_and_detail_are_drawn_in_one_frame(account: Account) -> None:
    """After a key press, however many widgets change."""
    ended_at = datetime(2026, 7, 1, tzinfo=UTC)
    job = Job(id="", kind="i2v", added_at=ended_at, ended_at=ended_at, status=Status.FAILED)
    save_jobs(account.jobs, *(replace(job, id=f"C{number}") for number in range(3)))
    with account.open() as terminal:
        terminal.until_shows("✗ failed", "3 failed", "╭─ C2 ─")
        terminal.read(0.2)  # longer than a held key takes to repeat, for which the detail waits
        sent_before = len(terminal.output)
        terminal.press("j")
        terminal.until_shows("╭─ C1 ─")
        frames = terminal.output[sent_before:].count(_END_OF_FRAME)
        quit_app(terminal)
        assert frames == 1


def test_an_unread_job_is_drawn_as_seen_with_the_move_of_the_cursor(account: Account) -> None:
    """Not first as an unread row under the cursor, which would be a second frame."""
    ended_at = datetime(2026, 7, 1, tzinfo=UTC)
    job = Job(
        id="", kind="i2v", added_at=ended_at, ended_at=ended_at, status=Status.FAILED, unread=True
    )
    save_jobs(account.jobs, *(replace(job, id=f"C{number}") for number in range(3)))
    with account.open() as terminal:
        terminal.until_shows("•✗ failed", "3 failed", "while you were away")
        second_row = next(y for y, line in enumerate(terminal.lines) if "✗ failed" in line) + 1
        sent_before = len(terminal.output)
        terminal.press("j")
        terminal.until(lambda: "▌✗ failed" in terminal.lines[second_row])
        quit_app(terminal)
        assert "•" not in terminal.output[sent_before:].decode()


@pytest.mark.skipif(TMUX is None, reason="tmux is not installed")
@pytest.mark.parametrize("output", ["lean", "stock"])
def test_all_signs_of_labels_are_shown_in_tmux(account: Account, output: str) -> None:
    """Vowel signs, modifiers and accents, also after the cursor and the order have changed."""
    config = account.config.read_text("utf-8")
    account.configure(f'{config}[ui]\noutput = "{output}"\n')
    account.track(*(f"84225090362908678{number}" for number in range(len(LABELS))))
    entries = account.jobs.read_text("utf-8")
    for number, label in enumerate(LABELS):
        job_id = f'id = "84225090362908678{number}"'
        entries = entries.replace(job_id, f'{job_id}\nlabel = "{label}"')
    account.jobs.write_text(entries, "utf-8")
    command = (str(TMUX), "-S", str(account.home / "tmux"), "-f", "/dev/null")
    environment = {**account.environment, "TERM": "xterm-256color"}

    def captured() -> str:
        capture = (*command, "capture-pane", "-p")
        return run(capture, check=True, capture_output=True, env=environment).stdout.decode()  # noqa: S603

    inner = (*command, "new-session", shlex.join(PROGRAM))
    with Terminal(inner, environment, account.home) as terminal:
        try:
            terminal.until_shows("9 running", "Elapsed")
            for keys in "", "jj", "sc", "k", "S", "sa":
                terminal.press(*keys)
                terminal.until(lambda: all(label in captured() for label in LABELS), "all labels")
            terminal.press("q")
            assert terminal.wait() == 0
        finally:
            run((*command, "kill-server"), check=False, capture_output=True)  # noqa: S603
