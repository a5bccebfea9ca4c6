"""Unread jobs, the line about what ended while the app was closed, and changes outside the view."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from textual import events

from kling_tui.jobs import Job, Status, Video
from kling_tui.storage.revision import Revision
from kling_tui.storage.store import Store
from kling_tui.tui.messages import JobUpdated
from tests.support.job_files import open_store, read_jobs, save_jobs
from tests.support.jobs import seen
from tests.support.scenes import DEMO_IDS, START, RunningApp, run_app
from tests.support.screen_text import footer, rows, toasts

pytestmark = pytest.mark.slow

CLOSED_AT = START - timedelta(hours=8)


def ended_job(number: int, status: Status = Status.SUCCEEDED, *, unread: bool = True) -> Job:
    """Return a job that another process saw end while the app was closed; newer ones first."""
    ended_at = CLOSED_AT - timedelta(minutes=number)
    return Job(
        id=f"C{number}",
        kind="i2v",
        label=f"shot {number}",
        added_at=ended_at - timedelta(hours=1),
        status=status,
        ended_at=ended_at,
        checked_at=ended_at,
        videos=(Video("https://cdn.test/1.mp4"),) if status is Status.SUCCEEDED else (),
        unread=unread,
    )


SEVEN = [*(ended_job(number) for number in range(6)), ended_job(6, Status.FAILED)]


def marked(running: RunningApp) -> list[str]:
    """Return the ids of the rows in view that are marked as unread."""
    table = running.app.main.table
    return [
        table.order[table.visible_rows[line]]
        for line, row in enumerate(rows(running)[1:])
        if row.startswith("•")
    ]


def away_line(running: RunningApp) -> str:
    """Return the line about what ended while the app was closed; "" if it is hidden."""
    line = running.app.main.query_one("#away")
    return str(line.render()) if line.display else ""


def new_rows(running: RunningApp) -> str:
    """Return what the border of the table says about rows outside the view."""
    return str(running.app.main.table.border_subtitle).rpartition("demo gateway")[0]


def writes(path: Path) -> int:
    """Return how often the job file was written."""
    revision = Revision.parse(path.read_text("utf-8"))
    return revision.last_write[1] if revision else 0


async def clear_unread(running: RunningApp) -> None:
    """Poll all jobs once, and clear what had ended before."""
    await running.poll_all()
    await running.pilot.press("escape")
    assert marked(running) == []


class TestWhileClosed:
    """Jobs that ended while the app was closed."""

    async def test_they_are_marked_and_summed_up(self) -> None:
        """Until the cursor has been on each of them."""
        async with run_app(jobs=SEVEN) as running:
            assert marked(running) == [job.id for job in SEVEN]
            expected = "7 finished while you were away: 6 done, 1 failed"
            assert away_line(running).startswith(expected)
            assert "7 unread" in footer(running)
            await running.pilot.press("j")
            assert marked(running) == [job.id for job in SEVEN[2:]]
            await running.until(lambda: "5 unread" in footer(running))
            assert away_line(running).startswith(expected)
            await running.pilot.press(*"jjjjj")
            await running.until(lambda: "unread" not in footer(running))
            assert marked(running) == []
            assert away_line(running) == ""

    async def test_ends_of_the_first_poll_are_among_them(self) -> None:
        """No other process was there to poll."""
        async with run_app() as running:
            await running.poll_all()
            assert {job.name for job in running.store.jobs.values() if job.unread} == {
                "product spin",
                "pixel portrait",
                "morning silk",
                "opening titles",
            }
            assert away_line(running).startswith("4 finished while you were away: 3 done, 1 failed")

    async def test_job_tracked_after_its_end_does_not_count(self) -> None:
        """Its end is seen where its row is in view."""
        late = Job(id=DEMO_IDS["product spin"], kind="i2v", added_at=START - timedelta(seconds=1))
        async with run_app(jobs=[late]) as running:
            await running.poll_all()
            assert running.store.jobs[late.id].ended
            assert marked(running) == []
            assert away_line(running) == ""

    async def test_what_was_seen_stays_seen_when_the_app_is_reopened(self, tmp_path: Path) -> None:
        """And what was not stays unread, also after a third process wrote the file."""
        path = save_jobs(tmp_path / "jobs.toml", *SEVEN).path
        async with run_app(jobs=[], store=open_store(path)) as running:
            await running.pilot.press("j", "q")
        other = open_store(path)
        other.put(replace(other.jobs["C0"], label="new"))
        other.save()
        async with run_app(jobs=[], store=open_store(path)) as running:
            assert marked(running) == [job.id for job in SEVEN[2:]]
            assert away_line(running).startswith("5 finished while you were away: 4 done, 1 failed")
            await running.pilot.press("escape", "q")
        async with run_app(jobs=[], store=open_store(path)) as running:
            assert marked(running) == []
            assert away_line(running) == ""

    async def test_file_of_an_older_version_has_nothing_unread(self) -> None:
        """The first start after the upgrade is not full of marks."""
        async with run_app(jobs=[replace(job, unread=False) for job in SEVEN]) as running:
            assert marked(running) == []
            assert (away_line(running), new_rows(running)) == ("", "")
            assert "unread" not in footer(running)

    @pytest.mark.parametrize(
        ("size", "line"),
        [
            ((40, 10), "7 finished while you were away"),
            ((56, 20), "7 finished while you were away: 6 done, 1 failed"),
            ((60, 20), "7 finished while you were away: 6 done, 1 failed  f u list"),
            (
                (80, 24),
                "7 finished while you were away: 6 done, 1 failed  f u list, N next, esc clear",
            ),
        ],
    )
    async def test_line_fits_the_width(self, size: tuple[int, int], line: str) -> None:
        """The keys are dropped first, the last one first."""
        async with run_app(jobs=SEVEN, size=size) as running:
            assert away_line(running) == line


async def poll_at(running: RunningApp, seconds: float) -> None:
    """Let time pass, and poll all jobs without a key, which would give the app the focus."""
    running.clock.advance(seconds)
    running.app.main.job_actions.refresh_all()
    await running.until(
        lambda: all(
            job.ended or running.clock.now in (job.checked_at, job.problem_since)
            for job in running.store.jobs.values()
        )
    )


async def blur(running: RunningApp) -> None:
    """Take the focus from the terminal."""
    running.app.post_message(events.AppBlur())
    await running.until(lambda: not running.app.app_focus)


async def focus(running: RunningApp) -> None:
    """Give the focus to the terminal."""
    running.app.post_message(events.AppFocus())
    await running.until(lambda: running.app.app_focus)


async def press(running: RunningApp, *keys: str) -> None:
    """Press keys."""
    await running.pilot.press(*keys)


@pytest.mark.parametrize(
    ("leave", "come_back"),
    [
        (blur, focus),
        (lambda running: press(running, "question_mark"), lambda running: press(running, "escape")),
        (lambda running: press(running, "enter"), lambda running: press(running, "escape")),
        (
            lambda running: press(running, "slash", *"hero", "enter"),
            lambda running: press(running, "escape"),
        ),
    ],
    ids=["without focus", "behind a dialog", "in the enlarged detail", "hidden by the filter"],
)
async def test_end_that_is_not_in_view_is_unread(
    leave: Callable[[RunningApp], Awaitable[None]],
    come_back: Callable[[RunningApp], Awaitable[None]],
) -> None:
    """The mark stays until the cursor has been on the row."""
    async with run_app() as running:
        await clear_unread(running)
        await leave(running)
        await poll_at(running, 16)
        await come_back(running)
        unread = {DEMO_IDS["boxing ring"], DEMO_IDS["paper boats"]}
        await running.until(lambda: set(marked(running)) == unread)
        assert away_line(running) == ""
        await running.pilot.press("g", "N")
        assert set(marked(running)) == unread - {running.app.main.table.cursor_id}
        await running.pilot.press("N")
        assert marked(running) == []


async def test_end_in_view_is_not_unread() -> None:
    """The user has seen the row change."""
    async with run_app() as running:
        await clear_unread(running)
        await running.advance(16)
        await running.until(lambda: any("boxing ring" in toast for toast in toasts(running)))
        assert marked(running) == []
        assert not any(job.unread for job in running.store.jobs.values())


async def test_end_of_the_job_in_the_enlarged_detail_is_seen() -> None:
    """The detail shows it."""
    async with run_app() as running:
        await clear_unread(running)
        await running.move_cursor_to("paper boats")
        await running.pilot.press("enter")
        await running.advance(16)
        assert running.store.jobs[DEMO_IDS["paper boats"]].ended
        assert not running.store.jobs[DEMO_IDS["paper boats"]].unread
        assert running.store.jobs[DEMO_IDS["boxing ring"]].unread


async def test_ends_after_the_app_was_suspended_are_unread() -> None:
    """The user did not see them end, although their rows are in view again."""
    async with run_app() as running:
        await clear_unread(running)
        running.clock.advance(16)
        running.app.app_resume_signal.publish(running.app)
        await running.poll_all()
        assert len(marked(running)) == 2


class TestOutsideView:
    """Rows that are scrolled away."""

    async def test_changes_are_counted_on_their_side_until_they_are_in_view(self) -> None:
        """An end stays unread after that; another change has no mark."""
        live = [
            replace(
                ended_job(n, unread=False),
                status=Status.RUNNING,
                ended_at=None,
                history=seen(Status.RUNNING),
            )
            for n in range(60)
        ]
        async with run_app(jobs=live, size=(80, 24)) as running:
            await running.until(lambda: running.app.main.session.polling)
            await running.pilot.press("space", "s", "a")
            assert running.app.main.table.order[0] == "C0"
            for job_id, changes in (
                ("C57", {"status": Status.FAILED, "ended_at": START, "unread": True}),
                ("C58", {"status": Status.QUEUED}),
                ("C59", {"message": "still running"}),
                ("C1", {"status": Status.FAILED, "ended_at": START, "unread": True}),
            ):
                before = running.store.jobs[job_id]
                job = replace(before, checked_at=START, **changes)
                running.store.put(job)
                running.app.main.post_message(JobUpdated(replace(before, checked_at=START), job))
            await running.until(lambda: new_rows(running) == "2 new ↓ · ")
            assert not running.store.jobs["C1"].unread
            await running.pilot.press("G")
            await running.until(lambda: new_rows(running) == "")
            assert marked(running) == ["C57"]
            await running.pilot.press("g")
            assert new_rows(running) == ""

    async def test_unread_jobs_outside_the_view_are_new_on_opening(self) -> None:
        """Below the view, and above it once the user has scrolled past the others."""
        jobs = [ended_job(n, unread=n >= 40) for n in range(60)]
        async with run_app(jobs=jobs, size=(80, 24)) as running:
            await running.until(lambda: new_rows(running) == "20 new ↓ · ")
            await running.pilot.press("G")
            shown = len(running.app.main.table.visible_rows)
            await running.until(lambda: new_rows(running) == f"{20 - shown} new ↑ · ")
            await running.pilot.press("escape")
            assert new_rows(running) == ""

    async def test_jobs_of_another_process_are_new(self, tmp_path: Path) -> None:
        """Those that the user sees appear are not."""
        path = save_jobs(tmp_path / "jobs.toml", *(replace(j, unread=False) for j in SEVEN)).path
        async with run_app(jobs=[], store=open_store(path), size=(40, 18)) as running:
            await running.pilot.press("s", "a")
            await running.pilot.press("G")
            other = open_store(path)
            later = START + timedelta(seconds=1)
            other.put(*(Job(id=f"N{n}", kind="gone", added_at=later) for n in range(30)))
            other.save()
            await running.until(lambda: "30 new ↑" in new_rows(running))


class TestKeys:
    """`escape` and `N`."""

    async def test_escape_clears_unread_marks_last(self) -> None:
        """After the detail, the marks for keys and the filter."""
        async with run_app(jobs=SEVEN) as running:
            await running.pilot.press("slash", *"shot", "enter", "m", "enter")
            main = running.app.main
            await running.pilot.press("escape")
            assert not main.has_class("-enlarged")
            assert "1 marked" in footer(running)
            await running.pilot.press("escape")
            assert "marked" not in footer(running)
            assert main.job_list.filter.query.text == "shot"
            await running.pilot.press("escape")
            assert main.job_list.filter.query.text == ""
            assert "5 unread" in footer(running)
            await running.pilot.press("escape")
            assert "unread" not in footer(running)
            assert not any(job.unread for job in running.store.jobs.values())

    async def test_cleared_marks_come_back_with_undo(self) -> None:
        """All of them in one step, also that under the cursor, and the line about them."""
        async with run_app(jobs=SEVEN) as running:
            line = away_line(running)
            await running.pilot.press("escape")
            assert toasts(running) == ["Unread: 7 marks cleared. Press u to undo"]
            assert (marked(running), away_line(running)) == ([], "")
            await running.pilot.press("u")
            assert toasts(running) == [": Undone: 7 unread marks"]
            assert marked(running) == [job.id for job in SEVEN]
            await running.until(lambda: "7 unread" in footer(running))
            assert away_line(running) == line
            await running.pilot.press("U")
            assert toasts(running) == [": Redone: 7 unread marks"]
            assert marked(running) == []
            await running.until(
                lambda: not any(job.unread for job in read_jobs(running.store.path).values())
            )

    async def test_nothing_is_said_where_no_mark_was_cleared(self) -> None:
        """Rows outside the view that changed have no marks."""
        new = [replace(ended_job(n, unread=False), added_at=START) for n in range(60)]
        late = [replace(job, added_at=START + timedelta(seconds=1)) for job in new]
        async with run_app(jobs=late, size=(80, 24)) as running:
            await running.until(lambda: "new ↓" in new_rows(running))
            await running.pilot.press("escape")
            await running.until(lambda: new_rows(running) == "")
            assert toasts(running) == []
            assert running.app.main.session.edits.next_undo is None

    async def test_next_unread_goes_down_and_around(self) -> None:
        """Also in the enlarged detail; it says why it cannot act."""
        jobs = [ended_job(n, unread=n in {1, 4, 6}) for n in range(8)]
        async with run_app(jobs=jobs) as running:
            table = running.app.main.table
            await running.pilot.press("j", "j", "N")
            assert table.cursor_id == "C4"
            await running.pilot.press("enter", "N")
            assert table.cursor_id == "C6"
            await running.pilot.press("escape", "N")
            assert table.cursor_id == "C6"
            assert any("No unread jobs" in toast for toast in toasts(running))

    async def test_next_unread_is_in_the_filter(self) -> None:
        """Hidden jobs stay unread."""
        async with run_app(jobs=SEVEN) as running:
            await running.pilot.press("slash", *"failed", "enter", "j", "N")
            assert any("6 unread, hidden by the filter" in toast for toast in toasts(running))
            await running.pilot.press("escape")
            await running.pilot.press("g", "N")
            assert marked(running) == ["C2", "C3", "C4", "C5"]

    async def test_keys_of_a_dialog_are_no_look_at_the_table(self) -> None:
        """The cursor's row is covered."""
        async with run_app(jobs=SEVEN) as running:
            await running.until(lambda: len(marked(running)) == 7)
            running.app.action_help()
            await running.pilot.press("down", "up", "escape")
            assert len(marked(running)) == 7

    async def test_marks_are_characters(self) -> None:
        """They can be seen without colours; the mark for keys goes first, and the row is bold."""
        async with run_app(jobs=SEVEN) as running:
            running.app.main.selection.marks.toggle("C3")
            line = running.app.main.table.render_line(4)
            assert line.text.startswith("*")
            assert all(
                segment.style and segment.style.bold for segment in line if segment.text.strip()
            )


