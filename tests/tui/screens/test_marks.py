"""Marks, and the keys that act on all that are marked."""

from kling_tui.demo import DEMO_JOBS
from kling_tui.tui.marks import Marks
from kling_tui.tui.screens.links import LinksScreen
from kling_tui.tui.widgets.cost_footer import CostFooter
from tests.support.scenes import RunningApp, run_app


def marked(stage: RunningApp) -> list[str]:
    """Return the ids of the rows that bear the sign of a mark."""
    table = stage.app.main.table
    return [
        job_id
        for line, job_id in enumerate(table.order, 1)
        if line < table.size.height and table.render_line(line).text.startswith("*")
    ]


def footer(stage: RunningApp) -> str:
    """Return what the footer says."""
    return str(stage.app.main.query_one(CostFooter).render())


def test_a_range_goes_from_the_last_mark() -> None:
    """Upwards as well as down, and from the job itself where nothing was marked before."""
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


def test_all_or_none() -> None:
    """All that are shown are marked, unless they are; what is not shown stays as it is."""
    marks = Marks()
    marks.toggle("hidden")
    marks.toggle("a")
    marks.toggle_all(["a", "b"])
    assert sorted(marks) == ["a", "b", "hidden"]
    marks.toggle_all(["a", "b"])
    assert sorted(marks) == ["hidden"]


async def test_marks_show_and_follow_their_jobs() -> None:
    """Neither another order nor the filter moves a mark to another job; escape takes all away."""
    async with run_app() as stage:
        await stage.poll_all()
        order = list(stage.app.main.table.order)
        await stage.pilot.press("g", "m", "m", "j", "M")
        assert marked(stage) == order[:4]
        assert "4 marked" in footer(stage)
        await stage.pilot.press("s", "S")
        assert set(marked(stage)) == set(order[:4])
        label = stage.store.jobs[order[0]].label
        await stage.pilot.press("slash", *label.replace(" ", ""), "enter")
        assert "4 marked (4 hidden)" in footer(stage)
        await stage.pilot.press("escape")
        assert "marked" not in footer(stage)
        assert "hidden by the filter" in footer(stage)
        await stage.pilot.press("escape")
        assert "hidden" not in footer(stage)


async def test_a_mark_can_be_read_without_colours() -> None:
    """The sign is a character, and stands under the cursor too."""
    async with run_app() as stage:
        await stage.pilot.press("g", "m", "k")
        assert stage.app.main.table.cursor_id in stage.app.main.table.order[:1]
        assert stage.app.main.table.render_line(1).text.startswith("*")


async def test_many_are_removed_and_come_back_at_once() -> None:
    """One key removes all that are marked, one undo restores them as they were."""
    async with run_app() as stage:
        await stage.poll_all()
        before = dict(stage.store.jobs)
        await stage.pilot.press("slash", *"o1", "enter", "asterisk")
        chosen = {job.id for job in stage.app.main.selection.targets}
        assert chosen == {job.id for job in before.values() if job.kind == "o1"}
        await stage.pilot.press("x")
        assert set(before) - set(stage.store.jobs) == chosen
        assert "marked" not in footer(stage)
        assert any("Removed" in each.message for each in stage.app._notifications)  # noqa: SLF001
        await stage.pilot.press("escape", "x", "u")
        assert set(before) - set(stage.store.jobs) == chosen
        await stage.pilot.press("u")
        assert stage.store.jobs == before
        assert not list(stage.app._notifications)  # noqa: SLF001


async def test_many_are_labelled_and_refreshed() -> None:
    """The label is given to all; only what is marked is asked about."""
    async with run_app() as stage:
        await stage.poll_all()
        await stage.pilot.press("g", "m", "m", "m")
        chosen = {job.id for job in stage.app.main.selection.targets}
        await stage.pilot.press("e", *"batch", "enter")
        assert {job.id for job in stage.store.jobs.values() if job.label == "batch"} == chosen
        stage.gateway.requests.clear()
        stage.clock.advance(1)
        live = [each for each in stage.app.main.selection.targets if not each.ended]
        await stage.pilot.press("r")
        now = stage.clock.now
        await stage.until(lambda: all(stage.store.jobs[job.id].checked_at == now for job in live))
        for job in stage.store.jobs.values():
            assert job.id in chosen or not any(
                job.id.encode() in each.body for each in stage.gateway.requests
            )


async def test_many_are_copied_one_a_line() -> None:
    """All URLs of all that are marked are shown whole, and can be selected."""
    async with run_app() as stage:
        await stage.poll_all()
        await stage.pilot.press("asterisk", "y")
        dialog = stage.app.screen
        assert isinstance(dialog, LinksScreen)
        urls = [video.url for job in stage.store.jobs.values() for video in job.videos]
        assert len(urls) > 1
        assert str(dialog.query_one("#links").render()) == "\n".join(urls)
        dialog.query_one("#links").text_select_all()
        assert dialog.get_selected_text() == "\n".join(urls)
        await stage.pilot.press("escape", "Y")
        assert str(stage.app.screen.query_one("#links").render()).split() == [
            staged.id for staged in DEMO_JOBS
        ]


async def test_the_enlarged_detail_acts_on_its_own_job() -> None:
    """Where marks cannot be seen they do not count; the neighbours are a key away."""
    async with run_app() as stage:
        await stage.poll_all()
        order = list(stage.app.main.table.order)
        await stage.pilot.press("asterisk", "g", "enter")
        assert [job.id for job in stage.app.main.selection.targets] == [order[0]]
        await stage.pilot.press("right_square_bracket", "right", "left")
        assert [job.id for job in stage.app.main.selection.targets] == [order[1]]
        await stage.pilot.press("escape")
        assert len(stage.app.main.selection.targets) == len(order)


async def test_the_enlarged_detail_scrolls() -> None:
    """The keys of the table move through the detail where it has the screen."""
    async with run_app(size=(40, 10)) as stage:
        await stage.poll_all()
        await stage.pilot.press("G", "enter")
        pane = stage.app.main.query_one("#detail")
        await stage.pilot.press("j", "down", "j")
        await stage.until(lambda: pane.scroll_offset.y == 3)
        await stage.pilot.press("k")
        await stage.until(lambda: pane.scroll_offset.y == 2)
        await stage.pilot.press("G")
        await stage.until(lambda: pane.scroll_offset.y == pane.max_scroll_y)


async def test_pause_is_resume_while_paused() -> None:
    """The footer names what the key would do, and no poll is announced meanwhile."""

    def shown(stage: RunningApp) -> list[str]:
        return [
            active.binding.description
            for active in stage.app.screen.active_bindings.values()
            if active.binding.key == "p"
        ]

    async with run_app(keys={"pause": "p"}) as stage:
        await stage.poll_all()
        assert shown(stage) == ["Pause"]
        assert "next poll" in str(stage.app.main.query_one("#facts").render())
        await stage.pilot.press("p")
        assert shown(stage) == ["Resume"]
        assert "next poll" not in str(stage.app.main.query_one("#facts").render())
        await stage.pilot.press("p")
        assert not stage.app.main.session.paused


async def test_the_palette_tells_the_keys() -> None:
    """Each command's help begins with its key, as it is bound now."""
    async with run_app(keys={"remove": "delete"}) as stage:
        await stage.poll_all()
        helps = {each.title: each.help for each in stage.app.get_system_commands(stage.app.screen)}
        assert helps["Remove"].startswith("del  ")
        assert helps["Down"].startswith("↓ j  ")
