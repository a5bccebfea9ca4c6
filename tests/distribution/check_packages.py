"""Builds the packages, and uses them in a fresh environment, as docs/installation.md shows it.

This needs a package index, so the file is not collected with the other tests: `.ci/package` runs
it. `$PACKAGE_FOLDER` is an empty folder, in which `dist` will have the packages.
"""

import email
import os
import re
import shutil
import socket
import subprocess
import tarfile
from pathlib import Path

import pytest

from distribution.build_hook import COMPLETION_FILES, MAN_PAGE
from kling_tui import __version__
from tests.support.terminal import Account, Terminal

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ["PACKAGE_FOLDER"])
SESSION = re.findall(
    r"```console\n(.*?)```", (ROOT / "docs/installation.md").read_text("utf-8"), re.DOTALL
)[0]


_TIMEOUT = 600
"""Seconds for the session, which downloads packages."""


def _free_port() -> int:
    """Return a port that no program listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def account_of(environment: Path, home: Path) -> Account:
    """Return an account whose first folder of `$PATH` is that of an environment."""
    account = Account(home)
    path = os.pathsep.join((str(environment / "bin"), account.environment["PATH"]))
    account.environment.update(PATH=path, PYTHONPATH="")
    return account


@pytest.fixture(scope="session")
def installed() -> Path:
    """Run the documented session; return the environment that it made."""
    lines = SESSION.replace("8765", str(_free_port())).splitlines()
    commands = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    environment = {
        **os.environ,
        "SOURCE": str(ROOT),
        "HOME": str(FOLDER / "home"),
        "PYTHONPATH": "",
    }
    for name in ("VIRTUAL_ENV", "PACKAGE_FOLDER", "TMUX"):
        environment.pop(name, None)
    ended = subprocess.run(  # noqa: S603 - the commands of the document
        ["bash", "-euo", "pipefail", "-c", "\n".join(commands)],  # noqa: S607
        env=environment, cwd=FOLDER, capture_output=True, text=True, check=False,
        timeout=_TIMEOUT,
    )  # fmt: skip
    (documented,) = re.findall(r"^kling-tui ([\d.]+)$", SESSION, re.MULTILINE)
    expected = [
        line.replace(documented, __version__) for line in lines if not line.startswith("$ ")
    ]
    assert (ended.stdout.splitlines(), ended.returncode) == (expected, 0), ended.stderr
    return FOLDER / "fresh"


def test_demo_opens_on_a_terminal(installed: Path, tmp_path: Path) -> None:
    """The installed program shows its jobs, and quits."""
    account = account_of(installed, tmp_path)
    program = str(installed / "bin" / "kling-tui")
    terminal = Terminal((program, "demo"), account.environment, tmp_path)
    with terminal:
        terminal.until_shows("running", "demo")
        terminal.press("q")
        assert terminal.wait() == 0


@pytest.mark.parametrize("shell", COMPLETION_FILES)
def test_completion_file_is_found_by_its_shell(installed: Path, tmp_path: Path, shell: str) -> None:
    """A shell that loads it from the folder where it is installed completes a command."""
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    file = installed / COMPLETION_FILES[shell]
    script = {
        "bash": f"""
            . {file}
            COMP_LINE='kling-tui wa' COMP_POINT=12 COMP_TYPE=9
            _python_argcomplete kling-tui; printf '%s\\n' "${{COMPREPLY[@]}}"
        """,
        "zsh": f"""
            fpath=({file.parent} $fpath); autoload -Uz compinit; compinit -u -d {tmp_path}/dump
            [[ $_comps[kling-tui] == _kling-tui ]] && print -l watch wait
        """,
        "fish": f"source {file}; complete --do-complete 'kling-tui wa'",
    }[shell]
    options = {"bash": ["--norc"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]
    ended = subprocess.run(  # noqa: S603
        [shell, *options, "-c", script], env=account_of(installed, tmp_path).environment,
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert set(re.findall(r"^(watch|wait)\b", ended.stdout, re.MULTILINE)) == {"watch", "wait"}


@pytest.mark.skipif(not shutil.which("man"), reason="man is not installed")
def test_man_page_is_rendered(installed: Path) -> None:
    """Without a warning."""
    ended = subprocess.run(  # noqa: S603
        ["man", "--warnings", str(installed / MAN_PAGE)],  # noqa: S607
        capture_output=True, text=True, check=True, env={**os.environ, "MANPAGER": "cat"},
    )  # fmt: skip
    assert "EXIT STATUS" in ended.stdout
    assert ended.stderr == ""


def test_metadata_are_complete_and_lead_nowhere(installed: Path) -> None:
    """The description is the README without links and pictures that an index does not have."""
    (file,) = installed.glob("lib/python*/site-packages/kling_tui-*.dist-info/METADATA")
    metadata = email.message_from_string(file.read_text("utf-8"))
    assert metadata["Version"] == __version__
    for field in ("Summary", "Author", "License-Expression", "Keywords", "Requires-Python"):
        assert metadata[field]
    description = str(metadata.get_payload())
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert "## Try it" in description
    assert not re.findall(r"\]\((?!https?:)", description)


@pytest.mark.usefixtures("installed")
def test_source_distribution_has_the_files_of_the_repository_unchanged() -> None:
    """So the fast tests pass in it if they pass here."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    expected = {name: (ROOT / name).read_bytes() for name in listed.stdout.split("\0") if name}
    (package,) = FOLDER.glob("dist/*.tar.gz")
    with tarfile.open(package) as archive:
        packed = {
            member.name.partition("/")[2]: file.read()
            for member in archive
            if (file := archive.extractfile(member))
        }
    packed.pop("PKG-INFO")
    assert packed.keys() == expected.keys()
    assert [name for name in packed if packed[name] != expected[name]] == []
