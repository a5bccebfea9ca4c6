"""What the main screen of a running app shows, as text."""

from textual.widgets import OptionList

from kling_tui.tui.widgets.cost_footer import CostFooter
from kling_tui.tui.widgets.detail_fields import DetailFields
from tests.support.scenes import RunningApp

_WRAPPED = "\n           "
"""Between two lines of one wrapped value in the detail pane."""


def rows(running: RunningApp) -> list[str]:
    """Return the lines of the job table, the heading first."""
    table = running.app.main.table
    return [table.render_line(y).text.rstrip() for y in range(table.size.height)]


def row_ids(running: RunningApp) -> list[str]:
    """Return the ids of the rows, from top to bottom."""
    return list(running.app.main.table.order)


def menu_lines(running: RunningApp) -> list[str]:
    """Return the lines of the menu that is open."""
    options = running.app.screen.query_one(OptionList).options
    return [str(option.prompt) for option in options]


def footer(running: RunningApp) -> str:
    """Return the text of the footer."""
    return str(running.app.main.query_one(CostFooter).render())


def screen_text(running: RunningApp) -> str:
    """Return the text of the banner, the detail pane and the footer."""
    detail = running.app.main.query_one(DetailFields).text
    banner = running.app.main.query_one("#banner")
    return f"{banner.render() if banner.display else ''}\n{detail}\n{footer(running)}"


def unwrapped_text(running: RunningApp) -> str:
    """Return the text of the main screen with the wrapped lines of the detail joined."""
    return screen_text(running).replace(_WRAPPED, "")


def toasts(running: RunningApp) -> list[str]:
    """Return the titles and messages of the toasts."""
    notifications = running.app._notifications  # noqa: SLF001 - no public way to list them
    return [f"{toast.title}: {toast.message}" for toast in notifications]
