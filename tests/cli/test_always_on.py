"""``watch --forever``: polls, notifies and downloads until a signal."""

import fcntl
import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from kling_tui.demo import DemoGateway
from kling_tui.storage.store import Store
from tests.support.commands import NUMBER, assert_usage_error, imported_modules
from tests.support.documented_gateway import (
    I2V_DONE,
    I2V_FAILED,
    I2V_RUNNING,
    KEY_HEADER,
    O1_DONE,
    O1_QUEUED,
    DocumentedGateway,
)
from tests.support.jobs import REQUEST, TASK
from tests.support.push_server import TOPIC, PushServer, drop, limit
from tests.support.terminal import Account
from tests.support.waiting import TIMEOUT

TOKEN = "tk_s3cr3t-t0ken"


@contextmanager
def watching(account: Account, *options: str) -> "Iterator[subprocess.Popen[str]]":
    """Run the command until the end of the block, at the latest."""
    with account.start("watch", "--forever", *options) as process:
        try:
            yield process
        finally:
            process.kill()


def stop(process: "subprocess.Popen[str]", number: int = signal.SIGTERM) -> tuple[str, str]:
    """End the command with a signal, and return the rest of its output."""
    process.send_signal(number)
    output = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 128 + number
    return output


def configure(account: Account, gateway: DocumentedGateway, *sections: str) -> None:
    """Write a config with some sections, which polls fast."""
    poll = "[poll]\nfirst = 0.1\nslowest = 0.1\njitter = 0\n"
    account.configure("\n".join((f'[gateway]\nurl = "{gateway.url}"\n{poll}', *sections)))


def push_section(server: PushServer) -> str:
    """Return a section that pushes to a server."""
    command = json.dumps(shlex.join(["echo", f"Authorization: Bearer {TOKEN}"]))
    return f'[notify.push]\nurl = "{server.url}"\nheaders_command = {command}\n'


def command_section(log: Path) -> str:
    """Return a section whose command appends the id of the job to a file."""
    script = "import json, sys; open(sys.argv[1], 'a').write(json.load(sys.stdin)['id'] + '\\n')"
    return f"[notify]\ncommand = {json.dumps([sys.executable, '-c', script, str(log)])}\n"


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_ends_on_signals_only(
    account: Account, gateway: DocumentedGateway, number: signal.Signals
) -> None:
    """It begins without jobs; those that are added later are polled until they end."""
    gateway.script(TASK, I2V_RUNNING, I2V_DONE)
    gateway.script(NUMBER, I2V_RUNNING, I2V_FAILED)
    with watching(account, "--json") as process:
        assert process.stdout
        assert process.stderr
        assert process.stderr.readline() == "kling-tui: watching 0 unfinished jobs\n"
        account.run("add", TASK)
        lines = [json.loads(process.stdout.readline()) for _ in range(2)]
        assert [line["status"] for line in lines] == ["running", "succeeded"]
        account.run("add", NUMBER)
        lines = [json.loads(process.stdout.readline()) for _ in range(2)]
        assert [line["status"] for line in lines] == ["running", "failed"]
        assert process.poll() is None
        assert stop(process, number) == ("", "")
    assert account.tracked()[NUMBER]["status"] == "failed"


@pytest.mark.slow
def test_two_processes_push_each_end_once_through_faults(
    account: Account, gateway: DocumentedGateway
) -> None:
    """The server drops connections and limits the rate; no output shows the topic or the token."""
    ids = [f"8422509036290867{number:02}" for number in range(6)]
    with PushServer([drop, limit("Retry-After: 1")]) as server, ExitStack() as stack:
        configure(account, gateway, push_section(server))
        running = [stack.enter_context(watching(account)) for _ in range(2)]
        for job_id in ids:
            gateway.script(job_id, I2V_RUNNING, I2V_DONE)
            account.run("add", job_id)
        gateway.script(REQUEST, O1_QUEUED, O1_DONE)
        account.run("add", REQUEST)
        account.until(lambda: len(server.lines) == len(ids) + 1)
        output = "".join(text for process in running for text in stop(process))
    assert all(server.announced(job_id) == 1 for job_id in (*ids, REQUEST))
    assert {request.header("Authorization")[0] for request in server.requests} == {
        f"Bearer {TOKEN}"
    }
    assert "notify.push: rate-limited (429); trying again" in output
    assert TOPIC not in output
    assert TOKEN not in output
    files = account.jobs.parent.iterdir()
    assert not [file for file in files if file.is_file() and TOPIC.encode() in file.read_bytes()]


