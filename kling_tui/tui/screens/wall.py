"""The clip wall: posters of all downloaded results, of which that under the cursor plays."""

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, Label

from kling_tui.formatting import results, text
from kling_tui.tui.dependencies import AppDependencies
from kling_tui.tui.desktop import Desktop
from kling_tui.tui.job_list import JobList
from kling_tui.tui.messages import ResultHighlighted, ResultOpened
from kling_tui.tui.screens.bindings import KEYS, VIEW_IDS, displayed_key
from kling_tui.tui.screens.filter_editor import FilterEditor
from kling_tui.tui.screens.job_actions import JobActions
from kling_tui.tui.screens.modal import ModalBase
from kling_tui.tui.screens.refresh import Refresh, Refresher
from kling_tui.tui.screens.result_actions import ResultActions
from kling_tui.tui.screens.selection import OneJobSelection, Selection
from kling_tui.tui.screens.shared_actions import SharedActions
from kling_tui.tui.screens.unavailable import UnavailableReasons
from kling_tui.tui.screens.view_actions import ViewActions
from kling_tui.tui.screens.view_selection import ViewSelection
from kling_tui.tui.tile_content import TileContent, tile_content
from kling_tui.tui.unseen import Unseen
from kling_tui.tui.video.first_frames import FirstFrames
from kling_tui.tui.wall_results import Result, downloaded_results
from kling_tui.tui.widgets.clip_wall import ClipWall
from kling_tui.tui.widgets.filter_line import FilterLine
from kling_tui.tui.widgets.key_hints import KeyHints
from kling_tui.tui.widgets.wall_clip import WallClip

_NOTHING = "No result is downloaded. Press {} to download all."
_NO_MATCH = "No downloaded result matches the filter. Press {} to change it."
_NEEDS_RESULT = frozenset({"open_job", "pause", "mark", "mark_to", "mark_all"})
"""Actions of this screen that need a result under the cursor."""
_FILTERING = "-filtering"
"""The CSS class of the wall while the line of the filter is shown."""


def _keys_of_table(*binding_ids: str, show: bool) -> Iterator[Binding]:
    """Yield keys of the main screen that do the same on the wall."""
    by_id = {binding.id: binding for binding in KEYS}
    for binding_id in binding_ids:
        yield replace(by_id[binding_id], show=show)


