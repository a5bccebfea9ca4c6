"""The lines at the top that report problems which only the user can solve."""

from collections.abc import Collection, Mapping

from textual.content import Content
from textual.widgets import Static

from kling_tui.formatting import text
from kling_tui.jobs import Source
from kling_tui.polling.endpoint_status import EndpointStatus, Health


class Banner(Static):
    """Shows why jobs are not saved or missing, and which API keys are rejected; else hidden."""

    def __init__(self, id: str | None = None) -> None:  # noqa: A002 - as in Widget
        super().__init__(id=id)
        self._message = ""

    def show(
        self,
        save_problem: str | None,
        warnings: Collection[str],
        endpoint_statuses: Mapping[Source, EndpointStatus],
        *,
        retry_key: str,
    ) -> None:
        """Show the problems that exist now; draws only when the text changes.

        `warnings` are about job files that could not be read, so that some jobs may be missing.
        `retry_key` is the key that polls a job again.
        """
        rejected_keys = (
            f"{name}: {status.message.rstrip('.')}. Press {retry_key} to retry."
            for name, status in text.by_source_name(endpoint_statuses).items()
            if status.health is Health.UNAUTHORIZED
        )
        not_saved = f"Not saved: {save_problem}" if save_problem else ""
        message = "\n".join(filter(None, (not_saved, *warnings, *rejected_keys)))
        if message != self._message:
            self._message = message
            self.display = bool(message)
            self.update(Content(message))
