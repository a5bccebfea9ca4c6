"""Everything that the app can show: the main screen in several states, and each dialog over it."""

from collections.abc import Awaitable, Callable

from msgspec.structs import replace
from textual.widgets import Input

from kling_tui.demo import DEMO_JOBS, DUSK
from kling_tui.jobs import Status
from kling_tui.tui.readable_app import MAX_TOASTS
from kling_tui.tui.screens.api_key import ApiKeyScreen
from kling_tui.tui.screens.confirm import ConfirmScreen
from kling_tui.tui.screens.palette import Palette
from kling_tui.tui.screens.refresh import Refresh
from kling_tui.tui.screens.rename_batch import RenameBatchScreen
from kling_tui.tui.widgets.banner import Banner
from tests.support.fake_config import FakeConfig
from tests.support.scenes import DEMO_IDS, RunningApp
from tests.support.scenes import main as prepare_main

View = Callable[[RunningApp], Awaitable[None]]
_PASTED = f"842250903629086785 {DEMO_JOBS[0].id} a1b2c3d4-e5f6-7890-g1h2-i3j4k5l6m7n8 take-12"


async def prepare(running: RunningApp) -> None:
    """Show jobs of every status, one of them marked, with the cursor on a downloaded one."""
    await prepare_main(running)
    done = running.store.jobs[DEMO_IDS["morning silk"]]
    file = running.store.path.with_name("clip.mp4")
    file.write_bytes(DUSK.read())
    running_jobs = [job for job in running.store.jobs.values() if job.status is Status.RUNNING]
    running.store.put(
        done.with_file(0, str(file)),
        replace(running_jobs[0], status=Status.UNKNOWN, raw_status="paused"),
        replace(running_jobs[1], problem="gateway error", checked_at=running.clock.now),
        replace(running_jobs[2], status=Status.QUEUED, queue_position=2),
    )
    await running.pilot.press("m")
    running.app.main.table.move_to_job(done.id)
    running.app.main.refresher.refresh(Refresh.JOBS)
    await running.pilot.pause()
    statuses = {job.status for job in running.store.jobs.values()}
    assert statuses == set(Status), statuses


async def show_main(running: RunningApp) -> None:
    """Show the main screen."""
    await running.pilot.press("escape", "m", "up")


def keys(*pressed: str) -> View:
    """Return a view that is opened by keys."""

    async def show(running: RunningApp) -> None:
        await running.pilot.press(*pressed)
        if "ctrl+p" in pressed:
            await running.until(lambda: running.app.screen.has_class("-ready"))

    return show


async def show_toasts(running: RunningApp) -> None:
    """Show a toast of each severity."""
    for severity in ("information", "warning", "error"):
        running.app.notify("what happened", title=severity, severity=severity, timeout=600)
    await running.until(lambda: len(running.app.screen.query("Toast")) == MAX_TOASTS)


async def show_banner(running: RunningApp) -> None:
    """Show a problem that only the user can solve."""
    banner = running.app.main.query_one(Banner)
    banner.show("the disk is full", (), {}, retry_key="r")
    await running.pilot.pause()


async def show_add(running: RunningApp) -> None:
    """Show an id of each sort."""
    await running.pilot.press("a")
    await running.paste(_PASTED)
    await running.pilot.press("tab", "tab")


async def show_themes(running: RunningApp) -> None:
    """Show the themes."""
    running.app.action_change_theme()
    await running.until(lambda: isinstance(running.app.screen, Palette))
    await running.until(lambda: running.app.screen.has_class("-ready"))


async def show_rename_batch(running: RunningApp) -> None:
    """Ask for the name of a batch, with a name that cannot be used."""
    job = replace(running.store.jobs[DEMO_IDS["morning silk"]], label="campaign/morning silk")
    await running.app.push_screen(RenameBatchScreen("campaign", [job], 12, {}))
    await running.pilot.press("slash", "x")


async def show_confirm(running: RunningApp) -> None:
    """Ask whether to undo."""
    question = "Undo the addition of 12 jobs? They are no longer tracked then. U redoes it."
    await running.app.push_screen(ConfirmScreen("Undo", question))


async def show_api_key(running: RunningApp) -> None:
    """Ask for the API key, with the text about key_command."""
    await running.app.push_screen(ApiKeyScreen(FakeConfig()))
    await running.pilot.press("ctrl+k")


async def close(running: RunningApp) -> None:
    """Return to the main screen."""
    main = running.app.main
    while running.app.screen is not main:
        running.app.pop_screen()
        await running.pilot.pause()
    main.query_one(Banner).show(None, (), {}, retry_key="r")
    running.app.clear_notifications()
    main.query_one("#filter", Input).value = ""
    main.remove_class("-enlarged")
    main.filter_editor.leave()
    await running.pilot.pause()


DIALOGS: dict[str, View] = {
    "help": keys("question_mark"),
    "add": show_add,
    "add, empty": keys("a"),
    "label": keys("escape", "e"),
    "rename batch": show_rename_batch,
    "notifications": keys("n"),
    "links": keys("escape", "y"),
    "reply": keys("i"),
    "log": keys("L"),
    "sort": keys("s"),
    "columns": keys("c"),
    "filter by": keys("f"),
    "save view": keys("V"),
    "confirm": show_confirm,
    "api key": show_api_key,
    "palette": keys("ctrl+p"),
    "found in the palette": keys("ctrl+p", *"re"),
    "themes": show_themes,
}
VIEWS: dict[str, View] = {
    "main": show_main,
    "enlarged": keys("escape", "enter"),
    "filter": keys("slash"),
    "filter, completed": keys("slash", *"status:"),
    "filter, wrong": keys("slash", *"status:x"),
    "filtered": keys("slash", *"har", "enter"),
    "toasts": show_toasts,
    "banner": show_banner,
    "timeline": keys("escape", "T"),
    "costs": keys("C"),
    "wall": keys("escape", "W"),
    **DIALOGS,
}