@pytest.mark.pty
@pytest.mark.slow
def test_an_app_beside_it_shows_its_results_and_announces_nothing_again(
    account: Account, gateway: DocumentedGateway
) -> None:
    """The app does not poll; when it is closed, the command goes on."""
    gateway.script(TASK, I2V_RUNNING)
    log = account.home / "ended"
    with PushServer() as server:
        configure(account, gateway, command_section(log), push_section(server))
        account.environment["PIXAZO_API_KEY"] = "watch"
        with watching(account, "--json") as process:
            account.run("add", TASK)
            assert process.stdout
            assert "running" in process.stdout.readline()
            with account.open(PIXAZO_API_KEY="app") as terminal:
                terminal.until_shows("another kling-tui is polling", "● running")
                gateway.script(TASK, I2V_DONE)
                terminal.until_shows("✓ done")
                terminal.until(lambda: server.accepted, "a push message")
                terminal.press("q")
                assert terminal.wait() == 0
            gateway.script(NUMBER, I2V_RUNNING, I2V_FAILED)
            account.run("add", NUMBER)
            account.until(lambda: server.announced(NUMBER))
            stop(process)
    assert log.read_text("utf-8").split() == [TASK, NUMBER]
    assert (server.announced(TASK), server.announced(NUMBER)) == (1, 1)
    keys = {key for request in gateway.requests for key in request.header(KEY_HEADER)}
    assert keys == {"watch"}


@pytest.mark.slow
def test_an_end_is_pushed_after_a_kill_and_a_restart(
    account: Account, gateway: DocumentedGateway
) -> None:
    """It was found, but the server could not be reached until then."""
    gateway.script(TASK, I2V_RUNNING, I2V_DONE)
    record = account.jobs.with_name("jobs.toml.notified")
    with PushServer([drop] * 2) as server:
        configure(account, gateway, push_section(server))
        with watching(account) as process:
            account.until(record.exists)
            account.run("add", TASK)
            account.until(lambda: '"attempts":1' in record.read_text("utf-8"))
            process.kill()
            process.communicate()
        assert not server.accepted
        with watching(account) as process:
            account.until(lambda: server.accepted)
            stop(process)
    assert server.announced(TASK) == 1


@pytest.mark.slow
def test_the_notify_command_runs_once_among_all_processes(
    account: Account, gateway: DocumentedGateway
) -> None:
    """Not once in each of them."""
    gateway.script(TASK, I2V_RUNNING)
    log = account.home / "ended"
    configure(account, gateway, command_section(log))
    with watching(account, "--json") as one, watching(account, "--json") as two:
        account.run("add", TASK)
        for process in (one, two):
            assert process.stdout
            assert "running" in process.stdout.readline()
        gateway.script(TASK, I2V_DONE)
        for process in (one, two):
            assert process.stdout
            assert "succeeded" in process.stdout.readline()
        account.until(log.exists)
        stop(one)
        stop(two)
    assert log.read_text("utf-8") == f"{TASK}\n"


@pytest.mark.slow
def test_budgets_are_told_once_among_processes_also_after_a_change(
    account: Account, gateway: DocumentedGateway
) -> None:
    """By the command and by push, and each process prints them; the budget may change."""
    gateway.script(TASK, I2V_RUNNING)
    log = account.home / "budgets"
    script = "import sys; open(sys.argv[1], 'a').write(sys.stdin.read())"
    command = f"[notify]\ncommand = {json.dumps([sys.executable, '-c', script, str(log)])}\n"
    with PushServer() as server:
        sections = command, push_section(server)
        configure(account, gateway, *sections, "[budget]\nper_day = 0.4\n")
        with watching(account) as one, watching(account) as two:
            account.run("add", TASK)
            for process in (one, two):
                assert process.stderr
                process.stderr.readline()
                assert process.stderr.readline() == (
                    "kling-tui: Budget for today: 80% used: $0.35 of $0.40, $0.35 of it in flight\n"
                )
            configure(account, gateway, *sections, "[budget]\nper_day = 0.35\n")
            account.until(lambda: len(server.accepted) == 2 and log.read_text().count("\n") == 3)
            errors = [stop(process)[1] for process in (one, two)]
        assert all("config reloaded: budget.per_day" in text for text in errors)
        with watching(account) as process:
            assert process.stderr
            process.stderr.readline()
            assert "Budget for today: used up" in process.stderr.readline()
            stop(process)
    thresholds = [json.loads(line)["threshold"] for line in log.read_text("utf-8").splitlines()]
    assert sorted(thresholds) == [0.8, 0.8, 1.0]
    assert [message["tags"] for message in server.accepted] == [["warning"]] * 2
    assert "used up: $0.35 of $0.35" in server.accepted[1]["message"]


