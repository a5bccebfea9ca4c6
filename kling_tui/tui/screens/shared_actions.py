"""The actions on jobs, results and views, for every screen whose keys run them."""

from collections.abc import Awaitable
from typing import Any

from textual.screen import Screen

from kling_tui.tui.screens.job_actions import JobActions
from kling_tui.tui.screens.result_actions import ResultActions
from kling_tui.tui.screens.view_actions import ViewActions
from kling_tui.tui.screens.view_selection import ViewSelection


class SharedActions(Screen[Any]):
    """The base of screens whose bindings name a method of one of four objects.

    A binding `jobs('remove')` calls `JobActions.remove`.
    """

    job_actions: JobActions
    result_actions: ResultActions
    view_actions: ViewActions
    view_selection: ViewSelection

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether an action can do anything now; None to show its key greyed out."""
        match action, parameters:
            case "jobs", (str(name),):
                return self.job_actions.is_available(name)
            case "results", (str(name),):
                return self.result_actions.is_available(name)
            case "view", (str(name),):
                return self.view_actions.is_available(name)
            case "views", (str(name), *arguments):
                return self.view_selection.is_available(name, *map(str, arguments))
        return True

    def action_jobs(self, name: str) -> Awaitable[None] | None:
        """Run an action of JobActions; Textual awaits what is returned."""
        outcome: Awaitable[None] | None = getattr(self.job_actions, name)()
        return outcome

    def action_results(self, name: str) -> Awaitable[None] | None:
        """Run an action of ResultActions; Textual awaits what is returned."""
        outcome: Awaitable[None] | None = getattr(self.result_actions, name)()
        return outcome

    def action_view(self, name: str) -> None:
        """Run an action of ViewActions."""
        getattr(self.view_actions, name)()

    def action_views(self, name: str, *arguments: str) -> None:
        """Run an action of ViewSelection."""
        getattr(self.view_selection, name)(*arguments)
