"""The actions on views: select, save, delete; and the menu of filters."""

from collections.abc import Iterable
from functools import partial

from textual.app import SystemCommand
from textual.screen import Screen

from kling_tui.formatting import text
from kling_tui.queries import QueryError
from kling_tui.tui.dependencies import AppDependencies
from kling_tui.tui.job_list import JobList
from kling_tui.tui.named_views import NamedViews
from kling_tui.tui.screens.filter_editor import FilterEditor
from kling_tui.tui.screens.refresh import Refresh, Refresher
from kling_tui.tui.screens.selection import ENLARGED
from kling_tui.tui.screens.view_actions import ViewActions
from kling_tui.tui.views import BUILT_IN, View
from kling_tui.tui.widgets.filter_line import FilterLine
from kling_tui.tui.widgets.job_table import JobTable


class ViewSelection:
    """The target of bindings such as `views('select', '3')`, which calls `select`."""

    def __init__(
        self,
        screen: Screen[None],
        dependencies: AppDependencies,
        views: NamedViews,
        job_list: JobList,
        table: JobTable,
        refresher: Refresher,
        filter_editor: FilterEditor,
        view_actions: ViewActions,
    ) -> None:
        self._screen = screen
        self._dependencies = dependencies
        self._views = views
        self._job_list = job_list
        self._table = table
        self._refresher = refresher
        self._filter_editor = filter_editor
        self._view_actions = view_actions

    def is_available(self, name: str, key: str = "") -> bool:
        """Return whether an action can do anything now."""
        match name:
            case "select":
                return self._views.by_key(key) is not None
            case "clear":
                can_leave = self._escape_to is not None
                return can_leave or bool(self._view_actions.is_available("clear"))
        return True

    def select(self, key: str) -> None:
        """Select the view with one of the keys 1 to 9."""
        if view := self._views.by_key(key):
            self.show(view)

    def show(self, view: View) -> None:
        """Show the jobs of a view in its order."""
        if self._select(view):
            self._show_other_jobs()

    def _select(self, view: View) -> bool:
        """Filter and sort as a view has it; returns False if its filter is wrong."""
        try:
            self._job_list.filter.restore(view.filter)
        except QueryError as error:
            message = f"The filter of {view.name} is wrong. At {error.position}: {error}"
            self._screen.notify(message, severity="error", markup=False)
            return False
        self._views.selected = view.name
        self._job_list.set_sort_order(view.sort, reverse=view.reverse)
        self._filter_editor.show_view()
        return True

    def clear(self) -> None:
        """Shrink the detail, or else clear the marks, the filter, the view, or the unread marks."""
        actions = self._view_actions
        if not actions.shrink_or_unmark() and not self._leave_view():
            actions.clear_unread()
        self._table.focus()

    @property
    def _escape_to(self) -> View | None:
        """What is shown after the current view; None if nothing is left to leave."""
        return self._views.escape_from(self._screen.query_one(FilterLine).text)

    def _leave_view(self) -> bool:
        """Return to the own filter of the view, or else to all jobs; returns whether it did.

        The cursor stays on its job.
        """
        view = self._escape_to
        changed = view is not None and view.name == self._views.selected
        if not changed and self._filter_editor.close(only_unused=True):
            return True
        if view is None:
            return self._filter_editor.close()
        if not self._select(view):
            self._select(BUILT_IN[0])
        self._refresher.refresh(Refresh.JOBS)
        self._screen.refresh_bindings()
        return True

    def _show_other_jobs(self) -> None:
        """Show the jobs that another filter finds."""
        self._table.begin_at_top()
        self._refresher.refresh(Refresh.JOBS)
        self._screen.refresh_bindings()

    def restore(self, filter_text: str) -> None:
        """Use a filter that was not typed, from the next time that the jobs are sorted."""
        self._filter_editor.restore(filter_text)
        if self._views.current:
            self._filter_editor.show_view()

    def show_filter(self, filter_text: str) -> None:
        """Show the table with the jobs that a filter finds, which was not typed."""
        self._screen.remove_class(ENLARGED)
        self._screen.query_one(FilterLine).show(None)
        self.restore(filter_text)
        self._job_list.sort()
        self._show_other_jobs()

    def filter_by(self) -> None:
        """Ask for a term of the filter to add, or to remove."""
        from kling_tui.tui.filter_choices import CHOICES, batch_choices
        from kling_tui.tui.screens.filter_by import FilterByScreen

        jobs, spent = self._dependencies.store.jobs, self._job_list.totals.by_batch

        def apply(filter_text: str | None) -> None:
            if filter_text is not None:
                self.show_filter(filter_text)

        batches = tuple(batch_choices(jobs.values(), spent))
        dialog = FilterByScreen(CHOICES, batches, self._job_list.filter.query.text)
        self._screen.app.push_screen(dialog, apply)

    def save(self) -> None:
        """Ask for a name, and save the current filter and order under it."""
        from kling_tui.tui.screens.save_view import SaveViewScreen

        sort_id, reverse = self._job_list.sort_order
        filter_text = self._job_list.filter.query.text
        saved = {view.name for view in self._views.saved.views}
        name = self._views.selected if self._views.selected in saved else ""
        description = f"Filter: {filter_text or 'none'}\nOrder: {self._job_list.order_title}"

        def apply(name: str | None) -> None:
            if name:
                self._save(View(name, filter_text, sort_id, reverse))

        self._screen.app.push_screen(SaveViewScreen(name, description, self._views.all), apply)

    def _save(self, view: View) -> None:
        try:
            self._views.saved.put(view)
        except OSError as error:
            self._report_unsaved(error)
            return
        self._views.selected = view.name
        self._filter_editor.show_view()
        self._update()
        saved = self._views.by_name(view.name)
        key = f", key {saved.key}" if saved and saved.key else ""
        self._screen.notify(f"Saved as {view.name}{key}", title="View", markup=False)

    def _delete(self, view: View) -> None:
        from kling_tui.tui.screens.confirm import ConfirmScreen

        def apply(confirmed: bool | None) -> None:  # noqa: FBT001 - as Textual calls it
            if not confirmed:
                return
            try:
                self._views.saved.remove(view.name)
            except OSError as error:
                self._report_unsaved(error)
                return
            self._update()

        question = f"Delete the view {view.name}? No job is removed."
        self._screen.app.push_screen(ConfirmScreen("Delete view", question), apply)

    def _report_unsaved(self, error: OSError) -> None:
        reason = error.strerror or type(error).__name__
        message = f"{self._dependencies.preferences_file}: {reason}"
        self._screen.notify(message, title="View not saved", severity="error", markup=False)

    def apply_config(self) -> None:
        """Take over the views of the config; the current one is shown as it is defined now."""
        before = self._views.current
        self._views.update(self._dependencies.views)
        after = before and self._views.by_name(before.name)
        if before and after and after != before:
            self.show(after)
        self._update()

    def _update(self) -> None:
        self._views.update()
        for _ in self._job_list.view_counts.sync(self._dependencies.store.jobs):
            pass
        self._refresher.refresh(Refresh.JOBS)
        self._screen.refresh_bindings()

    def commands(self) -> Iterable[SystemCommand]:
        """Yield the commands of the palette: each view, and each saved one to delete."""
        for tab in self._views.tabs:
            view = tab.view
            count = "" if tab.count is None else f"{text.count(tab.count, 'job')}  "
            shown = view.filter or "all jobs"
            yield SystemCommand(
                f"View: {view.name}", f"{view.key}  {count}{shown}", partial(self.show, view)
            )
        for view in self._views.saved.views:
            yield SystemCommand(
                f"Delete view: {view.name}", "Delete this saved view", partial(self._delete, view)
            )
