"""A scripted day: 200 jobs over three days, and the questions that a person asks on the third.

The app was closed on two evenings, and the gateway was down for a while. Each question is answered
on the screen within three keys after the app was opened. What the answer must be is computed from
the script.
"""

import re
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

import pytest
from textual.widgets import OptionList

from kling_tui.jobs import Status
from tests.support.scenes import RunningApp
from tests.support.screen_text import footer, rows
from tests.support.scripted_day import open_third_day
from tests.support.scripted_jobs import DOWNLOADED, JOBS, OPENED, SESSIONS, ScriptedJob

pytestmark = pytest.mark.slow

CLOSED = SESSIONS[-1][1]
MIDNIGHT = OPENED.replace(hour=0)
ENDED = [job for job in JOBS if job.ended <= OPENED]
REASONS = {
    "Failure to pass the risk control system": "moderation:",
    "Image pixel is invalid": "image size:",
    "Invalid image URL provided in prompt": "image URL:",
}
ROW = re.compile(r"[▌•]?.?([✓✗●○] \w+) +(\S.*? #\S+) +(?:i2v|o1) (.*)")


def expected(jobs: Iterable[ScriptedJob]) -> set[tuple[str, str]]:
    """Return the status and the name of each row that must be on the screen."""
    return {(status_of(job), f"{job.label} #{job.id[-4:]}") for job in jobs}


def status_of(job: ScriptedJob) -> str:
    """Return the status of a job as the table shows it on the third day."""
    if job.ended > OPENED:
        return "● running"
    return "✓ done" if job.clip else "✗ failed"


def cost_of(job: ScriptedJob) -> Decimal:
    """Return what a job that succeeded costs, by the price list."""
    if job.kind == "o1":
        return Decimal("0.90")
    return Decimal("0.35") * round((job.clip.seconds if job.clip else 5) / 5)


async def shown(running: RunningApp) -> dict[tuple[str, str], str]:
    """Return the rows of all pages: status and name of each, with the rest of its text."""
    found: dict[tuple[str, str], str] = {}
    lines: list[str] = []
    while (page := rows(running)[1:]) != lines:
        lines = page
        matches = [match for line in lines if line and (match := ROW.match(line))]
        assert len(matches) == len([line for line in lines if line])
        found |= {(match[1], match[2]): match[3] for match in matches}
        await running.pilot.press("pagedown")
    return found


def title(running: RunningApp) -> str:
    """Return the title of the table."""
    return str(running.app.main.table.border_title)


def is_in_batch(job: ScriptedJob, batch: str) -> bool:
    """Return whether the label of a job names a batch."""
    return job.label.startswith(f"{batch}/")


async def test_the_app_knows_what_happened_while_it_was_closed_and_during_the_outage() -> None:
    """Each job ended when it really did."""
    assert len(JOBS) == 200
    async with open_third_day() as running:
        jobs = running.store.jobs
        assert jobs.keys() == {job.id for job in JOBS}
        assert {job.id for job in ENDED} == {job.id for job in jobs.values() if job.ended}
        for job in ENDED:
            known = jobs[job.id]
            assert (known.status is Status.SUCCEEDED) == bool(job.clip)
            assert known.ended_at
            if job.kind == "i2v":  # O1 does not report when a job ended
                assert known.ended_at == job.ended
            assert known.ended_at.date() == job.ended.date()
        assert {job.id for job in DOWNLOADED} == {job.id for job in jobs.values() if job.downloaded}


async def test_which_of_yesterdays_jobs_failed_and_why() -> None:
    """View Failed, then *Ended yesterday* of the menu of filters."""
    failed = [
        job
        for job in ENDED
        if not job.clip and MIDNIGHT - timedelta(days=1) <= job.ended < MIDNIGHT
    ]
    async with open_third_day() as running:
        await running.pilot.press("3", "f", "y")
        assert title(running) == f"Failed*: {len(failed)} of 200 jobs, last ended first"
        found = await shown(running)
    assert found.keys() == expected(failed)
    for job in failed:
        (row,) = (text for key, text in found.items() if {key} == expected([job]))
        assert REASONS[job.message] in row


async def test_what_ended_while_i_was_away() -> None:
    """One line says how many; *Unread* of the menu of filters shows which."""
    ended = [job for job in ENDED if job.ended > CLOSED]
    failed = sum(not job.clip for job in ended)
    async with open_third_day() as running:
        away = running.app.main.query_one("#away")
        summary = f"{len(ended)} finished while you were away: "
        summary += f"{len(ended) - failed} done, {failed} failed"
        assert str(away.render()).startswith(f"{summary}  f u list")
        await running.pilot.press("1", "f", "u")
        assert title(running) == f"{len(ended)} of 200 jobs, live first"
        assert (await shown(running)).keys() == expected(ended)
        line = running.app.main.query_one("#filter-line")
        assert not line.region.overlaps(away.region)


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 20)])
async def test_what_a_campaign_cost(size: tuple[int, int]) -> None:
    """The menu of filters says it, and the footer after the key of the batch, in any window."""
    batches = ["winter", "autumn", "summer", "launch", "archive"]
    total = sum(cost_of(job) for job in ENDED if job.clip)
    async with open_third_day(size) as running:
        for key, batch in enumerate(batches, 1):
            jobs = [job for job in JOBS if is_in_batch(job, batch)]
            spent = sum(cost_of(job) for job in jobs if job.clip and job in ENDED)
            await running.pilot.press("1", "f")
            menu = running.app.screen.query_one(OptionList)
            (line,) = (str(each.prompt) for each in menu.options if f"{batch}/" in str(each.prompt))
            assert line.startswith(str(key))
            assert line.endswith(f"${spent} spent, {len(jobs)} jobs")
            await running.pilot.press(str(key))
            assert footer(running).startswith(f"spent ${spent} of ${total}")
            assert title(running) == f"{len(jobs)} of 200 jobs, live first"
            if size == (120, 40):
                assert (await shown(running)).keys() == expected(jobs)


async def test_what_is_not_downloaded_and_expires_this_week() -> None:
    """View To download, then *Expires this week* of the menu of filters."""
    week = timedelta(days=7)
    expiries = {job: job.ended + timedelta(days=30) - OPENED for job in ENDED if job.clip}
    expiring = {
        job: left
        for job, left in expiries.items()
        if timedelta(0) < left < week and job not in DOWNLOADED
    }
    assert expiring
    assert any(left < week for job, left in expiries.items() if job in DOWNLOADED)
    async with open_third_day() as running:
        await running.pilot.press("5", "f", "x")
        order = "first ended first"
        assert title(running) == f"To download*: {len(expiring)} of 200 jobs, {order}"
        found = await shown(running)
    first_to_expire_first = sorted(expiring, key=lambda job: expiring[job])
    assert list(found) == [key for job in first_to_expire_first for key in expected([job])]
    for job, text in zip(first_to_expire_first, found.values(), strict=True):
        days = expiring[job].days
        assert f"expires in {f'{days} d' if days else ''}" in text
