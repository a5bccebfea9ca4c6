"""The URL of push messages and its headers: where they come from, and that they stay secret."""

import shlex
import sys
from pathlib import Path

import pytest

from kling_tui.config.errors import ConfigError
from kling_tui.config.key_sources import key_permission_warning
from kling_tui.config.loading import parse
from kling_tui.config.push_access import PushAccess, push_access
from kling_tui.config.settings import Config

SECRET = "s3cr3t-t0pic"
URL = f"https://ntfy.test/{SECRET}"
FILE = Path("config.toml")


def config(*lines: str) -> Config:
    """Return the settings with some lines in [notify.push]."""
    return parse("\n".join(("[notify.push]", *lines)), "config.toml")


def printing(text: str) -> str:
    """Return a command line that prints a text, as TOML has it."""
    command = shlex.join([sys.executable, "-c", f"print({text!r})"])
    return "'''" + command + "'''"


def access(*lines: str) -> PushAccess | None:
    """Return what a program takes from these settings."""
    return push_access(config(*lines).notify.push, {}, FILE, interactive=False)


def error(*lines: str) -> str:
    """Return why settings cannot be used; nothing secret is in it."""
    with pytest.raises(ConfigError) as caught:
        access(*lines)
    assert SECRET not in str(caught.value)
    return str(caught.value)


def test_without_a_url_nothing_is_pushed() -> None:
    """Also if the command is a space."""
    assert access() is None
    assert access('url_command = " "', 'headers_command = "never-run"') is None


def test_the_url_is_set_or_printed() -> None:
    """The first line counts."""
    assert access(f'url = "{URL}"') == PushAccess(URL, {})
    assert access(f"url_command = {printing(URL + chr(10) + 'more')}") == PushAccess(URL, {})


def test_headers_are_printed() -> None:
    """One a line; empty lines are skipped."""
    lines = "Authorization: Bearer tk_a b\n\nX-Name :x: y\n"
    found = access(f'url = "{URL}"', f"headers_command = {printing(lines)}")
    assert found is not None
    assert found.headers == {"Authorization": "Bearer tk_a b", "X-Name": "x: y"}
    assert SECRET not in repr(found)


@pytest.mark.parametrize(
    "line", [SECRET, f": {SECRET}", f"X-{SECRET}:", f"X: {SECRET}\x07", f"X: é{SECRET}", "Host: x"]
)
def test_a_line_that_is_no_header_is_an_error(line: str) -> None:
    """It is not shown."""
    message = error(f'url = "{URL}"', f"headers_command = {printing('A: b' + chr(10) + line)}")
    assert message.startswith("notify.push.headers_command in config.toml: line 2, not shown")


@pytest.mark.parametrize(
    ("printed", "reason"),
    [
        (f"http://ntfy.test/{SECRET}", "is plain http (not shown)"),
        (f"ftp://ntfy.test/{SECRET}", "gives a URL that is not shown"),
        ("https://ntfy.test/", "has no topic (not shown)"),
        ("", "printed no URL on its first line"),
    ],
)
def test_a_printed_url_is_checked_like_one_in_the_config(printed: str, reason: str) -> None:
    """The command is named."""
    message = error(f"url_command = {printing(printed)}")
    assert message.startswith("notify.push.url_command in config.toml ")
    assert reason in message


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ((f'url = "http://ntfy.test/{SECRET}"',), "notify.push.url is plain http"),
        ((f'url = "http://ntfy.test/{SECRET}?a=b"', 'format = "json"'), "is plain http"),
        ((f'url = "https://me:{SECRET}@ntfy.test/x"',), "without user and fragment"),
        ((f'url = "https://ntfy.test/{SECRET}/a.b"',), "has no topic"),
        ((f'url = "{URL}"', 'url_command = "x"'), "expected no url beside it"),
        (('format = "mail"',), "is 'mail'; expected \"ntfy\""),
        (('quiet = "22-8"',), 'such as "22:00-08:00"'),
        (('quiet = "09:00-09:00"',), "two different times"),
    ],
)
def test_settings_that_do_not_go_together_are_errors(lines: tuple[str, ...], reason: str) -> None:
    """No error shows the URL."""
    with pytest.raises(ConfigError) as caught:
        config(*lines)
    assert reason in str(caught.value)
    assert SECRET not in str(caught.value)


def test_plain_http_is_allowed_to_this_machine_and_where_the_user_wants_it() -> None:
    """A server at home often has no certificate."""
    assert access(f'url = "http://127.0.0.1:8080/{SECRET}"')
    assert access(f'url = "http://ntfy.lan/{SECRET}"', "insecure = true")


def test_a_readable_config_with_a_url_is_warned_about(tmp_path: Path) -> None:
    """As one with a key is."""
    file = tmp_path / "config.toml"
    file.touch(0o644)
    warning = key_permission_warning(config(f'url = "{URL}"'), file)
    assert warning.startswith(f"Others can read notify.push.url in {file}")
    assert not key_permission_warning(config('url_command = "x"'), file)
