"""The main screen, by its keys, on the demo gateway over HTTP."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from textual.theme import BUILTIN_THEMES
from textual.widgets import Input, OptionList

from kling_tui.demo import DEMO_JOBS, DemoJob, Moment, Response, error_response, json_response
from kling_tui.gateways import BUILT_IN
from kling_tui.jobs import Job, Status
from kling_tui.polling.rate_limiter import PollSchedule
from kling_tui.storage.store import Store
from kling_tui.tui.messages import JobUpdated
from kling_tui.tui.screens.links import LinksScreen
from kling_tui.tui.screens.main import MainScreen
from kling_tui.tui.widgets.cost_footer import CostFooter
from kling_tui.tui.widgets.job_detail import JobDetail
from kling_tui.tui.widgets.job_table import JobTable
from tests.support.scenes import START, Stage, running, staged_jobs

LABELS = {staged.label: staged.id for staged in DEMO_JOBS}


def table(stage: Stage) -> JobTable:
    """Return the job table."""
    return stage.app.main.table


def rows(stage: Stage) -> list[str]:
    """Return the table's lines as they are on screen."""
    shown = table(stage)
    return [shown.render_line(y).text.rstrip() for y in range(shown.size.height)]


def words(stage: Stage) -> str:
    """Return all that the main screen says around the table."""
    detail = stage.app.main.query_one("#facts").render()
    costs = stage.app.main.query_one(CostFooter).render()
    banner = stage.app.main.query_one("#banner")
    return f"{banner.render() if banner.display else ''}\n{detail}\n{costs}"


def toasts(stage: Stage) -> list[str]:
    """Return what the toasts say."""
    return [f"{each.title}: {each.message}" for each in stage.app._notifications]  # noqa: SLF001


async def elapsed(stage: Stage) -> list[str]:
    """Return the elapsed times that are on the screen."""
    return re.findall(r"(?<=[;>])\d+:\d\d(?=[&<])", await stage.picture())


async def put_cursor_on(stage: Stage, label: str) -> None:
    """Move the cursor to a job, and wait until all of it is shown."""
    table(stage).move_to_job(LABELS[label])
    await stage.until(lambda: LABELS[label] in words(stage))


async def test_jobs_of_all_kinds_move_to_their_ends() -> None:
    """What the gateway says of each job stands in its row, from first to last."""
    async with running() as stage:
        await stage.all_polled()
        assert any("queued" in row and "4th in queue" in row for row in rows(stage))
        await stage.later(16)
        assert any("failed" in row and "Failure to pass" in row for row in rows(stage))
        await stage.later(180)
        states = {job.label: job.status for job in stage.store.jobs.values()}
        assert states.pop("lost at sea") is Status.RUNNING
        assert set(states.values()) == {Status.SUCCEEDED, Status.FAILED}


async def test_what_ended_before_it_was_first_asked_about_makes_no_toast() -> None:
    """A toast tells of an end that happened while somebody could watch."""
    async with running() as stage:
        await stage.all_polled()
        assert toasts(stage) == []
        await stage.later(16)
        await stage.until(lambda: len(toasts(stage)) == 2)
        assert "boxing ring: Failure to pass the risk control system" in toasts(stage)
        assert "paper boats: done" in toasts(stage)


async def test_many_ends_at_once_share_a_toast() -> None:
    """Ten jobs that end together do not cover the screen."""
    async with running() as stage:
        await stage.all_polled()
        await stage.later(300)
        await stage.until(lambda: any("jobs ended" in each for each in toasts(stage)))


async def test_the_cursor_stays_on_its_job() -> None:
    """Neither ends of other jobs, nor another order, nor a filter moves the cursor to another."""
    async with running() as stage:
        await stage.all_polled()
        await put_cursor_on(stage, "glass harbor")
        await stage.later(16)
        for key in ("s", "s", "S", "s"):
            await stage.pilot.press(key)
            assert table(stage).cursor_id == LABELS["glass harbor"]
        await stage.pilot.press("slash", *"harbor", "enter")
        assert table(stage).cursor_id == LABELS["glass harbor"]
        await stage.pilot.press("escape")
        assert table(stage).cursor_id == LABELS["glass harbor"]


