"""The man page, which is made from the parser of the command line."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from distribution.man_page import man_page
from distribution.roff import escape, paragraph
from kling_tui import __version__
from kling_tui.cli.parser import COMMANDS, build_parser

ROOT = Path(__file__).parents[2]
PAGE = man_page(ROOT)


def shown(roff: str) -> str:
    """Return the text of a page without fonts and escapes."""
    text = re.sub(r"\\f[BR]|\\&", "", roff)
    for sequence, character in {r"\-": "-", r"\(aq": "'", r"\(dq": '"', r"\(ti": "~"}.items():
        text = text.replace(sequence, character)
    return text


def test_page_has_every_command_and_option() -> None:
    """With their help, and the examples."""
    text = shown(PAGE)
    words = " ".join(text.split())
    parser = build_parser()
    for name in COMMANDS:
        assert f'.SS "kling-tui {name}"' in text
        examples = (parser.commands[name].epilog or "").splitlines()[1:]
        assert all(example.strip() in text for example in examples)
        for option in parser.commands[name].options:
            assert option in {"-h", "--help"} or re.search(rf"^{option}\b", text, re.MULTILINE)
    assert "stop at the first failed job, with exit status 1" in words
    assert "{" not in text.split('.SH "FILES"')[0]  # no choices in the notation of argparse


def test_page_has_the_documented_statuses_variables_and_files() -> None:
    """They are those of the tables in docs/."""
    text = shown(PAGE)
    for part in ("--timeout was reached", "KLING_TUI_CONFIG", "~/.local/state/kling-tui/jobs.toml"):
        assert part in text
    assert "`" not in text
    assert "](" not in text


def test_page_is_the_same_in_each_build() -> None:
    """Its date is that of the release; its name and version are those of the program."""
    assert man_page(ROOT) == PAGE
    assert re.match(rf'\.TH KLING\\-TUI 1 \d{{4}}-\d\d-\d\d "kling\\-tui {__version__}"', PAGE)


@pytest.mark.parametrize("text", [".SH", "'quoted'", r"a\fB", "…", '"', "-x", "~/a^b`c"])
def test_text_is_never_taken_for_roff(text: str) -> None:
    """It begins no macro, and contains no character with a meaning in roff."""
    escaped = escape(text)
    assert escaped.isascii()
    assert not escaped.startswith((".", "'"))
    without = re.sub(r"\\(\(..|\[u[0-9A-F]{4}\]|-|&)", "", escaped)
    assert not re.search(r"[\\'\"`^~-]", without)


def test_paragraph_shows_code_bold_and_links_as_text() -> None:
    """Their notation in Markdown is not shown."""
    assert paragraph("run `watch`, see [keys](keys.md)") == [r"run \fBwatch\fR, see keys"]


@pytest.mark.skipif(not shutil.which("mandoc"), reason="mandoc is not installed")
def test_page_passes_mandoc() -> None:
    """Without a warning."""
    command = ["mandoc", "-T", "lint", "-W", "style"]
    result = subprocess.run(command, input=PAGE, capture_output=True, text=True, check=False)  # noqa: S603
    assert (result.returncode, result.stdout) == (0, "")
