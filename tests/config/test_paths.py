"""Variables in the paths of the config."""

import re
from pathlib import Path

import pytest

from kling_tui.config.errors import ConfigError
from kling_tui.config.loading import load, parse
from tests.support.config_files import FILE

ENVIRON = {"HOME": "/home/me", "EMPTY": "", "BAD": "/clips\n", "TILDE": "~/clips"}


@pytest.mark.parametrize(
    ("path", "expanded"),
    [
        ("$HOME/clips", "/home/me/clips"),
        ("${HOME}/clips", "/home/me/clips"),
        ("/mnt${HOME}s", "/mnt/home/mes"),
        ("~/clips", "~/clips"),
        ("$TILDE", "~/clips"),
        ("/clips/US$$", "/clips/US$"),
        ("/clips/$$HOME", "/clips/$HOME"),
        ("/clips/雪", "/clips/雪"),
        ("", ""),
    ],
)
def test_variables_are_expanded_in_all_paths(path: str, expanded: str) -> None:
    """As a shell does it; $$ is a dollar sign."""
    config = parse(f"jobs.file = '{path}'\ndownloads.dir = '{path}'\n", FILE, ENVIRON)
    assert config.jobs.file == config.downloads.dir == expanded


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("$HMOE/clips", r"but \$HMOE is not set, or empty"),
        ("$EMPTY/clips", r"but \$EMPTY is not set, or empty"),
        ("${HOME/clips", r"but a \$ in it is not followed by a name"),
        ("/clips/US$", r"but a \$ in it is not followed by a name"),
        ("/clips/$1", r"but a \$ in it is not followed by a name"),
        ("$BAD", "expected a path without control characters"),
    ],
)
def test_other_variables_are_errors_that_name_the_setting(path: str, reason: str) -> None:
    """No folder called $HMOE is ever made, and all problems are reported."""
    with pytest.raises(ConfigError) as caught:
        parse(f"jobs.file = '{path}'\ndownloads.dir = '{path}'\n", FILE, ENVIRON)
    first, second = str(caught.value).splitlines()
    assert first.startswith(f"{FILE}: jobs.file is ")
    assert second.startswith(f"{FILE}: downloads.dir is ")
    assert all(re.search(reason, line) for line in (first, second))


def test_environment_reaches_the_file(tmp_path: Path) -> None:
    """A loaded file is expanded, too."""
    (tmp_path / FILE).write_text('[downloads]\ndir = "$HOME/clips"\n', "utf-8")
    config = load(tmp_path / FILE, required=True, environ=ENVIRON)
    assert config.downloads.dir == "/home/me/clips"
