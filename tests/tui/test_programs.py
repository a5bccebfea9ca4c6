"""Programs are started to open a URL; real small programs are used."""

import os
import shlex
from pathlib import Path

import pytest

from kling_tui.notifications.command import ProgramError
from kling_tui.tui.programs import find_opener, is_openable, open_with
from tests.support.programs import python_command, wait_for_line


def make_program(folder: Path, name: str) -> None:
    """Make a program that does nothing."""
    file = folder / name
    file.write_text("#!/bin/sh\n", "utf-8")
    file.chmod(0o755)


async def test_an_opener_gets_the_url_as_one_argument(tmp_path: Path) -> None:
    """It runs in a new session, without access to the terminal; %s stands for the URL."""
    log = tmp_path / "log"
    script = (
        "import os, sys; print(sys.argv[1:], os.getsid(0) == os.getpid(),"
        "[os.readlink(f'/proc/self/fd/{n}') for n in range(3)] == ['/dev/null'] * 3,"
        "sep='|', file=open(sys.argv[1], 'w'))"
    )
    url = "https://example.com/a b;c&d.mp4"
    await open_with((*python_command(script), str(log)), url, {})
    assert await wait_for_line(log) == f"{[str(log), url]}|True|True\n"
    await open_with((*python_command(script), str(log), "--to=%s", "x"), url, {})
    assert (await wait_for_line(log)).startswith(str([str(log), f"--to={url}", "x"]))


async def test_an_opener_that_fails_at_once_is_named_with_the_reason() -> None:
    """Missing, or ending with an error."""
    with pytest.raises(ProgramError, match="no-such-browser cannot be started"):
        await open_with(("no-such-browser",), "https://example.com", {})
    with pytest.raises(ProgramError, match="failed with status 4"):
        await open_with(python_command("raise SystemExit(4)"), "https://example.com", {})


@pytest.mark.parametrize(
    ("environ", "platform", "remote", "expected"),
    [
        ({}, "linux", False, ()),
        ({"DISPLAY": ":0"}, "linux", False, ("xdg-open",)),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", False, ("xdg-open",)),
        ({"DISPLAY": "localhost:10"}, "linux", True, ()),
        ({}, "darwin", False, ("open",)),
        ({}, "darwin", True, ()),
        ({"BROWSER": "browser --new"}, "linux", True, ("browser", "--new")),
        ({"BROWSER": "gone:browser %s"}, "linux", False, ("browser", "%s")),
        ({"BROWSER": "'unclosed", "DISPLAY": ":0"}, "linux", False, ("xdg-open",)),
        ({"BROWSER": "gone"}, "linux", False, ()),
    ],
)
def test_browser_variable_comes_before_the_opener_of_the_desktop(
    tmp_path: Path,
    environ: dict[str, str],
    platform: str,
    remote: bool,  # noqa: FBT001 - a parameter of the test
    expected: tuple[str, ...],
) -> None:
    """The desktop's opener is used only where there is a display and no SSH."""
    for name in "xdg-open", "open", "browser":
        make_program(tmp_path, name)
    found = find_opener({**environ, "PATH": str(tmp_path)}, platform, remote=remote)
    assert found == expected
    missing = find_opener({**environ, "PATH": str(tmp_path / "empty")}, platform, remote=remote)
    assert missing == ()


@pytest.mark.parametrize(
    ("url", "openable"),
    [
        ("https://v2.fal.media/a.mp4", True),
        ("HTTPS://v2.fal.media/a.mp4", True),
        ("http://127.0.0.1:8000/a.mp4", True),
        ("http://[::1]/a.mp4", True),
        ("http://localhost/a.mp4", True),
        ("http://v2.fal.media/a.mp4", False),
        ("http://localhost.evil.com/", False),
        ("file:///etc/passwd", False),
        ("javascript:alert(1)", False),
        ("--version", False),
        ("https://", False),
        ("https://[nope", False),
        ("", False),
    ],
)
def test_only_https_and_local_http_urls_are_openable(url: str, openable: bool) -> None:  # noqa: FBT001
    """So that a reply cannot make a browser open a file, run a script or use plain HTTP."""
    assert is_openable(url) is openable


def test_browser_variable_is_split_like_a_shell_command() -> None:
    """Quoted arguments stay together."""
    command = shlex.join(["sh", "-c", "exit 0", "%s"])
    found = find_opener({"BROWSER": command, "PATH": os.environ["PATH"]}, "linux", remote=False)
    assert found == ("sh", "-c", "exit 0", "%s")