@pytest.mark.slow
def test_results_are_downloaded_if_the_config_says_so(account: Account) -> None:
    """Of jobs that end, and of one whose download an earlier process did not finish."""
    with DemoGateway(speed=1000) as gateway:
        account.environment["PIXAZO_API_KEY"] = gateway.key
        text = f'[gateway]\nurl = "{gateway.url}"\n[poll]\nfirst = 0.1\nslowest = 0.1\n'
        account.configure(text)
        account.track(TASK)
        assert account.run("wait").returncode == 0
        account.configure(f'{text}[downloads]\nauto = true\ndir = "{account.home}/videos"\n')
        with watching(account) as process:
            assert process.stderr
            process.stderr.readline()
            assert f"{TASK}: downloaded to {account.home}/videos/" in process.stderr.readline()
            account.run("add", NUMBER)
            assert f"{NUMBER}: downloaded to {account.home}/videos/" in process.stderr.readline()
            stop(process)
    assert all(job["videos"][0]["file"] for job in account.tracked().values())
    assert len(list((account.home / "videos").iterdir())) == 2


@pytest.mark.slow
def test_a_refused_key_does_not_end_it_and_the_config_is_reloaded(
    account: Account, gateway: DocumentedGateway
) -> None:
    """With the right key in the config, it goes on; a config with a mistake changes nothing."""
    del account.environment["PIXAZO_API_KEY"]
    gateway.script(TASK, I2V_RUNNING)
    gateway.refused_keys.add("wrong-key-0")
    configure(account, gateway)
    good = account.config.read_text("utf-8")
    account.configure(good.replace("[poll]", 'key = "wrong-key-0"\n[poll]'))
    account.track(TASK)
    with watching(account) as process:
        assert process.stdout
        assert process.stderr
        process.stderr.readline()
        assert "API key rejected" in process.stdout.readline()
        account.configure(good.replace("[poll]", "key = 3\n[poll]"))
        assert "gateway.key is a number (not shown)" in process.stderr.readline()
        assert "previous settings stay in force" in process.stderr.readline()
        account.configure(good.replace("[poll]", 'key = "right-key-1"\n[poll]'))
        assert "config reloaded: gateway.key" in process.stderr.readline()
        assert "running" in process.stdout.readline()
        stop(process)


@pytest.mark.slow
def test_nothing_of_a_config_that_cannot_be_used_is_taken_over(
    account: Account, gateway: DocumentedGateway
) -> None:
    """All of it is, once the mistake in it is corrected."""
    with PushServer() as server:
        gateway.script(TASK, I2V_RUNNING, I2V_DONE)
        configure(account, gateway)
        before = account.config.read_text("utf-8")
        with watching(account, "--json") as process:
            assert process.stderr
            process.stderr.readline()
            changed = before + push_section(server)
            account.configure(f'{changed}[downloads]\ndir = "~nobody-has-this-name/clips"\n')
            assert "there is no such home folder" in process.stderr.readline()
            assert "previous settings stay in force" in process.stderr.readline()
            account.configure(changed)
            assert "config reloaded: notify.push" in process.stderr.readline()
            account.run("add", TASK)
            account.until(lambda: server.announced(TASK) == 1)
            stop(process)


@pytest.mark.slow
def test_a_signal_while_the_config_is_reloaded_ends_it(
    account: Account, gateway: DocumentedGateway
) -> None:
    """A command that prints a secret is running; nothing is polled any more when it has ended."""
    began, go = account.home / "began", account.home / "go"
    script = f"touch {began}; until [ -e {go} ]; do sleep 0.05; done; echo http://127.0.0.1:9/x"
    gateway.script(TASK, I2V_RUNNING)
    account.track(TASK)
    configure(account, gateway)
    with watching(account, "--json") as process:
        assert process.stdout
        assert "running" in process.stdout.readline()
        section = f"[notify.push]\nurl_command = {json.dumps(shlex.join(['sh', '-c', script]))}\n"
        changed = account.config.read_text("utf-8").replace("[poll]", "timeout = 5\n[poll]")
        account.configure(changed + section)
        account.until(began.exists)
        process.send_signal(signal.SIGTERM)
        go.touch()
        assert process.wait(TIMEOUT) == 143


