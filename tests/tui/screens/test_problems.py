"""Problems with the gateway or the job file, as the main screen shows them."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from kling_tui.demo import DemoJob, Moment, Response, error_response, json_response
from kling_tui.jobs import Job, Status
from kling_tui.polling.backoff import PollSchedule
from tests.support.scenes import START, demo_jobs, run_app
from tests.support.screen_text import rows, screen_text, toasts


async def test_hostile_text_is_shown_as_text() -> None:
    """Markup and control characters in a reply neither crash the app nor are interpreted."""
    hostile = "[/nope] [red]x[/] [@click=app.quit]go[/] \x1b[31m \u202e"

    def script(job: DemoJob, _moment: Moment) -> Response:
        data = {"task_id": job.id, "task_status": hostile, "task_status_msg": hostile}
        return json_response({"code": 0, "message": hostile, "data": data})

    job = Job(id="CjEvilEvilEvilEvilEvil", kind="i2v", label="[/x]", added_at=START)
    async with run_app(jobs=[job], size=(200, 40)) as running:
        running.gateway.add_job(DemoJob(job.id, "i2v", "hostile", 0, script))
        await running.advance(5)
        await running.until(lambda: "[red]x[/]" in screen_text(running))
        assert "\x1b" not in screen_text(running)
        await running.pilot.press("i", "escape", "x")
        await running.until(lambda: any("[/x]" in toast for toast in toasts(running)))


@pytest.mark.slow
async def test_failed_poll_is_shown_and_keeps_the_status() -> None:
    """The row is marked, the detail says why and for how long, until a poll succeeds."""
    gateway = {"fails": True}

    def script(job: DemoJob, _moment: Moment) -> Response:
        if gateway["fails"]:
            return error_response(500, "An unexpected error occurred, please try again later")
        data = {"task_id": job.id, "task_status": "processing"}
        return json_response({"code": 0, "message": "IN_PROGRESS", "data": data})

    job = replace(demo_jobs()[0], id="CjFaultFaultFaultFault", label="failing")
    async with run_app(jobs=[job], size=(200, 40)) as running:
        running.gateway.add_job(DemoJob(job.id, "i2v", "failing", 0, script))
        await running.advance(5)
        assert any("new !" in row and "gateway error" in row for row in rows(running))
        assert "gateway error (500): An unexpected error occurred" in screen_text(running)
        running.clock.advance(120)
        await running.until(lambda: "for 2 min" in screen_text(running))
        gateway["fails"] = False
        await running.advance(1)
        assert any("running" in row and "gateway error" not in row for row in rows(running))


async def test_rate_limit_is_shown_with_the_time_of_the_next_poll() -> None:
    """The footer says that the gateway limits the rate, and until when."""

    def script(_job: DemoJob, _moment: Moment) -> Response:
        return error_response(429, "Rate limit exceeded", {"Retry-After": "30"})

    job = replace(demo_jobs()[0], id="CjSlowSlowSlowSlowSlow")
    async with run_app(jobs=[job], schedule=PollSchedule(first=1.0, jitter=0.0)) as running:
        running.gateway.add_job(DemoJob(job.id, "i2v", "slow", 0, script))
        await running.advance(1)
        until = (running.clock.now + timedelta(seconds=30)).strftime("%H:%M:")
        await running.until(lambda: f"retry at {until}" in screen_text(running))
        assert "rate-limited (429)" in screen_text(running)


async def test_rejected_key_shows_a_banner_and_fails_no_job() -> None:
    """The banner appears once, few polls are sent, and refresh recovers."""
    gateway = {"rejects": True}

    def script(_job: DemoJob, _moment: Moment) -> Response:
        if gateway["rejects"]:
            return error_response(401, "Invalid or missing authentication")
        return json_response({"code": 0, "data": {"task_status": "processing"}})

    jobs = [replace(demo_jobs()[0], id=f"CjKeyKeyKeyKeyKeyKey{n:02}") for n in range(20)]
    async with run_app(jobs=jobs, schedule=PollSchedule(first=1.0, jitter=0.0)) as running:
        for job in jobs:
            running.gateway.add_job(DemoJob(job.id, "i2v", "rejected", 0, script))
        await running.until(lambda: "i2v: API key rejected" in screen_text(running))
        assert all(job.status is Status.UNKNOWN for job in running.store.jobs.values())
        assert len(running.gateway.requests) <= 8
        gateway["rejects"] = False
        await running.pilot.press("r")
        await running.until(lambda: "rejected" not in screen_text(running))


@pytest.mark.slow
async def test_unreachable_gateway_is_shown_and_recovers() -> None:
    """The footer says so, jobs keep their status, and recovery is noticed."""
    async with run_app(schedule=PollSchedule(first=0.2, max_interval=0.4, jitter=0.0)) as running:
        await running.poll_all()
        before = {job.id: job.status for job in running.store.jobs.values()}
        running.gateway.stop()
        await running.until(lambda: "unreachable for" in screen_text(running))
        assert {job.id: job.status for job in running.store.jobs.values()} == before
        running.gateway.start()
        await running.pilot.press("R")
        await running.until(lambda: "gateway OK" in screen_text(running))


@pytest.mark.slow
async def test_failed_save_is_shown_until_one_succeeds() -> None:
    """Changes are kept while the file is damaged, and saved when it is whole again."""
    async with run_app() as running:
        await running.poll_all()
        good = running.store.path.read_text("utf-8")
        running.store.path.write_text("not [toml", "utf-8")
        await running.pilot.press("x")
        await running.until(
            lambda: "Not saved" in screen_text(running) and "line 1" in screen_text(running)
        )
        await running.pilot.press("q")
        assert running.app.is_running
        running.store.path.write_text(good, "utf-8")
        await running.until(lambda: "Not saved" not in screen_text(running))
        assert running.store.path.read_text("utf-8") != good


@pytest.mark.slow
async def test_quitting_warns_again_if_saving_fails_again() -> None:
    """A warning counts only until the next save that succeeds, maybe hours later."""
    async with run_app() as running:
        await running.poll_all()
        for key in "x", "u":
            good = running.store.path.read_text("utf-8")
            running.store.path.write_text("not [toml", "utf-8")
            running.app.clear_notifications()
            await running.pilot.press(key, "q")
            await running.until(lambda: any("without saving" in toast for toast in toasts(running)))
            assert running.app.is_running
            running.store.path.write_text(good, "utf-8")
            await running.until(lambda: "Not saved" not in screen_text(running))
