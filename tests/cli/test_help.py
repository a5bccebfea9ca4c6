"""What --help tells can be done as it stands there."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kling_tui.cli.main import COMMANDS, build_parser
from kling_tui.demo import DemoGateway
from tests.support.jobs import TASK
from tests.support.terminal import Account
from tests.support.waiting import TIMEOUT

BIN = Path(sys.executable).parent
ON_A_TERMINAL = {"demo"}
FOR_EVER = {"gateway"}


def examples(command: str) -> list[str]:
    """Return the command lines that a command's help shows."""
    parser = build_parser([command])
    (commands,) = (each for each in parser._actions if isinstance(each.choices, dict))  # noqa: SLF001
    assert isinstance(commands.choices, dict)
    return re.findall("^  (.+)", commands.choices[command].epilog or "", re.MULTILINE)


CASES = [(command, line) for command in COMMANDS for line in examples(command)]


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    """Make an account on a demo gateway where every job is soon done, with what examples need."""
    with DemoGateway(speed=1000) as gateway:
        made = Account(tmp_path)
        made.environment |= {
            "PATH": os.pathsep.join((str(BIN), made.environment["PATH"])),
            "PIXAZO_API_KEY": gateway.key,
        }
        made.configure(f'[gateway]\nurl = "{gateway.url}"\n[poll]\nfirst = 0.1\nslowest = 0.1\n')
        made.track(TASK)
        (tmp_path / "ids.txt").write_text(f"{TASK}\n842250903629086785\n", "utf-8")
        (tmp_path / "jobs.toml").write_text("version = 1\n", "utf-8")
        yield made


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_examples(command: str) -> None:
    """No command goes without, and each example is of its command."""
    assert examples(command)
    assert all(f" {command}" in line for line in examples(command))


@pytest.mark.parametrize(("command", "line"), CASES, ids=[line for _, line in CASES])
def test_examples(account: Account, command: str, line: str) -> None:
    """Each example does what it says."""
    if command in ON_A_TERMINAL:
        with account.open(*line.split()[1:]) as terminal:
            terminal.until_shows("hero shot")
            terminal.press("q")
            assert terminal.wait() == 0
        return
    if command in FOR_EVER:
        with account.start(*line.replace("8765", "0").split()[1:]) as running:
            assert running.stdout
            assert running.stdout.readline().startswith("http://127.0.0.1:")
            running.kill()
        return
    if command == "completion" and "bash" not in line:
        line = re.sub(r".*(kling-tui completion \w+).*", r"\1", line)  # of a shell that is not here
    ended = subprocess.run(  # noqa: S603 - what the help shows
        ["bash", "-euo", "pipefail", "-c", line],  # noqa: S607
        env=account.environment, cwd=account.home, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=TIMEOUT, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert "Traceback" not in ended.stderr
