"""``doctor --notify`` sends a test and says what happened; nothing secret is shown."""

import json
import sys

import pytest

from tests.support.push_server import TOPIC, PushServer, drop, fail
from tests.support.terminal import Account

TOKEN = "tk_s3cr3t-t0ken"


def notify_lines(account: Account, *options: str) -> list[str]:
    """Return the lines of the report about notifications, and the advice."""
    result = account.run("doctor", *options)
    output = result.stdout + result.stderr
    assert TOPIC not in output
    assert TOKEN not in output
    lines = result.stdout.splitlines()
    topics = ("push", "command", "notify")
    (found,) = [
        lines[index : index + 2]
        for index, line in enumerate(lines)
        if line[2:].split(maxsplit=1)[0] in topics
    ] or [[]]
    return [line for line in found if line[2:].split(maxsplit=1)[0] in (*topics, "→")]


def push_section(server: PushServer, **settings: str) -> str:
    """Return a section that pushes to a server."""
    lines = "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())
    return f'[gateway]\nkey = ""\n[notify.push]\nurl = "{server.url}"\n{lines}'


def test_a_test_message_is_sent(account: Account) -> None:
    """With the headers; only if that is asked for."""
    with PushServer() as server:
        command = f"echo 'Authorization: Bearer {TOKEN}'"
        account.configure(push_section(server, headers_command=command))
        (line,) = notify_lines(account)
        assert line.startswith("✓ push")
        assert "ntfy, URL not shown; test it: kling-tui doctor --notify" in line
        assert not server.requests
        (line,) = notify_lines(account, "--notify")
    assert line.startswith("✓ push")
    assert "test message accepted in " in line
    (message,) = server.accepted
    assert message["message"] == "Push notifications of kling-tui arrive here."
    assert server.requests[0].header("Authorization") == [f"Bearer {TOKEN}"]


def test_quiet_hours_do_not_hold_back_the_test(account: Account) -> None:
    """But they are mentioned."""
    with PushServer() as server:
        account.configure(push_section(server, quiet="00:00-23:59"))
        (line,) = notify_lines(account, "--notify")
    assert server.accepted
    assert "quiet now" in line


@pytest.mark.parametrize(
    ("handler", "advice"),
    [(drop, "connection failed"), (fail("403 Forbidden"), "check notify.push.url")],
)
def test_a_failure_is_a_problem(account: Account, handler: object, advice: str) -> None:
    """With what to do about it."""
    with PushServer([handler]) as server:  # type: ignore[list-item]
        account.configure(push_section(server))
        line, hint = notify_lines(account, "--notify")
    assert line.startswith("✗ push")
    assert advice in hint
    assert account.run("doctor", "--notify").returncode == 2


def test_settings_that_cannot_be_used_are_a_problem(account: Account) -> None:
    """Such as a command that fails."""
    account.configure("[notify.push]\nurl_command = \"sh -c 'exit 3'\"\n")
    line, hint = notify_lines(account)
    assert line == "✗ push           cannot be used"
    assert "notify.push.url_command in" in hint


def test_the_notify_command_is_run_for_a_test_job(account: Account) -> None:
    """It gets a job as JSON."""
    log = account.home / "log"
    script = "import sys; open(sys.argv[1], 'w').write(sys.stdin.read())"
    command = json.dumps([sys.executable, "-c", script, str(log)])
    account.configure(f"[notify]\ncommand = {command}\n")
    assert notify_lines(account) == []
    (line,) = notify_lines(account, "--notify")
    assert "notify.command ran with a test job in " in line
    assert json.loads(log.read_text("utf-8"))["label"] == "kling-tui test"


def test_nothing_to_test_is_a_problem(account: Account) -> None:
    """And said so."""
    assert notify_lines(account) == []
    line, hint = notify_lines(account, "--notify")
    assert "nothing to send a test with" in line
    assert "set [notify.push] or notify.command" in hint
