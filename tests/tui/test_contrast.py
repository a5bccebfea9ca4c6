"""Every text is readable in every theme: its contrast is at least 4.5 to 1."""

import pytest
from textual.theme import BUILTIN_THEMES

from tests.support.contrast import texts
from tests.support.scenes import RunningApp, run_app
from tests.support.views import DIALOGS, VIEWS, close, prepare

pytestmark = pytest.mark.slow

MIN_CONTRAST = 4.5
THEMES = sorted(BUILTIN_THEMES)
GROUPS = [tuple(VIEWS)[start : start + 3] for start in range(0, len(VIEWS), 3)]
"""The views, a few for each app: its start costs as much as ten switches."""
SHOWN_BEHIND = {"confirm", "palette"}
"""A dialog and a palette behind which the main screen is measured too."""


def unreadable(running: RunningApp) -> list[str]:
    """Return the texts of the current screen with too little contrast."""
    cells = list(texts(running.app))
    assert cells
    return [
        f"{cell.text!r} at {cell.x},{cell.y}: {cell.foreground} on {cell.background} "
        f"is {cell.contrast:.2f}"
        for cell in cells
        if cell.contrast < MIN_CONTRAST
    ]


@pytest.mark.parametrize("theme", THEMES)
async def test_a_theme_shows_the_same_from_the_start_as_after_switching_to_it(theme: str) -> None:
    """The main screen with its cursor: what the next test measures is so from the start."""
    async with run_app(theme=theme) as running:
        await running.poll_all()
        assert running.app.theme == theme
        at_start = list(texts(running.app))
        row, other = (running.app.main.table.render_line(y) for y in (1, 2))
        assert row.text.startswith("▌")
        assert list(row)[-1].style != list(other)[-1].style
        await switch(running, next(each for each in THEMES if each != theme))
        assert list(texts(running.app)) != at_start
        await switch(running, theme)
        assert list(texts(running.app)) == at_start
        assert unreadable(running) == []


@pytest.mark.parametrize("views", GROUPS, ids="; ".join)
async def test_every_theme_is_readable_after_switching_to_it(views: tuple[str, ...]) -> None:
    """While the main screen or a dialog is open; themes of the terminal's colours included."""
    async with run_app(theme="textual-dark", draw_toasts=True) as running:
        await prepare(running)
        for view in views:
            await VIEWS[view](running)
            if view in DIALOGS and view not in SHOWN_BEHIND:
                hide_what_is_behind(running)
            for theme in THEMES:
                await switch(running, theme)
                assert unreadable(running) == [], (view, theme)
            running.app.main.visible = True
            await close(running)


def hide_what_is_behind(running: RunningApp) -> None:
    """Hide the main screen, which takes half the time to draw; the dialog shows it as it is."""
    assert running.app.screen.styles.background.is_transparent
    running.app.main.visible = False


async def switch(running: RunningApp, theme: str) -> None:
    """Switch to a theme, and wait until everything is drawn."""
    running.app.theme = theme
    await running.pilot.pause()