@pytest.mark.slow
def test_it_goes_on_when_nobody_reads_its_output(
    account: Account, gateway: DocumentedGateway
) -> None:
    """It still polls and saves, and prints problems on standard error."""
    gateway.script(TASK, I2V_RUNNING, I2V_DONE)
    with watching(account) as process:
        assert process.stdout
        assert process.stderr
        process.stderr.readline()
        process.stdout.close()
        account.run("add", TASK)
        assert "changes are no longer printed: Broken pipe" in process.stderr.readline()
        account.until(lambda: account.tracked()[TASK]["status"] == "succeeded")
        account.configure("[gateway]\nurl = 3\n")
        assert "gateway.url is 3" in process.stderr.readline()
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(TIMEOUT) == 143


@pytest.mark.slow
@pytest.mark.parametrize("same", [False, True], ids=["errors apart", "errors in the same pipe"])
def test_a_reader_that_stops_reading_stops_nothing_else(
    account: Account, gateway: DocumentedGateway, *, same: bool
) -> None:
    """The pipe is full, as a pager's is: all jobs are polled and saved, and one signal ends it."""
    ids = [f"8422509036290867{number:02}" for number in range(24)]
    for job_id in ids:
        gateway.script(job_id, I2V_RUNNING, I2V_DONE)
    account.track(*ids)
    read, write = os.pipe()
    fcntl.fcntl(read, fcntl.F_SETPIPE_SZ, 4096)
    options = ("watch", "--forever", "--json")
    with (
        os.fdopen(read),
        os.fdopen(write, "wb") as pipe,
        account.start(*options, stdout=pipe, stderr=pipe if same else None) as process,
    ):
        account.until(lambda: all(len(gateway.requests_for(job_id)) == 2 for job_id in ids))
        account.until(
            lambda: {job["status"] for job in account.tracked().values()} == {"succeeded"}
        )
        process.send_signal(signal.SIGTERM)
        assert process.wait(TIMEOUT) == 143


@pytest.mark.slow
def test_a_job_is_not_printed_again_when_it_is_downloaded_or_labelled(
    account: Account, gateway: DocumentedGateway
) -> None:
    """By this process or, as here, by another one."""
    gateway.script(TASK, I2V_RUNNING, I2V_DONE)
    with watching(account, "--json") as process:
        assert process.stdout
        account.run("add", TASK)
        lines = [json.loads(process.stdout.readline()) for _ in range(2)]
        assert lines[-1]["status"] == "succeeded"
        account.until(lambda: account.tracked()[TASK]["status"] == "succeeded")
        store = Store(account.jobs)
        store.load()
        store.put(replace(store.jobs[TASK].with_file(0, "/videos/fox.mp4"), label="fox"))
        store.save()
        gateway.script(NUMBER, I2V_RUNNING)
        account.run("add", NUMBER)
        assert json.loads(process.stdout.readline())["id"] == NUMBER
        stop(process)


@pytest.mark.parametrize(
    "option", [(TASK,), ("--timeout", "3"), ("--fail-fast",), ("--filter", "")]
)
def test_options_that_would_end_it_are_errors(account: Account, option: tuple[str, ...]) -> None:
    """Also those that choose the jobs."""
    account.track(TASK)
    assert_usage_error(account.run("watch", "--forever", *option), "--forever", "leave out")


def test_a_config_that_cannot_be_used_is_an_error(account: Account) -> None:
    """When it starts; nothing secret is shown."""
    account.configure(f'[notify.push]\nurl = "http://push.test/{TOPIC}"\n')
    result = account.run("watch", "--forever")
    assert_usage_error(result, "notify.push.url is plain http")
    account.configure("[notify.push]\nurl_command = \"sh -c 'exit 3'\"\n")
    result = account.run("watch", "--forever")
    assert_usage_error(result, "notify.push.url_command in", "exit status 3")


@pytest.mark.slow
def test_what_is_not_configured_is_not_loaded(account: Account) -> None:
    """Neither Textual nor what pushes; the command `watch` loads nothing of this at all."""
    modules = imported_modules(account, "watch", "--help")
    assert "kling_tui.cli.always_on" not in modules
    assert "textual" not in modules
