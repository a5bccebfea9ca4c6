"""Every text is readable in every theme: its contrast is at least 4.5 to 1."""

import pytest
from textual.theme import BUILTIN_THEMES

from tests.support.contrast import texts
from tests.support.scenes import RunningApp, run_app
from tests.support.views import VIEWS, close, prepare

pytestmark = pytest.mark.slow

MIN_CONTRAST = 4.5


def unreadable(running: RunningApp) -> list[str]:
    """Return the texts of the current screen with too little contrast."""
    return [
        f"{cell.text!r} at {cell.x},{cell.y}: {cell.foreground} on {cell.background} "
        f"is {cell.contrast:.2f}"
        for cell in texts(running.app)
        if cell.contrast < MIN_CONTRAST
    ]


@pytest.mark.parametrize("theme", sorted(BUILTIN_THEMES))
async def test_every_theme_is_readable_from_the_start(theme: str) -> None:
    """The main screen with jobs of every status, and dialogs with lists and input fields."""
    async with run_app(theme=theme) as running:
        await prepare(running)
        for view in ("main", "filter", "add", "palette"):
            await VIEWS[view](running)
            assert unreadable(running) == [], view
            await close(running)


@pytest.mark.parametrize("view", VIEWS)
async def test_every_theme_is_readable_after_switching_to_it(view: str) -> None:
    """While the main screen or a dialog is open; themes of the terminal's colours included."""
    async with run_app(theme="textual-dark", draw_toasts=True) as running:
        await prepare(running)
        await VIEWS[view](running)
        for theme in sorted(BUILTIN_THEMES):
            running.app.theme = theme
            await running.pilot.pause()
            assert unreadable(running) == [], theme
