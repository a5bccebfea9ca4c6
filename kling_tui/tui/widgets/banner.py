"""The lines above all else that say what only a person can mend."""

from collections.abc import Collection, Mapping

from textual.content import Content
from textual.widgets import Static

from kling_tui.formatting import text
from kling_tui.jobs import Source
from kling_tui.polling.rate_limiter import EndpointStatus, Health


class Banner(Static):
    """Says what only a person can mend, for as long as it is so, and else takes no room."""

    def __init__(self, id: str | None = None) -> None:  # noqa: A002 - as in Widget
        super().__init__(id=id)
        self._words = ""

    def show(
        self,
        problem: str | None,
        warnings: Collection[str],
        conditions: Mapping[Source, EndpointStatus],
    ) -> None:
        """Say why the jobs are not saved, why some may be missing, and which sources refuse."""
        refusals = (
            f"{name}: {condition.message.rstrip('.')}. r asks again."
            for name, condition in text.by_source_name(conditions).items()
            if condition.health is Health.UNAUTHORIZED
        )
        unsaved = f"Not saved: {problem}" if problem else ""
        words = "\n".join(filter(None, (unsaved, *warnings, *refusals)))
        if words != self._words:
            self._words = words
            self.display = bool(words)
            self.update(Content(words))
