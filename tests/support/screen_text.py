"""The text that parts of the running app show."""

from kling_tui.tui.widgets.cost_footer import CostFooter
from tests.support.scenes import Stage


def detail_text(stage: Stage) -> str:
    """Return the text of the detail pane, as it is wrapped."""
    return str(stage.app.main.query_one("#facts").render())


def footer_text(stage: Stage) -> str:
    """Return the text of the footer."""
    return str(stage.app.main.query_one(CostFooter).render())


def toast_texts(stage: Stage) -> list[str]:
    """Return the title and message of each toast."""
    toasts = stage.app._notifications  # noqa: SLF001 - no other way
    return [f"{toast.title}: {toast.message}" for toast in toasts]