async def test_a_job_that_arrives_elsewhere_is_shown_and_polled() -> None:
    """What another process writes into the file appears here, under a cursor that stays."""
    async with running() as stage:
        await stage.all_polled()
        await put_cursor_on(stage, "hero shot")
        other = Store(stage.store.path)
        other.load()
        other.put(Job(id="CjNewNewNewNewNewNewNe", kind="i2v", label="new", added_at=START))
        other.remove(LABELS["neon lotus"])
        other.save()
        await stage.until(lambda: "CjNewNewNewNewNewNewNe" in stage.store.jobs)
        await stage.until(lambda: bool(stage.store.jobs["CjNewNewNewNewNewNewNe"].checked_at))
        assert not any("neon lotus" in row for row in rows(stage))
        assert table(stage).cursor_id == LABELS["hero shot"]


async def test_no_row_moves_because_time_passes() -> None:
    """A tick changes what rows say, not where they are."""
    async with running() as stage:
        await stage.all_polled()
        await stage.pilot.press("space")
        before = [row[14:34] for row in rows(stage)]
        stage.clock.advance(40)
        await stage.until(lambda: any("0:44" in row for row in rows(stage)))
        assert [row[14:34] for row in rows(stage)] == before


async def test_removal_takes_the_job_under_the_cursor_and_undo_brings_it_back() -> None:
    """The neighbour gets the cursor; undo restores all that was known."""
    async with running() as stage:
        await stage.all_polled()
        await put_cursor_on(stage, "product spin")
        before = stage.store.jobs[LABELS["product spin"]]
        await stage.pilot.press("x")
        assert LABELS["product spin"] not in stage.store.jobs
        assert table(stage).cursor_id == LABELS["pixel portrait"]
        await stage.until(lambda: "product spin" not in stage.store.path.read_text("utf-8"))
        await stage.pilot.press("u")
        assert stage.store.jobs[LABELS["product spin"]] == before
        assert table(stage).cursor_id == LABELS["product spin"]


async def test_a_removed_job_is_asked_about_no_more() -> None:
    """Removal ends the polling too."""
    async with running() as stage:
        await stage.all_polled()
        await put_cursor_on(stage, "lost at sea")
        await stage.pilot.press("x")
        stage.gateway.requests.clear()
        for _ in range(2):
            await stage.later(1)
        assert not any(
            LABELS["lost at sea"].encode() in each.body for each in stage.gateway.requests
        )


async def test_pause_stops_polls_but_not_a_refresh() -> None:
    """While paused only what is asked for by a key is asked."""
    async with running(schedule=PollSchedule(first=0.1, max_interval=0.1, jitter=0)) as stage:
        await stage.all_polled()
        await stage.pilot.press("space")
        await stage.until(lambda: "paused" in words(stage))
        stage.clock.advance(1)
        await put_cursor_on(stage, "hero shot")
        await stage.pilot.press("r")
        hero = LABELS["hero shot"]
        await stage.until(lambda: stage.store.jobs[hero].checked_at == stage.clock.now)
        asked = [job for job in stage.store.jobs.values() if job.checked_at == stage.clock.now]
        assert [job.id for job in asked] == [hero]
        await stage.pilot.press("space")
        await stage.all_polled()
        assert "paused" not in words(stage)


async def test_the_filter_hides_rows_but_not_their_money() -> None:
    """The totals are of all jobs, and the number of hidden ones is said."""
    async with running() as stage:
        await stage.all_polled()
        spent = next(line for line in words(stage).splitlines() if "spent" in line)
        await stage.pilot.press("slash", *"o1", "space", *"done", "enter")
        shown = [row for row in rows(stage)[1:] if row]
        assert len(shown) == 2
        assert all("o1" in row and "done" in row for row in shown)
        assert spent in words(stage)
        assert f"{len(DEMO_JOBS) - 2} hidden by the filter" in words(stage)
        await stage.pilot.press("escape")
        assert len([row for row in rows(stage)[1:] if row]) == len(DEMO_JOBS)


async def test_an_endpoint_of_the_config_is_a_kind_like_any_other() -> None:
    """Its job has its kind, its progress and its price, is found by its kind, and adds up."""
    async with running() as stage:
        await stage.all_polled()
        await stage.pilot.press("slash", *"wan", "enter")
        (row,) = [row for row in rows(stage)[1:] if row]
        assert "snow leopard" in row
        assert re.search(r" wan .* left .* \$0\.25", row)
        assert "wan  Wan image to video" in words(stage)
        await stage.later(71)
        assert "wan $0.25" in words(stage)


