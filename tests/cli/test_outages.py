"""What `watch` and `wait` say about a gateway that cannot be reached."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from msgspec.structs import replace

from kling_tui.cli.outages import Outages
from kling_tui.gateways import ErrorKind
from kling_tui.jobs import Job
from kling_tui.polling.poller import PollResult
from tests.support.documented_gateway import (
    I2V_DONE,
    I2V_RUNNING,
    DocumentedGateway,
    json_reply,
)
from tests.support.jobs import TASK, a_job
from tests.support.terminal import Account

DOWN = json_reply({"error": "sighs"}, 503)
I2V, O1 = a_job("i2v"), a_job("o1", kind="o1")


def failed(job: Job, error: ErrorKind = ErrorKind.UNREACHABLE) -> PollResult:
    """Return the result of a poll that failed."""
    return PollResult(replace(job, problem="gateway timeout"), None, error)


def succeeded(job: Job) -> PollResult:
    """Return the result of a poll that succeeded."""
    return PollResult(job, None)


def outages(*live: Job) -> Outages:
    """Return the outages while some jobs have not ended."""
    return Outages(lambda: {job.source for job in live})


@contextmanager
def outage_found(account: Account) -> Iterator[None]:
    """Run a process in the block that has saved the outage with the job."""
    with account.start("watch") as process:
        account.until(lambda: account.tracked()[TASK].get("problem"))
        yield
        process.terminate()
        process.communicate()


def test_one_message_when_it_goes_and_one_when_it_is_back() -> None:
    """However many polls fail; it is back once each kind was polled."""
    down = outages(I2V, O1)
    assert down.record(succeeded(I2V)) == ""
    assert down.record(failed(I2V)) == "gateway timeout; trying again"
    assert [down.record(failed(job)) for job in (O1, I2V, O1)] == [""] * 3
    assert [down.record(succeeded(job)) for job in (I2V, O1, I2V)] == ["", "gateway is back", ""]
    assert down.record(failed(I2V))


def test_each_profile_has_its_own_gateway() -> None:
    """The name of the profile is before the message."""
    studio = replace(I2V, profile="studio")
    down = outages(I2V, studio)
    assert down.record(failed(studio)) == "studio: gateway timeout; trying again"
    assert down.record(succeeded(I2V)) == ""
    assert down.record(succeeded(studio)) == "studio: gateway is back"


def test_an_error_that_the_gateway_sends_is_a_reply() -> None:
    """A missing job is no outage."""
    down = outages(I2V)
    assert down.record(failed(I2V, ErrorKind.NOT_FOUND)) == ""
    down.record(failed(I2V))
    assert down.record(failed(I2V, ErrorKind.NOT_FOUND)) == "gateway is back"


def test_a_failed_poll_of_another_process_says_nothing() -> None:
    """Its error is not known here."""
    down = outages(I2V)
    seen_elsewhere = PollResult(replace(I2V, problem="gateway timeout"), None)
    assert down.record(seen_elsewhere) == ""
    down.record(failed(I2V))
    assert down.record(seen_elsewhere) == ""


def test_a_kind_that_is_no_longer_polled_does_not_count() -> None:
    """Its last job was removed during the outage."""
    live: list[Job] = [I2V, O1]
    down = Outages(lambda: {job.source for job in live})
    down.record(failed(I2V))
    down.record(failed(O1))
    live.remove(O1)
    assert down.record(succeeded(I2V)) == "gateway is back"


@pytest.mark.parametrize("options", [["watch"], ["watch", "--json"]])
def test_watch_reports_an_outage_and_its_end_on_standard_error(
    account: Account, gateway: DocumentedGateway, options: list[str]
) -> None:
    """Also one that another run has saved with the job already."""
    account.track(TASK)
    gateway.script(TASK, DOWN)
    with outage_found(account):
        pass
    gateway.script(TASK, DOWN, DOWN, I2V_RUNNING, I2V_DONE)
    result = account.run(*options)
    assert result.stderr.splitlines() == [
        "kling-tui: gateway unavailable (503): sighs; trying again",
        "kling-tui: gateway is back",
    ]
    assert "trying again" not in result.stdout


@pytest.mark.slow
def test_an_outage_that_another_process_has_found_is_reported(
    account: Account, gateway: DocumentedGateway
) -> None:
    """The other process gives up its lease during an outage, so this one polls."""
    account.track(TASK)
    gateway.script(TASK, DOWN)
    with outage_found(account), account.start("watch") as process:
        assert process.stderr
        message = process.stderr.readline()
        assert message == "kling-tui: gateway unavailable (503): sighs; trying again\n"
        process.terminate()
        process.communicate()


def test_wait_prints_an_outage_once(account: Account, gateway: DocumentedGateway) -> None:
    """Not again as the problem of a job."""
    account.track(TASK)
    gateway.script(TASK, DOWN, DOWN, I2V_RUNNING, I2V_DONE)
    result = account.run("wait")
    assert result.stderr.count("sighs") == 1
    assert result.stderr.endswith("kling-tui: gateway is back\n")
    assert "http" in result.stdout


@pytest.mark.pty
def test_live_display_shows_it_above_the_jobs(account: Account, gateway: DocumentedGateway) -> None:
    """The lines below it are redrawn in place."""
    gateway.script(TASK, DOWN, DOWN, I2V_RUNNING)
    account.track(TASK)
    with account.open("watch", size=(100, 12)) as terminal:
        terminal.until_shows("gateway unavailable (503): sighs; trying again", "gateway is back")
        terminal.until(lambda: sum("● running" in line for line in terminal.lines) == 1)
        notice = next(n for n, line in enumerate(terminal.lines) if "is back" in line)
        assert any("● running" in line for line in terminal.lines[notice:])
        gateway.script(TASK, I2V_DONE)
        assert terminal.wait() == 0
