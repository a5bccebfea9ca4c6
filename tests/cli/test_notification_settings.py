"""How push messages are sent, from the settings and the commands in them."""

from pathlib import Path

import pytest

from kling_tui.cli.notification_settings import push_options
from kling_tui.config.loading import parse
from kling_tui.notifications.target import PushError


def test_the_headers_command_is_run_again_for_new_headers(tmp_path: Path) -> None:
    """It prints another token then; what is wrong with the output is an error without it."""
    file = tmp_path / "headers"
    file.write_text("Authorization: Bearer old", "utf-8")
    url = 'url = "https://ntfy.test/topic"'
    text = f"[notify.push]\n{url}\nheaders_command = '''cat \"{file}\"'''\n"
    options = push_options(parse(text, "config.toml"), Path("config.toml"), {"PATH": "/bin"})
    assert options is not None
    assert options.new_headers is not None
    assert options.target.headers == {"Authorization": "Bearer old"}
    file.write_text("Authorization: Bearer new", "utf-8")
    assert options.new_headers() == {"Authorization": "Bearer new"}
    file.write_text("s3cr3t", "utf-8")
    with pytest.raises(PushError, match="line 1, not shown, is none"):
        options.new_headers()


def test_without_the_command_there_are_no_new_headers() -> None:
    """A refusal is reported then."""
    text = '[notify.push]\nurl = "https://ntfy.test/topic"\n'
    options = push_options(parse(text, "config.toml"), Path("config.toml"), {})
    assert options is not None
    assert options.new_headers is None