async def test_a_price_that_nobody_knows_is_counted_apart() -> None:
    """A job of the unified call whose model has no price shows a question mark, and no zero."""
    async with running() as stage:
        await stage.all_polled()
        (row,) = [row for row in rows(stage) if "night train" in row]
        assert re.search(r" v2 .* \? ", f"{row} ")
        (row,) = [row for row in rows(stage) if "paper crane" in row]
        assert re.search(r" v2 .* \$0\.35", row)
        assert "1 job without a price" in words(stage)


async def test_an_endpoint_that_has_gone_from_the_config() -> None:
    """Its job stays as it was, says why, and is not asked about; keys do no harm."""
    async with running(endpoints=BUILT_IN) as stage:
        await stage.until(lambda: stage.app.main.session.polling)
        await stage.pilot.press("R")
        wan = LABELS["snow leopard"]
        before = stage.store.jobs[wan]
        await stage.pilot.press("slash", *"wan", "enter", "r")
        (row,) = [row for row in rows(stage)[1:] if row]
        assert " ! " in row
        assert "the config has no endpoint 'wan' any more" in words(stage)
        assert stage.store.jobs[wan] == before


async def test_a_filter_without_matches_says_so() -> None:
    """An empty table is explained."""
    async with running() as stage:
        await stage.pilot.press("slash", *"nothing-like-it", "enter")
        assert any("No job matches" in row for row in rows(stage))
        await stage.pilot.press("j", "k", "x", "e", "enter", "y", "i", "end", "pagedown")
        assert len(stage.store.jobs) == len(DEMO_JOBS)


async def test_orders_cycle_reverse_and_are_remembered(tmp_path) -> None:  # type: ignore[no-untyped-def]
    """The order and the theme are the same the next time."""
    file = tmp_path / "view.toml"
    async with running(preferences_file=file) as stage:
        await stage.pilot.press("s", "s", "s", "S")
        assert stage.app.main.current_sort == ("job", True)
        stage.app.theme = "nord"
        await stage.pilot.press("q")
    async with running(preferences_file=file) as stage:
        assert stage.app.main.current_sort == ("job", True)
        assert stage.app.theme == "nord"
    async with running(preferences_file=file, theme="textual-light") as stage:
        assert stage.app.theme == "textual-light"


async def test_clicks_sort_select_and_open() -> None:
    """The mouse does what the keys do."""
    async with running() as stage:
        await stage.all_polled()
        await stage.pilot.click(JobTable, offset=(17, 1))
        assert stage.app.main.current_sort == ("job", False)
        await stage.pilot.click(JobTable, offset=(17, 1))
        assert stage.app.main.current_sort == ("job", True)
        await stage.pilot.click(JobTable, offset=(20, 4))
        label = rows(stage)[3][14:30].strip()
        assert table(stage).cursor_id == LABELS[label]
        await stage.pilot.click(JobTable, offset=(20, 4), times=2)
        assert stage.app.main.has_class("-enlarged")


async def test_a_label_is_edited_and_saved() -> None:
    """The new label stands in the table, in the file, and survives the polls."""
    async with running() as stage:
        await stage.all_polled()
        await put_cursor_on(stage, "hero shot")
        await stage.pilot.press("e")
        stage.app.screen.query_one(Input).value = "the [b]hero[/b]"
        await stage.pilot.press("enter")
        await stage.later(1)
        assert any("the [b]hero[/b]" in row for row in rows(stage))
        await stage.until(lambda: "the [b]hero[/b]" in stage.store.path.read_text("utf-8"))


async def test_the_detail_pane_takes_the_whole_screen_and_keys_still_work() -> None:
    """Enter enlarges the detail, in which the job's keys go on working; escape returns."""
    async with running(size=(80, 24)) as stage:
        await stage.all_polled()
        await put_cursor_on(stage, "product spin")
        await stage.pilot.press("enter")
        pane = stage.app.main.query_one(JobDetail)
        assert pane.size.height > 15
        await stage.pilot.press("y")
        assert isinstance(stage.app.screen, LinksScreen)
        await stage.pilot.press("escape", "escape")
        assert table(stage).display
        assert table(stage).has_focus


async def test_the_detail_is_of_the_job_on_which_the_cursor_rests() -> None:
    """Keys that come fast move the cursor at once, and the detail when they have ended."""
    async with running() as stage:
        await stage.all_polled()
        await stage.pilot.press("g", *"jjjjj")
        cursor = table(stage).cursor_id
        assert cursor == table(stage).order[5]
        await stage.until(lambda: cursor in words(stage))


