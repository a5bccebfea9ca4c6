"""Jobs on the main screen: shown, polled, removed, labelled, changed by other processes."""

import re

import pytest
from msgspec.structs import replace
from textual.widgets import Input

from kling_tui.gateways import BUILT_IN
from kling_tui.jobs import Exchange, Job, Status
from kling_tui.polling.backoff import PollSchedule
from kling_tui.storage.store import Store
from kling_tui.tui.messages import JobUpdated
from kling_tui.tui.screens.main import MainScreen
from kling_tui.tui.screens.reply import ReplyScreen
from kling_tui.tui.widgets.job_detail import JobDetail
from tests.support.scenes import DEMO_IDS, START, demo_jobs, run_app
from tests.support.screen_text import rows, screen_text, toasts

pytestmark = pytest.mark.slow


async def test_rows_show_each_job_until_it_ends() -> None:
    """Rows show queue position, failure and success; at the end only the lost job still runs."""
    async with run_app(size=(120, 44)) as running:
        await running.poll_all()
        assert any("queued" in row and "4th in queue" in row for row in rows(running))
        await running.advance(16)
        assert any("failed" in row and "Failure to pass" in row for row in rows(running))
        await running.advance(180)
        statuses = {job.label: job.status for job in running.store.jobs.values()}
        assert statuses.pop("lost at sea") is Status.RUNNING
        assert set(statuses.values()) == {Status.SUCCEEDED, Status.FAILED}


async def test_only_ends_seen_while_watching_make_a_toast() -> None:
    """A job that had ended before its first poll makes no toast."""
    async with run_app() as running:
        await running.poll_all()
        assert toasts(running) == []
        await running.advance(16)
        await running.until(lambda: len(toasts(running)) == 2)
        assert "boxing ring: failed: Failure to pass the risk control system" in toasts(running)
        assert "paper boats: done" in toasts(running)


async def test_many_jobs_that_end_together_share_one_toast() -> None:
    """It counts them by status, names the failed ones, and is an error if there are any."""
    async with run_app() as running:
        await running.poll_all()
        await running.advance(300)
        await running.until(lambda: any("jobs ended" in toast for toast in toasts(running)))
        assert any(
            re.search(r"jobs ended: .*\d+ done.*: .* failed$", toast) for toast in toasts(running)
        )


async def test_job_added_by_another_process_is_shown_and_polled() -> None:
    """Jobs that another process adds to or removes from the file appear and disappear."""
    async with run_app() as running:
        await running.poll_all()
        await running.move_cursor_to("hero shot")
        other = Store(running.store.path)
        other.load()
        other.put(Job(id="CjNewNewNewNewNewNewNe", kind="i2v", label="new", added_at=START))
        other.remove(DEMO_IDS["neon lotus"])
        other.save()
        await running.until(lambda: "CjNewNewNewNewNewNewNe" in running.store.jobs)
        await running.until(lambda: bool(running.store.jobs["CjNewNewNewNewNewNewNe"].checked_at))
        assert not any("neon lotus" in row for row in rows(running))
        assert running.app.main.table.cursor_id == DEMO_IDS["hero shot"]


async def test_undo_restores_a_removed_job_and_the_cursor() -> None:
    """The cursor moves to the next job; undo restores the job with all its fields."""
    async with run_app() as running:
        await running.poll_all()
        await running.move_cursor_to("product spin")
        before = running.store.jobs[DEMO_IDS["product spin"]]
        await running.pilot.press("x")
        assert DEMO_IDS["product spin"] not in running.store.jobs
        assert running.app.main.table.cursor_id == DEMO_IDS["pixel portrait"]
        await running.until(lambda: "product spin" not in running.store.path.read_text("utf-8"))
        await running.pilot.press("u")
        assert running.store.jobs[DEMO_IDS["product spin"]] == before
        assert running.app.main.table.cursor_id == DEMO_IDS["product spin"]


async def test_removed_job_is_not_polled() -> None:
    """Removing a job ends its polling."""
    async with run_app() as running:
        await running.poll_all()
        await running.move_cursor_to("lost at sea")
        await running.pilot.press("x")
        running.gateway.requests.clear()
        for _ in range(2):
            await running.advance(1)
        assert not any(
            DEMO_IDS["lost at sea"].encode() in request.body for request in running.gateway.requests
        )


async def test_pause_stops_polls_but_not_a_manual_refresh() -> None:
    """While paused, only the job that the user refreshes is polled."""
    async with run_app(schedule=PollSchedule(first=0.1, max_interval=0.1, jitter=0)) as running:
        await running.poll_all()
        await running.pilot.press("space")
        await running.until(lambda: "paused" in screen_text(running))
        running.clock.advance(1)
        await running.move_cursor_to("hero shot")
        await running.pilot.press("r")
        hero = DEMO_IDS["hero shot"]
        await running.until(lambda: running.store.jobs[hero].checked_at == running.clock.now)
        polled = [job for job in running.store.jobs.values() if job.checked_at == running.clock.now]
        assert [job.id for job in polled] == [hero]
        await running.pilot.press("space")
        await running.poll_all()
        assert "paused" not in screen_text(running)


