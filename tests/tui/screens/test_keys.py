"""Keys, their hints and the palette."""

import pytest
from msgspec.structs import replace
from textual.actions import parse

from kling_tui.demo import DEMO_JOBS, DemoJob, Moment, Response, error_response
from kling_tui.tui.app import KlingApp
from kling_tui.tui.screens.bindings import KEYS
from kling_tui.tui.screens.help import KeyGroup
from kling_tui.tui.screens.job_actions import JobActions
from kling_tui.tui.screens.main import MainScreen
from kling_tui.tui.screens.result_actions import ResultActions
from kling_tui.tui.screens.view_actions import ViewActions
from kling_tui.tui.screens.view_selection import ViewSelection
from kling_tui.tui.widgets.detail_fields import DetailFields
from tests.support.scenes import RunningApp, demo_jobs, run_app
from tests.support.screen_text import rows, screen_text, toasts

pytestmark = pytest.mark.slow


async def test_remapped_key_replaces_the_default() -> None:
    """A key of the config replaces the default one, in the help too."""
    async with run_app(keys={"remove": "delete"}) as running:
        await running.pilot.press("x")
        assert len(running.store.jobs) == len(DEMO_JOBS)
        await running.pilot.press("delete")
        assert len(running.store.jobs) == len(DEMO_JOBS) - 1
        await running.pilot.press("question_mark")
        await running.pilot.pause()
        shown = "\n".join(str(group.render()) for group in running.app.screen.query(KeyGroup))
        assert "del  Stop tracking this job" in shown


async def test_help_has_the_keys_of_textual_and_fits_the_window() -> None:
    """Those that nobody would find otherwise; nothing has to be scrolled in 120x40."""
    async with run_app(size=(120, 40)) as running:
        await running.pilot.press("question_mark")
        await running.pilot.pause()
        shown = "\n".join(str(group.render()) for group in running.app.screen.query(KeyGroup))
        assert "tab  Move to the detail, and back" in shown
        assert "^p  Palette: themes, and all commands" in shown
        assert running.app.screen.query_one("#dialog").max_scroll_y == 0


async def test_hints_show_the_keys_of_the_config() -> None:
    """In toasts, in the banner, and where the table is empty."""
    keys = {
        "undo": "f1", "quit": "f2", "download_all": "f3", "add": "f4,a", "clear": "f6",
        "refresh": "f7",
    }  # fmt: skip
    job = replace(demo_jobs()[0], id="CjKeyKeyKeyKeyKeyKeyKey")

    def rejection(_job: DemoJob, _moment: Moment) -> Response:
        return error_response(401, "Invalid or missing authentication")

    async with run_app(jobs=[job], keys=keys) as running:
        running.gateway.add_job(DemoJob(job.id, "i2v", "rejected", 0, rejection))
        await running.until(lambda: "Press f7 to retry" in screen_text(running))
        await running.pilot.press("slash", *"zzz", "enter")
        assert any("Press f6 to clear" in row for row in rows(running))
        await running.pilot.press("f6", "x")
        assert "Removed. Press f1 to undo" in toasts(running)[-1]
        assert any("Press f4 to add" in row for row in rows(running))
        running.store.path.write_text("not [toml", "utf-8")
        await running.pilot.press("f1", "f2")
        await running.until(lambda: "Press f2 again to quit" in toasts(running)[-1])


@pytest.mark.parametrize("action", [binding.action for binding in KEYS])
def test_every_key_has_an_action(action: str) -> None:
    """The action of each binding is a method of the screen, or of the group that it names."""
    groups: dict[str, type] = {
        "jobs": JobActions,
        "results": ResultActions,
        "view": ViewActions,
        "views": ViewSelection,
    }
    namespace, name, arguments = parse(action)
    target = KlingApp if namespace == "app" else MainScreen
    assert callable(getattr(target, f"action_{name}"))
    for method in arguments[:1]:
        assert callable(getattr(groups[name], str(method)))


async def test_available_keys_are_in_the_palette() -> None:
    """Actions with a key can also be found by name."""
    async with run_app() as running:
        await running.poll_all()
        commands = running.app.get_system_commands(running.app.screen)
        names = {command.title for command in commands}
        assert {"Add", "Remove", "Refresh", "Pause", "Filter", "Sort", "Label", "Quit"} <= names


async def test_pause_key_resumes_while_paused() -> None:
    """The key hints say so, and the detail announces no poll."""

    def shown(running: RunningApp) -> list[str]:
        return [
            active.binding.description
            for active in running.app.screen.active_bindings.values()
            if active.binding.key == "p"
        ]

    async with run_app(keys={"pause": "p"}) as running:
        await running.poll_all()
        assert shown(running) == ["Pause"]
        assert "next poll" in running.app.main.query_one(DetailFields).text
        await running.pilot.press("p")
        assert shown(running) == ["Resume"]
        assert "next poll" not in running.app.main.query_one(DetailFields).text
        await running.pilot.press("p")
        assert not running.app.main.session.paused


async def test_palette_shows_the_keys() -> None:
    """Each command's help begins with its key as it is bound now."""
    async with run_app(keys={"remove": "delete"}) as running:
        await running.poll_all()
        commands = running.app.get_system_commands(running.app.screen)
        helps = {command.title: command.help for command in commands}
        assert helps["Remove"].startswith("del  ")
        assert helps["Down"].startswith("↓ j  ")