async def test_what_is_enlarged_follows_every_key() -> None:
    """Where nothing but one job is seen, each is shown that the cursor passes."""
    async with running() as stage:
        await stage.all_polled()
        await stage.pilot.press("enter")
        for line in (1, 2, 3):
            await stage.pilot.press("right_square_bracket")
            assert table(stage).order[line] in words(stage)


async def test_a_job_that_another_program_removes_while_others_change() -> None:
    """Whatever is heard first of what another program did, the rows are those that are left."""
    async with running() as stage:
        await stage.all_polled()
        other = Store(stage.store.path)
        await stage.until(lambda: not stage.store.dirty)
        other.load()
        _, removed, changed, *_ = table(stage).order
        other.remove(removed)
        other.put(replace(other.jobs[changed], label="by another"))
        other.save()
        await stage.until(lambda: any("by another" in row for row in rows(stage)))
        assert removed not in table(stage).order
        stage.app.main.post_message(JobUpdated(stage.store.jobs[changed], staged_jobs()[1]))
        await stage.pilot.press("x", "j")
        assert set(table(stage).order) == set(stage.store.jobs)


@pytest.mark.parametrize("y", [8.0, 8.2])
async def test_rows_go_on_after_a_scroll(y: float) -> None:
    """Wherever a scrollbar is let go, the rows on screen tell the time."""
    jobs = [replace(job, id=f"{job.id[:-2]}{n:02}") for n in range(4) for job in staged_jobs()[:4]]
    async with running(size=(120, 20), jobs=jobs) as stage:
        stage.app.main.session.pause(paused=True)
        table(stage).scroll_to(y=8.0, animate=False)
        await stage.pilot.pause()
        table(stage).scroll_to(y=y, animate=False)
        await stage.pilot.pause()
        before = await elapsed(stage)
        stage.clock.advance(100)
        stage.app.main.tick()
        after = await elapsed(stage)
        assert len(before) == len(after) > 3
        assert all(one != other for one, other in zip(before, after, strict=True))


async def test_every_fact_of_a_reply_is_in_the_detail() -> None:
    """Ids, lengths, sizes, types, prompt, times, links and cost are all there."""
    async with running() as stage:
        await stage.all_polled()
        await put_cursor_on(stage, "morning silk")
        shown = words(stage)
        job = stage.store.jobs[LABELS["morning silk"]]
        for part in (
            "5 s",
            "1280×720",
            "video/mp4",
            "@Image1",
            "16:9",
            "COMPLETED",
            "$0.90",
            job.id,
        ):
            assert part in shown
        assert job.videos[0].url in shown.replace("\n           ", "")


async def test_the_last_reply_is_shown_as_json() -> None:
    """A key shows what the gateway said, word for word."""
    async with running() as stage:
        await stage.all_polled()
        await put_cursor_on(stage, "hero shot")
        await stage.pilot.press("i")
        shown = str(stage.app.screen.query("Static").first().render())
        assert '"task_status": "submitted"' in shown
        await stage.pilot.press("escape")
        assert isinstance(stage.app.screen, MainScreen)


async def test_hostile_words_stay_words() -> None:
    """Markup and control characters in a reply neither crash the app nor become colours."""
    evil = "[/nope] [red]x[/] [@click=app.quit]go[/] \x1b[31m \u202e"

    def script(_job: DemoJob, _moment: Moment) -> Response:
        data = {"task_id": "x", "task_status": evil, "task_status_msg": evil}
        return json_response({"code": 0, "message": evil, "data": data})

    job = Job(id="CjEvilEvilEvilEvilEvil", kind="i2v", label="[/x]", added_at=START)
    async with running(jobs=[job], size=(200, 40)) as stage:
        stage.gateway.add_job(DemoJob(job.id, "i2v", "evil", 0, script))
        await stage.later(5)
        await stage.until(lambda: "[red]x[/]" in words(stage))
        assert "\x1b" not in words(stage)
        await stage.pilot.press("i", "escape", "x")
        await stage.until(lambda: any("[/x]" in each for each in toasts(stage)))