async def test_configured_endpoint_is_shown_like_a_built_in_kind() -> None:
    """Its job has a kind, progress and a price, is found by its kind, and is in the totals."""
    async with run_app() as running:
        await running.poll_all()
        await running.pilot.press("slash", *"wan", "enter")
        (row,) = [row for row in rows(running)[1:] if row]
        assert "snow leopard" in row
        assert re.search(r" wan .* \$0\.25 .* left", row)
        assert "wan  Wan image to video" in screen_text(running)
        await running.pilot.press("escape")
        await running.advance(71)
        assert "wan $0.25" in screen_text(running)


async def test_job_without_a_price_shows_a_question_mark() -> None:
    """A model without a known price is not counted as free."""
    async with run_app() as running:
        await running.poll_all()
        (row,) = [row for row in rows(running) if "night train" in row]
        assert re.search(r" v2 .* \? ", f"{row} ")
        (row,) = [row for row in rows(running) if "paper crane" in row]
        assert re.search(r" v2 .* \$0\.35", row)
        assert "1 job without a price" in screen_text(running)


async def test_job_of_a_removed_endpoint_is_kept_and_not_polled() -> None:
    """The job stays unchanged and names the reason; keys do no harm."""
    async with run_app(endpoints=BUILT_IN) as running:
        await running.until(lambda: running.app.main.session.polling)
        await running.pilot.press("R")
        wan = DEMO_IDS["snow leopard"]
        before = running.store.jobs[wan]
        await running.pilot.press("slash", *"wan", "enter", "r")
        (row,) = [row for row in rows(running)[1:] if row]
        assert " ! " in row
        assert "the config has no endpoint 'wan' any more" in screen_text(running)
        assert running.store.jobs[wan] == before


async def test_label_is_edited_and_saved() -> None:
    """The new label is in the table and in the file, and polls keep it."""
    async with run_app() as running:
        await running.poll_all()
        await running.move_cursor_to("hero shot")
        await running.pilot.press("e")
        running.app.screen.query_one(Input).value = "the [b]hero[/b]"
        await running.pilot.press("enter")
        await running.advance(1)
        assert any("the [b]hero[/b]" in row for row in rows(running))
        await running.until(lambda: "the [b]hero[/b]" in running.store.path.read_text("utf-8"))


async def test_job_removed_by_another_process_while_others_change() -> None:
    """In whatever order the changes arrive, the rows are the jobs that are left."""
    async with run_app() as running:
        await running.poll_all()
        other = Store(running.store.path)
        await running.until(lambda: not running.store.dirty)
        other.load()
        _, removed, changed, *_ = running.app.main.table.order
        other.remove(removed)
        other.put(replace(other.jobs[changed], label="by another"))
        other.save()
        await running.until(lambda: any("by another" in row for row in rows(running)))
        assert removed not in running.app.main.table.order
        running.app.main.post_message(JobUpdated(running.store.jobs[changed], demo_jobs()[1]))
        await running.pilot.press("x", "j")
        assert set(running.app.main.table.order) == set(running.store.jobs)


async def test_last_response_is_shown_with_status_headers_and_json() -> None:
    """The reply is unchanged, and the API key is nowhere."""
    async with run_app() as running:
        await running.poll_all()
        await running.move_cursor_to("hero shot")
        await running.pilot.press("i")
        statics = running.app.screen.query("#reply Static")
        exchange, reply = (str(static.render()) for static in statics)
        assert exchange.startswith("POST /kling-ai-polling/v1/getImageToVideoStatus\nHTTP 200 OK, ")
        assert "content-type: application/json" in exchange
        assert running.gateway.key not in exchange
        assert '"task_status": "submitted"' in reply
        await running.pilot.press("escape")
        assert isinstance(running.app.screen, MainScreen)


async def test_jobs_with_equal_labels_have_different_names_everywhere() -> None:
    """In their rows, in the title of the detail, and in the toast when one is removed."""
    jobs = [replace(job, label="fox") for job in demo_jobs()[:2]]
    names = [f"fox #{job.id[-4:]}" for job in jobs]
    async with run_app(jobs=jobs) as running:
        shown = "\n".join(rows(running))
        assert all(name in shown for name in names)
        running.app.main.table.move_to_job(jobs[0].id)
        detail = running.app.main.query_one(JobDetail)
        await running.until(lambda: str(detail.border_title) == names[0])
        await running.pilot.press("x")
        assert toasts(running) == [f"{names[0]}: Removed. Press u to undo"]
        assert not any("#" in row for row in rows(running)), "the other needs no suffix any more"


@pytest.mark.parametrize(("key", "first_line"), [("y", "{"), ("Y", "POST /v1/status")])
async def test_last_response_can_be_copied(key: str, first_line: str) -> None:
    """The JSON alone, or all that is shown."""
    exchange = Exchange("POST", "/v1/status", 500, START, 0.2, ("server: demo",))
    job = replace(demo_jobs()[0], status=Status.FAILED, reply='{\n  "a": 1\n}', exchange=exchange)
    copied: list[str] = []

    def copy(text: str) -> str:
        copied.append(text)
        return "Sent to the clipboard"

    async with run_app(jobs=[]) as running:
        running.app.push_screen(ReplyScreen(job, copy))
        await running.until(lambda: isinstance(running.app.screen, ReplyScreen))
        await running.pilot.press(key)
        await running.until(lambda: bool(copied))
        pane = running.app.screen.query_one("#reply")
        assert str(pane.border_subtitle) == "Sent to the clipboard"
    assert copied[0].splitlines()[0] == first_line
    assert copied[0].endswith('{\n  "a": 1\n}')
    assert ("server: demo" in copied[0]) == (key == "Y")
