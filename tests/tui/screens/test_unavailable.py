"""A key that cannot act says why: no key is ignored silently."""

import pytest
from msgspec.structs import replace

from kling_tui.jobs import Job
from kling_tui.tui.app import KNOWN_KEYS
from kling_tui.tui.screens.refresh import Refresh
from tests.support.scenes import RunningApp, demo_jobs, run_app
from tests.support.screen_text import toasts

pytestmark = pytest.mark.slow

_UNSEEN = {"redraw", "suspend", "quit", "view_1"}
"""Keys that act on the terminal, end the app, or select the view that is selected already."""


def key_of(binding_id: str) -> str:
    """Return the first key of a binding."""
    return KNOWN_KEYS[binding_id].key.split(",")[0]


def state(running: RunningApp) -> object:
    """Return all that a key of the main screen may change."""
    main = running.app.main
    return (
        tuple(running.app.screen_stack), main.classes, main.table.cursor_id, set(main.table.order),
        main.job_list.sort_order, main.job_list.filter.query.text, set(main.selection.marks),
        set(main.job_list.folding.names), main.session.paused, running.app.focused,
        tuple(toasts(running)), dict(running.store.jobs),
        set(main.downloads.queue.in_progress),
    )  # fmt: skip


async def press_each(running: RunningApp, ignored: set[str]) -> list[str]:
    """Press every key of the main screen; return the ids of those that nothing came of."""
    silent = []
    for binding_id in sorted(KNOWN_KEYS.keys() - ignored):
        before = state(running)
        await running.pilot.press(key_of(binding_id))
        await running.pilot.pause()
        if state(running) == before:
            silent.append(binding_id)
        await restore(running)
    return silent


async def restore(running: RunningApp) -> None:
    """Return to the table, with the cursor in its middle, and without toasts and marks."""
    main = running.app.main
    while running.app.screen is not main:
        running.app.pop_screen()
        await running.pilot.pause()
    for _ in range(4):
        main.view_selection.clear()
    main.session.pause(paused=False)
    running.app.clear_notifications()
    if order := main.table.order:
        middle = order[len(order) // 2]
        main.table.move_to_job(middle)
        await running.until(lambda: main.table.has_focus and main.table.cursor_id == middle)
    await running.pilot.pause()


async def test_no_key_is_silent_in_an_empty_table() -> None:
    """Neither keys for jobs nor those that move the cursor."""
    async with run_app(jobs=[]) as running:
        await running.until(lambda: running.app.main.session.polling)
        assert await press_each(running, _UNSEEN) == []


async def test_no_key_is_silent_on_a_job_without_a_result() -> None:
    """The job has not been polled; refreshing it needs no toast."""
    jobs = [replace(job, id=f"{job.id[:-2]}{n:02}") for n in range(9) for job in demo_jobs()[:3]]
    async with run_app(jobs=jobs, size=(120, 20)) as running:
        running.app.main.session.pause(paused=True)
        await restore(running)
        acting = {"refresh", "refresh_all", "remove"}
        assert await press_each(running, _UNSEEN | acting) == []


@pytest.mark.parametrize(
    ("label", "binding_id", "reason"),
    [
        ("hero shot", "copy", "No result yet: this job is "),
        ("hero shot", "open", "No result yet: this job is "),
        ("hero shot", "download", "No result yet: this job is "),
        ("hero shot", "play", "No result yet: this job is "),
        ("pixel portrait", "download", "This job failed: it has no result."),
        ("morning silk", "play", "Not downloaded. Press d to download it."),
        ("morning silk", "undo", "Nothing to undo."),
        ("morning silk", "clear", "Nothing to close or to clear."),
    ],
)
async def test_the_reason_is_the_one_of_the_job(label: str, binding_id: str, reason: str) -> None:
    """It names the state of the job, or the key that helps; pressing again adds no other toast."""
    async with run_app() as running:
        await running.poll_all()
        await running.move_cursor_to(label)
        running.app.main.unseen.see(running.app.main.unseen.unread)
        running.app.main.refresher.refresh(Refresh.SUMMARY)
        for _ in range(2):
            await running.pilot.press(key_of(binding_id))
            await running.until(lambda: bool(toasts(running)))
            (toast,) = toasts(running)
            assert toast.startswith(f": {reason}")


async def test_refreshing_nothing_says_so() -> None:
    """All jobs have ended."""
    ended: list[Job] = []
    async with run_app() as running:
        await running.poll_all()
        ended = [job for job in running.store.jobs.values() if job.ended]
    async with run_app(jobs=ended) as running:
        await running.until(lambda: running.app.main.session.polling)
        await running.pilot.press("R")
        await running.until(lambda: toasts(running) == [": All jobs have ended."])
