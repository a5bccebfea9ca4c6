"""The examples in ``--help`` work as printed."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kling_tui.cli.parser import COMMANDS, build_parser
from kling_tui.demo import DemoGateway
from tests.support.commands import NUMBER
from tests.support.jobs import TASK
from tests.support.terminal import Account
from tests.support.waiting import TIMEOUT

BIN = Path(sys.executable).parent


def examples(command: str) -> list[str]:
    """Return the command lines that a command's help shows."""
    parser = build_parser([command])
    (commands,) = (action for action in parser._actions if isinstance(action.choices, dict))  # noqa: SLF001
    assert isinstance(commands.choices, dict)
    return re.findall("^  (.+)", commands.choices[command].epilog or "", re.MULTILINE)


EXAMPLES = [line for command in COMMANDS for line in examples(command)]
FOR_A_SHELL = [line for line in EXAMPLES if re.search(r"[|&<>$~]", line)]
STARTING_SERVERS = [line for line in EXAMPLES if line.startswith("kling-tui demo")]
SIMPLE = [line for line in EXAMPLES if line not in (*FOR_A_SHELL, *STARTING_SERVERS)]


@pytest.fixture
def account(account: Account) -> Iterator[Account]:
    """Provide the files that the examples use, and a demo gateway where jobs end soon."""
    with DemoGateway(speed=1000) as gateway:
        account.environment |= {
            "PATH": os.pathsep.join((str(BIN), account.environment["PATH"])),
            "PIXAZO_API_KEY": gateway.key,
        }
        account.configure(f'[gateway]\nurl = "{gateway.url}"\n[poll]\nfirst = 0.1\nslowest = 0.1\n')
        account.track(TASK)
        (account.home / "ids.txt").write_text(f"{TASK}\n{NUMBER}\n", "utf-8")
        (account.home / "jobs.toml").write_text("version = 1\n", "utf-8")
        yield account


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_examples(command: str) -> None:
    """Each example is of its command."""
    assert examples(command)
    assert all(f" {command}" in line for line in examples(command))


@pytest.mark.parametrize("line", SIMPLE)
def test_example(account: Account, line: str) -> None:
    """An example without shell syntax succeeds."""
    result = account.run(*shlex.split(line)[1:])
    assert result.returncode == 0, result.stderr


@pytest.mark.slow
@pytest.mark.parametrize("line", FOR_A_SHELL)
def test_example_in_bash(account: Account, line: str) -> None:
    """An example with pipes, redirections or variables succeeds in bash."""
    if "completion" in line and "bash" not in line:  # of a shell that may not be installed
        line = re.sub(r".*(kling-tui completion \w+).*", r"\1", line)
    result = subprocess.run(  # noqa: S603 - what the help shows
        ["bash", "-euo", "pipefail", "-c", line],  # noqa: S607
        env=account.environment, cwd=account.home, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=TIMEOUT, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.pty
def test_demo_example(account: Account) -> None:
    """`demo` opens the app with its jobs."""
    (line,) = examples("demo")
    with account.open(*line.split()[1:]) as terminal:
        terminal.until_shows("hero shot")
        terminal.press("q")
        assert terminal.wait() == 0


def test_demo_gateway_example(account: Account) -> None:
    """`demo-gateway` prints its URL; the test uses a free port."""
    (line,) = examples("demo-gateway")
    with account.start(*line.replace("8765", "0").split()[1:]) as process:
        assert process.stdout
        assert process.stdout.readline().startswith("http://127.0.0.1:")
        process.kill()
