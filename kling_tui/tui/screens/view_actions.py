"""The actions on what the main screen shows: order, columns, marks, batches, cursor, detail."""

from collections.abc import Collection, Iterable
from functools import partial

from textual.app import SystemCommand
from textual.screen import Screen

from kling_tui.formatting import text
from kling_tui.formatting.columns import optional_titles
from kling_tui.tui.dependencies import AppDependencies
from kling_tui.tui.job_list import JobList
from kling_tui.tui.screens.bindings import undo_hint
from kling_tui.tui.screens.filter_editor import FilterEditor
from kling_tui.tui.screens.refresh import Refresh, Refresher
from kling_tui.tui.screens.selection import ENLARGED, Selection
from kling_tui.tui.sorting import SORT_ORDERS, SortOrder
from kling_tui.tui.unseen import Unseen
from kling_tui.tui.widgets.detail_fields import DetailFields
from kling_tui.tui.widgets.job_detail import JobDetail

_NEEDS_ROW = frozenset(
    {"detail", "mark", "mark_to", "mark_all", "next", "previous", "fold", "fold_all"}
)
"""Actions that need a row under the cursor."""


class ViewActions:
    """The target of bindings such as `view('sort')`, which calls `sort`."""

    def __init__(
        self,
        screen: Screen[None],
        dependencies: AppDependencies,
        job_list: JobList,
        selection: Selection,
        refresher: Refresher,
        unseen: Unseen,
        filter_editor: FilterEditor,
    ) -> None:
        """`screen` has DetailFields."""
        self._screen = screen
        self._dependencies = dependencies
        self._job_list = job_list
        self._table = selection.table
        self._marks = selection.marks
        self._selection = selection
        self._refresher = refresher
        self._unseen = unseen
        self._filter_editor = filter_editor

    def is_available(self, name: str) -> bool | None:
        """Return whether an action can do anything now; None to show its key greyed out."""
        if name in _NEEDS_ROW:
            return self._table.cursor_id is not None or None
        if name == "clear":
            open_parts = self._enlarged or self._filter_editor.shown
            return open_parts or bool(self._marks) or self._unseen.any
        return True

    @property
    def _enlarged(self) -> bool:
        return self._screen.has_class(ENLARGED)

    @property
    def _sort_orders(self) -> list[SortOrder]:
        several_profiles = len(self._dependencies.profiles) > 1
        return [order for order in SORT_ORDERS if order.id != "profile" or several_profiles]

    def sort(self) -> None:
        """Ask for a sort order."""
        from kling_tui.tui.screens.sort import SortScreen

        def apply(chosen: tuple[str, bool] | None) -> None:
            if chosen is not None:
                sort_id, reverse = chosen
                self._job_list.set_sort_order(sort_id, reverse=reverse)
                self._refresher.refresh(Refresh.JOBS)

        screen = SortScreen(self._sort_orders, self._job_list.sort_order)
        self._screen.app.push_screen(screen, apply)

    def columns(self) -> None:
        """Ask which columns to show."""
        from kling_tui.tui.screens.columns import ColumnScreen

        titles = optional_titles(self._dependencies.profiles)
        hidden = self._refresher.hidden_columns

        def apply(chosen: frozenset[str] | None) -> None:
            if chosen is not None:
                others = [title for title in hidden if title not in titles]
                unwanted = [title for title in titles if title not in chosen]
                self._refresher.hidden_columns = (*others, *unwanted)
                self._refresher.refresh(Refresh.JOBS)

        shown = [title for title in titles if title not in hidden]
        self._screen.app.push_screen(ColumnScreen({title: title for title in titles}, shown), apply)

    def commands(self) -> Iterable[SystemCommand]:
        """Yield a command of the palette for each sort order."""
        for order in self._sort_orders:
            sort = partial(self.sort_by, order.id)
            yield SystemCommand(
                f"Sort by {order.name}",
                f"{order.directions[0]}; again: {order.directions[1]}",
                sort,
            )

    def sort_by(self, sort_id: str) -> None:
        """Sort by a column, or reverse the order if the rows are sorted by it."""
        self._job_list.sort_by(sort_id)
        self._refresher.refresh(Refresh.JOBS)

    def reverse(self) -> None:
        """Reverse the order."""
        self._job_list.reverse()
        self._refresher.refresh(Refresh.JOBS)

    def filter(self) -> None:
        """Open the line in which the filter is typed."""
        self._filter_editor.open()

    def detail(self) -> None:
        """Enlarge the detail to the whole screen, or shrink it again."""
        self._refresher.refresh(Refresh.DETAIL)
        self._screen.set_class(self._table.cursor_id is not None and not self._enlarged, ENLARGED)
        (self._screen.query_one(DetailFields) if self._enlarged else self._table).focus()

    def shrink_or_unmark(self) -> bool:
        """Shrink the detail, or else clear the marks; returns whether there was one of them."""
        if self._enlarged:
            self._screen.remove_class(ENLARGED)
        elif self._marks and not self._filter_editor.has_focus:
            self._marks.clear()
            self._show_marks()
        else:
            return False
        return True

    def clear_unread(self) -> None:
        """Clear the unread marks, and say how to undo that."""
        if cleared := self._unseen.see_all():
            hint = undo_hint(self._dependencies.keys)
            message = f"{text.count(cleared, 'mark')} cleared. {hint}"
            self._screen.notify(message, title="Unread", markup=False)
        self._refresher.refresh(Refresh.SUMMARY)

    def open_job(self, job_id: str | None) -> None:
        """Move the cursor to a job that was chosen on another screen, and show its detail."""
        job = self._dependencies.store.jobs.get(job_id or "")
        if job is None:
            return
        if job.batch in self._job_list.folding.names:
            self._unfold([job.batch])
        self._table.move_to_job(job.id)
        if not self._enlarged and not self._screen.query_one(JobDetail).display:
            self.detail()

    def mark(self) -> None:
        """Mark or unmark the jobs of the row under the cursor, and move to the next one."""
        if job_ids := self._table.rows.jobs_in(self._table.cursor_id):
            self._marks.toggle(*job_ids)
            self._table.action_move(1)
            self._show_marks()

    def mark_to(self) -> None:
        """Mark all jobs from the last mark to the cursor."""
        rows = self._table.rows
        if job_ids := rows.jobs_in(self._table.cursor_id):
            self._marks.extend(rows.job_ids, *job_ids)
            self._show_marks()

    def mark_all(self) -> None:
        """Mark all jobs that are shown, or unmark them if all are marked."""
        self._marks.toggle_all(self._table.rows.job_ids)
        self._show_marks()

    def _show_marks(self) -> None:
        self._table.refresh()
        self._refresher.refresh(Refresh.SUMMARY)
        self._screen.refresh_bindings()

    def fold(self) -> None:
        """Fold the batch of the job under the cursor into one row, or unfold that."""
        if (batch := self._selection.batch) is not None:
            self._unfold([batch.name])
        elif (job := self._selection.job) is None:
            return
        elif job.batch:
            self._job_list.folding.fold([job.batch], job)
            self._show_folding()
        else:
            message = "This job is in no batch. A label such as campaign/shot 3 puts it into one."
            self._screen.notify(message, markup=False)

    def fold_all(self) -> None:
        """Fold all batches that are shown, or unfold them if all are folded."""
        batches = self._job_list.shown_batches
        if not batches:
            message = "No batches. Labels such as campaign/shot 3 put jobs into one."
            self._screen.notify(message, markup=False)
        elif batches <= self._job_list.folding.names:
            self._unfold(batches)
        else:
            self._job_list.folding.fold(batches, self._selection.job)
            self._show_folding()

    def _unfold(self, names: Collection[str]) -> None:
        """Unfold batches, and return to the job where the cursor was in that under it."""
        batch, folding = self._selection.batch, self._job_list.folding
        folding.unfold(names)
        self._show_folding()
        if batch:
            self._table.move_to_job(folding.job_to_return_to(batch))

    def _show_folding(self) -> None:
        self._refresher.refresh(Refresh.JOBS)
        self._screen.refresh_bindings()

    def next(self) -> None:
        """Move the cursor down, also while the enlarged detail hides the table."""
        self._table.action_move(1)

    def previous(self) -> None:
        """Move the cursor up, also while the enlarged detail hides the table."""
        self._table.action_move(-1)

    def next_unread(self) -> None:
        """Move the cursor to the next unread job, also in the enlarged detail."""
        if job_id := self._unseen.next_unread:
            self._table.move_to_job(job_id)
        elif hidden := len(self._unseen.unread):
            self._screen.notify(f"{hidden} unread, hidden by the filter", markup=False)
        else:
            self._screen.notify("No unread jobs", markup=False)
