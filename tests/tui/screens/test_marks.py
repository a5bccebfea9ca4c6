"""Marks, and the keys that act on all marked jobs."""

import pytest
from msgspec.structs import replace

from kling_tui.demo import DEMO_JOBS
from kling_tui.tui.marks import Marks
from kling_tui.tui.screens.links import LinksScreen
from tests.support.scenes import RunningApp, run_app
from tests.support.screen_text import footer, toasts

pytestmark = pytest.mark.slow


def marked(running: RunningApp) -> list[str]:
    """Return the ids of the rows that show a mark."""
    table = running.app.main.table
    return [
        job_id
        for line, job_id in enumerate(table.order, 1)
        if line < table.size.height and table.render_line(line).text.startswith("*")
    ]


def test_range_goes_from_the_last_mark_to_the_job() -> None:
    """Upwards as well as down, and from the job itself if nothing was marked before."""
    order = list("abcdef")
    marks = Marks()
    marks.extend(order, "c")
    assert sorted(marks) == ["c"]
    marks.extend(order, "e")
    marks.toggle("b")
    marks.extend(order, "a")
    assert sorted(marks) == list("abcde")
    marks.keep({"a", "e", "f"})
    assert sorted(marks) == ["a", "e"]
    marks.extend(["f", "e"], "e")
    assert "f" not in marks


def test_toggle_all_marks_or_unmarks_the_jobs_shown() -> None:
    """Hidden jobs keep their marks."""
    marks = Marks()
    marks.toggle("hidden")
    marks.toggle("a")
    marks.toggle_all(["a", "b"])
    assert sorted(marks) == ["a", "b", "hidden"]
    marks.toggle_all(["a", "b"])
    assert sorted(marks) == ["hidden"]


def test_jobs_of_a_row_are_marked_together() -> None:
    """A folded batch is one step of a range, in both directions."""
    order = ["a", "b1", "b2", "c"]
    marks = Marks()
    marks.toggle("b1", "b2")
    marks.extend(order, "c")
    assert sorted(marks) == ["b1", "b2", "c"]
    marks.toggle("b1", "b2")
    assert sorted(marks) == ["c"]
    marks.toggle("c")
    marks.extend(order, "b1", "b2")
    assert sorted(marks) == ["b1", "b2", "c"]
    marks.extend(order, "a")
    assert sorted(marks) == ["a", "b1", "b2", "c"]


async def test_marks_follow_their_jobs() -> None:
    """Sorting and filtering leave marks on their jobs; escape clears them before the filter."""
    async with run_app(size=(120, 44)) as running:
        await running.poll_all()
        await running.pilot.press("escape")  # the line about unread jobs takes a row
        order = list(running.app.main.table.order)
        await running.pilot.press("g", "m", "m", "j", "M")
        assert marked(running) == order[:4]
        assert "4 marked" in footer(running)
        await running.pilot.press("s", "a", "S")
        assert set(marked(running)) == set(order[:4])
        label = running.store.jobs[order[0]].label
        await running.pilot.press("slash", *label.replace(" ", ""), "enter")
        assert "4 marked (4 hidden)" in footer(running)
        await running.pilot.press("escape")
        assert "marked" not in footer(running)
        assert "hidden by the filter" in footer(running)
        await running.pilot.press("escape")
        assert "hidden" not in footer(running)


async def test_mark_is_a_character() -> None:
    """A mark can be seen without colours, also under the cursor."""
    async with run_app() as running:
        await running.pilot.press("g", "m", "k")
        assert running.app.main.table.cursor_id in running.app.main.table.order[:1]
        assert running.app.main.table.render_line(1).text.startswith("*")


async def test_marked_jobs_are_removed_and_restored_together() -> None:
    """One key removes all marked jobs, and one undo restores them."""
    async with run_app() as running:
        await running.poll_all()
        await running.pilot.press("escape")  # nothing is unread that the keys below show
        before = dict(running.store.jobs)
        await running.pilot.press("slash", *"o1", "enter", "asterisk")
        chosen = {job.id for job in running.app.main.selection.targets}
        assert chosen == {job.id for job in before.values() if job.kind == "o1"}
        await running.pilot.press("x")
        assert set(before) - set(running.store.jobs) == chosen
        assert "marked" not in footer(running)
        assert any("Removed" in toast for toast in toasts(running))
        await running.pilot.press("escape", "x", "u")
        assert set(before) - set(running.store.jobs) == chosen
        await running.pilot.press("u")
        # A restored job may have been polled again, with another exchange.
        restored, expected = (
            {job.id: replace(job, exchange=None) for job in jobs.values()}
            for jobs in (running.store.jobs, before)
        )
        assert restored == expected
        assert toasts(running) == [f": Undone: removal of {len(chosen)} jobs"]


async def test_marked_jobs_are_labelled_and_refreshed() -> None:
    """All of them get the label; only they are polled."""
    async with run_app() as running:
        await running.poll_all()
        await running.pilot.press("g", "m", "m", "m")
        chosen = {job.id for job in running.app.main.selection.targets}
        await running.pilot.press("e", *"batch", "enter")
        assert {job.id for job in running.store.jobs.values() if job.label == "batch"} == chosen
        running.gateway.requests.clear()
        running.clock.advance(1)
        live = [job for job in running.app.main.selection.targets if not job.ended]
        await running.pilot.press("r")
        now, jobs = running.clock.now, running.store.jobs
        await running.until(lambda: all(jobs[job.id].checked_at == now for job in live))
        for job in running.store.jobs.values():
            assert job.id in chosen or not any(
                job.id.encode() in request.body for request in running.gateway.requests
            )


async def test_marked_jobs_are_copied_one_per_line() -> None:
    """All URLs are shown in full and can be selected."""
    async with run_app() as running:
        await running.poll_all()
        await running.pilot.press("asterisk", "y")
        dialog = running.app.screen
        assert isinstance(dialog, LinksScreen)
        urls = [video.url for job in running.store.jobs.values() for video in job.videos]
        assert len(urls) > 1
        assert str(dialog.query_one("#links").render()) == "\n".join(urls)
        dialog.query_one("#links").text_select_all()
        assert dialog.get_selected_text() == "\n".join(urls)
        await running.pilot.press("escape", "Y")
        assert str(running.app.screen.query_one("#links").render()).split() == [
            job.id for job in DEMO_JOBS
        ]


async def test_keys_in_the_enlarged_detail_ignore_marks() -> None:
    """In the enlarged detail, which shows no marks, keys act on its job."""
    async with run_app() as running:
        await running.poll_all()
        order = list(running.app.main.table.order)
        await running.pilot.press("asterisk", "g", "enter")
        assert [job.id for job in running.app.main.selection.targets] == [order[0]]
        await running.pilot.press("right_square_bracket", "right", "left")
        assert [job.id for job in running.app.main.selection.targets] == [order[1]]
        await running.pilot.press("escape")
        assert len(running.app.main.selection.targets) == len(order)