async def test_a_problem_is_shown_with_its_age_and_the_job_stays_as_it_was() -> None:
    """A poll that fails marks the row, explains itself, and passes."""
    replies = {"faulty": True}

    def script(_job: DemoJob, _moment: Moment) -> Response:
        if replies["faulty"]:
            return error_response(500, "An unexpected error occurred, please try again later")
        data = {"task_id": "x", "task_status": "processing"}
        return json_response({"code": 0, "message": "IN_PROGRESS", "data": data})

    job = replace(staged_jobs()[0], id="CjFaultFaultFaultFault", label="faulty")
    async with running(jobs=[job], size=(200, 40)) as stage:
        stage.gateway.add_job(DemoJob(job.id, "i2v", "faulty", 0, script))
        await stage.later(5)
        assert any("new !" in row and "the gateway is" in row for row in rows(stage))
        assert "in trouble (500): An unexpected error occurred" in words(stage)
        stage.clock.advance(120)
        await stage.until(lambda: "for 2 min" in words(stage))
        replies["faulty"] = False
        await stage.later(1)
        assert any("running" in row and "trouble" not in row for row in rows(stage))


async def test_a_429_is_visible_and_names_when_polling_goes_on() -> None:
    """The footer says that the gateway slows us, and until when."""

    def script(_job: DemoJob, _moment: Moment) -> Response:
        return error_response(429, "Rate limit exceeded", {"Retry-After": "30"})

    job = replace(staged_jobs()[0], id="CjSlowSlowSlowSlowSlow")
    async with running(jobs=[job], schedule=PollSchedule(first=1.0, jitter=0.0)) as stage:
        stage.gateway.add_job(DemoJob(job.id, "i2v", "slow", 0, script))
        await stage.later(1)
        until = (stage.clock.now + timedelta(seconds=30)).strftime("%H:%M:")
        await stage.until(lambda: f"retry at {until}" in words(stage))
        assert "rate-limited (429)" in words(stage)


async def test_a_refused_key_has_a_banner_and_no_job_fails() -> None:
    """A key that is not let in is said once and clearly, and hammers nobody."""
    replies = {"refused": True}

    def script(_job: DemoJob, _moment: Moment) -> Response:
        if replies["refused"]:
            return error_response(401, "Invalid or missing authentication")
        return json_response({"code": 0, "data": {"task_status": "processing"}})

    jobs = [replace(staged_jobs()[0], id=f"CjKeyKeyKeyKeyKeyKey{n:02}") for n in range(20)]
    async with running(jobs=jobs, schedule=PollSchedule(first=1.0, jitter=0.0)) as stage:
        for job in jobs:
            stage.gateway.add_job(DemoJob(job.id, "i2v", "refused", 0, script))
        await stage.until(lambda: "i2v: the gateway refuses the key" in words(stage))
        assert all(job.status is Status.UNKNOWN for job in stage.store.jobs.values())
        assert len(stage.gateway.requests) <= 8
        replies["refused"] = False
        await stage.pilot.press("r")
        await stage.until(lambda: "refuses" not in words(stage))


async def test_a_gateway_that_is_away_is_said_to_be() -> None:
    """Without an answer the footer says so; jobs keep their state; recovery is noticed."""
    async with running(schedule=PollSchedule(first=0.2, max_interval=0.4, jitter=0.0)) as stage:
        await stage.all_polled()
        before = {job.id: job.status for job in stage.store.jobs.values()}
        stage.gateway.stop()
        await stage.until(lambda: "unreachable for" in words(stage))
        assert {job.id: job.status for job in stage.store.jobs.values()} == before
        stage.gateway.start()
        await stage.pilot.press("R")
        await stage.until(lambda: "gateway OK" in words(stage))


async def test_a_save_that_fails_is_said_until_one_succeeds() -> None:
    """What cannot be saved is not lost: it says so, and is saved when that works again."""
    async with running() as stage:
        await stage.all_polled()
        good = stage.store.path.read_text("utf-8")
        stage.store.path.write_text("not [toml", "utf-8")
        await stage.pilot.press("x")
        await stage.until(lambda: "Not saved" in words(stage) and "line 1" in words(stage))
        await stage.pilot.press("q")
        assert stage.app.is_running
        stage.store.path.write_text(good, "utf-8")
        await stage.until(lambda: "Not saved" not in words(stage))
        assert stage.store.path.read_text("utf-8") != good


ADDED = "842250903629086785"


