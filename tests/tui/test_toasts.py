"""Toasts: how many there are, and what they show over a dialog."""

import pytest

from kling_tui.tui.readable_app import MAX_TOASTS
from tests.support.scenes import run_app
from tests.support.screen_text import toasts

pytestmark = pytest.mark.slow


async def test_at_most_three_toasts_are_shown() -> None:
    """The oldest disappears for another one."""
    async with run_app() as running:
        for number in range(5):
            running.app.notify(f"message {number}", title="a job", timeout=600)
        await running.until(lambda: "a job: message 4" in toasts(running))
        assert toasts(running) == [f"a job: message {number}" for number in (2, 3, 4)]


async def test_a_toast_over_a_dialog_says_everything_in_one_line() -> None:
    """There is one line above a dialog."""
    async with run_app(draw_toasts=True) as running:
        await running.pilot.press("question_mark")
        running.app.notify("failed: sunk", title="lost at sea", markup=False)
        await running.until(lambda: bool(running.app.screen.query("Toast")))
        (toast,) = running.app.screen.query("Toast")
        assert str(toast.render()) == "lost at sea: failed: sunk"
        assert toast.region.height == 1


@pytest.mark.parametrize("key", ["C", "T", "W"])
async def test_a_toast_leaves_the_legend_of_a_screen_readable(key: str) -> None:
    """That is in its last lines, so the toast is in the first."""
    async with run_app(size=(80, 24), draw_toasts=True) as running:
        await running.poll_all()
        await running.pilot.press(key)
        await running.until(lambda: running.app.screen is not running.app.main)
        running.app.notify("failed: sunk", title="lost at sea", markup=False)
        await running.until(lambda: bool(running.app.screen.query("Toast")))
        (toast,) = running.app.screen.query("Toast")
        assert str(toast.render()) == "lost at sea: failed: sunk"
        assert (toast.region.y, toast.region.height) == (0, 1)


async def test_toasts_behind_the_palette_are_bounded_and_merged() -> None:
    """The palette shows none; the last three appear when it is closed, each once."""
    async with run_app(draw_toasts=True) as running:
        await running.pilot.press("ctrl+p")
        await running.until(lambda: running.app.screen.has_class("-ready"))
        for number in (0, 1, 2, 3, 4, 4):
            running.app.notify(f"message {number}", title="a job", timeout=600)
        await running.until(lambda: ": a job: message 4" in toasts(running))
        await running.pilot.press("escape")
        await running.until(lambda: running.app.screen is running.app.main)
        running.app.notify("message 4", title="a job", timeout=600)
        await running.until(lambda: "a job: message 4" in toasts(running))
        await running.until(lambda: len(running.app.screen.query("Toast")) == MAX_TOASTS)
        texts = [toast.removeprefix(": ") for toast in toasts(running)]
        assert texts == [f"a job: message {number}" for number in (2, 3, 4)]