class WallScreen(SharedActions, ModalBase[str]):
    """Shows the downloaded results of the jobs that the filter shows, in the table's order.

    Its result is the id of the job to open, None to leave the table as it is.
    """

    TITLE = "Clip wall"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (14, "-tall")]  # noqa: RUF012 - as in Screen
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open_job", "Open job", id="detail", tooltip="Show this job in the table"),
        Binding("space", "pause", "Pause", id="wall_pause", tooltip="Pause or play the clips"),
        *_keys_of_table("keep", "reject", show=True),
        Binding("escape,q,W", "leave", "Back", id="wall_back", tooltip="Back to the table"),
        Binding("m", "mark", "Mark", id="mark", tooltip="Mark this job"),
        Binding("slash", "filter", "Filter", id="filter", tooltip="Filter jobs"),
        *_keys_of_table("filter_by", "play", show=True),
        Binding("M", "mark_to", "Mark to here", id="mark_to", show=False,
                tooltip="Mark all from the last mark to this job"),
        Binding("asterisk", "mark_all", "Mark all", id="mark_all", show=False,
                tooltip="Mark all jobs shown, or unmark them"),
        *_keys_of_table(
            "undo", "redo", "copy", "copy_id", "copy_path", "open", "download", "download_all",
            "label", "remove", "reply", "sort", "reverse", *VIEW_IDS, show=False,
        ),
        Binding("question_mark", "app.help", "Keys", id="help", tooltip="Show these keys"),
    ]  # fmt: skip

    def __init__(
        self,
        dependencies: AppDependencies,
        desktop: Desktop,
        *,
        job_list: JobList,
        selection: Selection,
        refresher: Refresher,
        unseen: Unseen,
        job_actions: JobActions,
        result_actions: ResultActions,
        view_actions: ViewActions,
        view_selection: ViewSelection,
        filter_editor: FilterEditor,
    ) -> None:
        """Take the parts of the main screen, whose jobs, marks and filter are shown."""
        super().__init__()
        self._dependencies = dependencies
        self._jobs = dependencies.store.jobs
        self._job_list = job_list
        self._marks = selection.marks
        self._names = selection.names
        self._table = selection.table
        self._refresher = refresher
        self._unseen = unseen
        self.view_actions = view_actions
        self.view_selection = view_selection
        self._filter_editor = filter_editor
        self._selection = OneJobSelection(self, self._jobs, selection, lambda: self._job_id)
        self.job_actions = job_actions.on_screen(self, self._selection)
        self.result_actions = result_actions.on_screen(self, self._selection)
        self.unavailable = UnavailableReasons(self._selection, dependencies.keys)
        self._filter_before = ""
        open_clip = None if self.app.no_color else dependencies.open_clip
        self._frames = FirstFrames(open_clip) if open_clip else None
        self._wall = ClipWall(self._frames, self._content_of, id="wall")
        self._clip = WallClip(self, open_clip, desktop, dependencies.bytes_per_second)

    def compose(self) -> ComposeResult:
        """Lay out what is missing for pictures, the tiles, the line of the filter and the keys."""
        if self.app.no_color:
            yield Label(Content(results.NEEDS_COLOURS), id="wall-note")
        elif self._dependencies.open_clip is None:
            yield Label(Content(results.NO_PREVIEW), id="wall-note")
        yield self._wall
        yield FilterLine(self._job_list.filter.suggestions, id="filter-line")
        yield KeyHints()

    def on_mount(self) -> None:
        """Show the results, the cursor on that of the job under the cursor of the table."""
        self._refresher.jobs_changed.subscribe(self, self._update)
        self.watch(self.app, "app_focus", self._update_clip, init=False)
        self._show()
        job_id = self._table.cursor_id
        if found := next((each for each in self._wall.results if each.job_id == job_id), None):
            self._wall.select(found)
        self._wall.focus()

    def on_unmount(self) -> None:
        """Read no more posters."""
        if self._frames:
            self._frames.stop()

    @property
    def _job_id(self) -> str:
        """The id of the job under the cursor; "" if there is none."""
        return self._wall.cursor.job_id if self._wall.cursor else ""

    def _update(self, changed_ids: frozenset[str] | None) -> None:
        """Show what has changed about some jobs, or about all (None)."""
        if changed_ids is None:
            self._show()
            return
        shown = [each for each in self._wall.results if each.job_id in changed_ids]
        matching = changed_ids.intersection(self._job_list.ids)
        if set(shown) != set(downloaded_results(self._jobs, matching)):
            self._show()
        else:
            self._update_tiles()

    def _show(self) -> None:
        """Show the results of the jobs that the filter shows now."""
        shown = list(downloaded_results(self._jobs, self._job_list.ids))
        query, keys = self._job_list.filter.query.text, self._dependencies.keys
        empty = _NO_MATCH if query else _NOTHING
        key = displayed_key("filter" if query else "download_all", keys)
        self._wall.show(shown, empty.format(key))
        title = f"Clip wall: {text.count(len(shown), 'result')}, {self._job_list.order_title}"
        self._wall.border_title = Content(f"{title}  {query}".rstrip())
        self._show_position()
        self._update_clip()
        self.refresh_bindings()

    def _update_tiles(self) -> None:
        """Show what has changed of the results in view."""
        self._wall.update()
        self._show_position()
        self.refresh_bindings()

    def _show_position(self) -> None:
        """Show where the cursor is, how many jobs are marked, and whether clips are paused."""
        wall = self._wall
        parts = []
        if wall.cursor:
            parts.append(f"{wall.index + 1:,} of {len(wall.results):,}")
        if self._marks:
            parts.append(f"{len(self._marks):,} marked")
        if self._clip.paused:
            parts.append("‖ paused")
        wall.border_subtitle = Content(" · ".join(parts))

    def _content_of(self, result: Result, under_cursor: bool) -> TileContent | None:  # noqa: FBT001
        job = self._jobs.get(result.job_id)
        if job is None or result.number >= len(job.videos):
            return None
        return tile_content(
            job,
            result.number,
            self._names,
            self._wall.text_width,
            marked=job.id in self._marks,
            under_cursor=under_cursor,
        )

    def on_result_highlighted(self, event: ResultHighlighted) -> None:
        """Play the clip that the cursor is on now, whose job the user sees."""
        if event.by_user and self._unseen.see([self._job_id]):
            self._refresher.invalidate(Refresh.SUMMARY)
            self._wall.update()
        self._show_position()
        self._update_clip()
        self.refresh_bindings()

    def on_result_opened(self, _: ResultOpened) -> None:
        """Open the job that was double-clicked."""
        self.action_open_job()

    def on_screen_suspend(self) -> None:
        """Stop the clip while another screen is over this one."""
        self._clip.stop()

    def on_screen_resume(self) -> None:
        """Play it again."""
        self._update_clip()

    def on_resize(self) -> None:
        """Stop the clip; it plays again when its tile has its new size."""
        self._clip.stop()

    def _update_clip(self, _focused: object = None) -> None:
        """Play the clip under the cursor, while the terminal has the focus."""
        shown = self.is_current and self.app.app_focus
        self._clip.play(self._wall.tile if shown else None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether an action can do anything now; None to show its key greyed out."""
        if action in _NEEDS_RESULT:
            return self._wall.cursor is not None or None
        return super().check_action(action, parameters)

    def action_open_job(self) -> None:
        """Show the job of the result under the cursor in the table."""
        self.dismiss(self._job_id)

    def action_pause(self) -> None:
        """Pause the clip, and play none from now on; or play again."""
        self._clip.toggle()
        self._update_clip()
        self._show_position()

    def action_mark(self) -> None:
        """Mark or unmark the job under the cursor, and move to the next result."""
        self._marks.toggle(self._job_id)
        self._wall.action_move(1)
        self._show_marks()

    def action_mark_to(self) -> None:
        """Mark all jobs from the last mark to the cursor."""
        self._marks.extend(self._job_ids, self._job_id)
        self._show_marks()

    def action_mark_all(self) -> None:
        """Mark the jobs of all results that are shown, or unmark them if all are marked."""
        self._marks.toggle_all(self._job_ids)
        self._show_marks()

    @property
    def _job_ids(self) -> list[str]:
        return list(dict.fromkeys(each.job_id for each in self._wall.results))

    def _show_marks(self) -> None:
        self._update_tiles()
        self._table.refresh()
        self._refresher.refresh(Refresh.SUMMARY)

    def action_filter(self) -> None:
        """Open the line in which the filter is typed."""
        self._filter_before = self._job_list.filter.query.text
        self.query_one(FilterLine).restore(self._filter_before)
        self.add_class(_FILTERING)
        self.query_one("#filter", Input).focus()

    @on(Input.Changed, "#filter")
    def filter_by_text(self, event: Input.Changed) -> None:
        """Filter with each character that is typed."""
        problem = self._filter_editor.apply_typed_elsewhere(event.value)
        self.query_one(FilterLine).show(problem)

    @on(Input.Submitted, "#filter")
    def close_filter(self) -> None:
        """Return to the tiles, unless the query has an error."""
        if self.query_one(FilterLine).error is None:
            self.remove_class(_FILTERING)
            self._wall.focus()

    def action_leave(self) -> None:
        """Take back what was typed into the filter, or else return to the table."""
        if not self.has_class(_FILTERING):
            self.dismiss(None)
            return
        self._filter_editor.apply_typed_elsewhere(self._filter_before)
        self.query_one(FilterLine).show(None)
        self.close_filter()