class TestSaving:
    """What was seen is saved, and merged with what other processes did."""

    async def test_many_rows_are_saved_once(self) -> None:
        """Moving the cursor through 200 rows is not 200 saves."""
        async with run_app(jobs=[ended_job(n) for n in range(200)]) as running:
            path = running.store.path
            before = writes(path)
            for _ in range(200):
                running.app.main.table.action_move(1)
            running.app.main.table.action_move_to(0)
            await running.until(lambda: not any(job.unread for job in read_jobs(path).values()))
            assert writes(path) - before == 1

    async def test_two_apps_on_one_file(self, tmp_path: Path) -> None:
        """Seen in one is seen in the other, without another key."""
        path = save_jobs(tmp_path / "jobs.toml", *SEVEN).path
        async with run_app(jobs=[], store=open_store(path)) as running:
            other = Store(path)
            other.load()
            other.put(*(replace(job, unread=False) for job in list(other.jobs.values())[:3]))
            other.save()
            await running.until(lambda: len(marked(running)) == 4)
            await running.pilot.press("G")
            await running.until(lambda: not read_jobs(path)["C6"].unread)
            assert [job.unread for job in read_jobs(path).values()].count(True) == 3

    async def test_undo_in_one_app_marks_the_jobs_in_another(self, tmp_path: Path) -> None:
        """Though their rows are in view there: they have not just ended. A removal there stays."""
        path = save_jobs(tmp_path / "jobs.toml", *SEVEN).path
        async with run_app(jobs=[], store=open_store(path)) as running:
            other = open_store(path)
            await running.pilot.press("escape")
            await running.until(lambda: not any(job.unread for job in read_jobs(path).values()))
            other.load()
            other.remove("C6")
            other.put(*(replace(job, unread=True) for job in list(other.jobs.values())[:2]))
            other.save()
            await running.until(lambda: len(marked(running)) == 2)
            await running.pilot.press("u")
            message = ": Undone: 4 unread marks (3 others changed elsewhere since)"
            await running.until(lambda: toasts(running) == [message])
            assert len(marked(running)) == 6
            await running.until(lambda: sum(job.unread for job in read_jobs(path).values()) == 6)
            assert "C6" not in running.store.jobs

    async def test_clearing_a_thousand_is_one_save(self) -> None:
        """Also those in the archive."""
        jobs = [ended_job(n, unread=n % 3 == 0) for n in range(3000)]
        async with run_app(jobs=jobs) as running:
            path = running.store.path
            await running.until(lambda: "1,000 unread" in footer(running))
            before = writes(path)
            await running.pilot.press("escape")
            assert "unread" not in footer(running)
            await running.pilot.press("q")
            assert writes(path) - before <= 2
            assert not any(job.unread for job in open_store(path).jobs.values())