@pytest.mark.parametrize(
    ("pasted", "kind"),
    [
        (ADDED, "i2v"),
        ("a1b2c3d4-e5f6-7890-g1h2-i3j4k5l6m7n8", "o1"),
        ('{"code": 0, "data": {"task_id": "842250903629086785"}}', "i2v"),
        ("klingai-video_019da2c4-0000-7c3a-9f52-6d0e8b41a7f3", "v2"),
        ("wan-0123456789abcdef", "wan"),
    ],
)
async def test_what_is_pasted_is_tracked_and_polled(pasted: str, kind: str) -> None:
    """An id or a submit call's reply becomes a job, with its kind, price and label."""
    async with running() as stage:
        await stage.pilot.press("a")
        stage.app.screen.query_one("#paste").text = pasted  # type: ignore[attr-defined]
        stage.app.screen.query_one("#label", Input).value = "pasted"
        await stage.pilot.press("enter")
        added = [job for job in stage.store.jobs.values() if job.label == "pasted"]
        assert [job.kind for job in added] == [kind]
        assert added[0].price is not None
        assert table(stage).cursor_id == added[0].id
        await stage.until(lambda: bool(stage.store.jobs[added[0].id].checked_at))


async def test_nothing_is_tracked_before_what_is_wrong_was_said() -> None:
    """The first Enter says what cannot be tracked; the kind can be given; the second tracks."""
    async with running() as stage:
        await stage.pilot.press("a")
        await stage.paste(f"{ADDED} take-12 {LABELS['hero shot']}")
        await stage.pilot.press("enter")
        assert len(stage.store.jobs) == len(DEMO_JOBS)
        listed = stage.app.screen.query_one("#found", OptionList)
        shown = [str(option.prompt) for option in listed.options]
        assert "i2v" in shown[0]
        assert "no known kind" in shown[1]
        assert "already tracked" in shown[2]
        await stage.pilot.press("tab", "tab", "down", "ctrl+k")
        assert "take-12  i2v" in str(listed.options[1].prompt)
        for kind in ("o1", "v2", "wan", "i2v", "o1"):
            await stage.pilot.press("ctrl+k")
            assert f"take-12  {kind}" in str(listed.options[1].prompt)
        await stage.pilot.press("enter")
        assert stage.store.jobs["take-12"].kind == "o1"
        assert stage.store.jobs[ADDED].kind == "i2v"
        assert len(stage.store.jobs) == len(DEMO_JOBS) + 2


async def test_keys_can_be_remapped() -> None:
    """A key from the config replaces the built-in one, in the help too."""
    async with running(keys={"remove": "delete"}) as stage:
        await stage.pilot.press("x")
        assert len(stage.store.jobs) == len(DEMO_JOBS)
        await stage.pilot.press("delete")
        assert len(stage.store.jobs) == len(DEMO_JOBS) - 1
        await stage.pilot.press("question_mark")
        shown = str(stage.app.screen.query("Static").first().render())
        assert "del  Stop tracking this job" in shown


async def test_every_key_is_in_the_palette() -> None:
    """What has a key and can be done now can also be found by its name."""
    async with running() as stage:
        await stage.all_polled()
        names = {each.title for each in stage.app.get_system_commands(stage.app.screen)}
        assert {"Add", "Remove", "Refresh", "Pause", "Filter", "Sort", "Label", "Quit"} <= names


@pytest.mark.parametrize("size", [(40, 10), (41, 13), (60, 20), (80, 24), (139, 30), (250, 70)])
async def test_any_size_shows_the_jobs(size: tuple[int, int]) -> None:
    """From 40×10 on every screen shows the table, whole rows, and no more than fits."""
    async with running(size=size) as stage:
        await stage.all_polled()
        shown = rows(stage)
        assert "Job" in shown[0]
        assert any("rooftop" in row for row in shown)
        await stage.pilot.press("a", "escape", "question_mark", "escape", "enter", "escape", "end")
        await stage.pilot.resize_terminal(120, 40)
        await stage.pilot.resize_terminal(*size)
        assert table(stage).cursor_id is not None


@pytest.mark.parametrize("theme", sorted(BUILTIN_THEMES))
async def test_every_theme_has_all_the_colours_it_needs(theme: str) -> None:
    """The app opens in each of Textual's themes, and marks the cursor's row in it."""
    async with running(theme=theme) as stage:
        await stage.pilot.pause()
        assert stage.app.theme == theme
        row, other = (table(stage).render_line(y) for y in (1, 2))
        assert row.text.startswith("▌")
        assert list(row)[-1].style != list(other)[-1].style
