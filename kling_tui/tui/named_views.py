"""Which views there are, and which of them the table shows."""

from collections.abc import Callable, Iterable

from msgspec import Struct
from msgspec.structs import replace

from kling_tui.tui.job_list import JobList
from kling_tui.tui.preferences import SavedViews
from kling_tui.tui.views import BUILT_IN, View, arrange


class Tab(Struct, frozen=True):
    """A view as the line of tabs shows it."""

    view: View
    count: int | None = None
    """How many jobs it shows, where that is known."""
    current: bool = False
    changed: bool = False
    """Whether the user has changed the filter or the order since the view was selected."""

    @property
    def title(self) -> str:
        """The name of the view, with a sign where it was changed."""
        return f"{self.view.name}*" if self.changed else self.view.name


class NamedViews:
    """The views that are built in, of the config, and saved, in this order."""

    def __init__(
        self,
        configured: Iterable[View],
        saved: SavedViews,
        job_list: JobList,
        selected: str,
        *,
        is_typing: Callable[[], bool],
    ) -> None:
        """Arrange the views; `selected` is the one that was selected last in an earlier run.

        `is_typing` returns whether the user is typing a filter, so that its text is unfinished.
        """
        self.saved = saved
        self._configured = tuple(configured)
        self._job_list = job_list
        self._is_typing = is_typing
        self.selected = selected
        """The name of the view that was selected last; it may have been changed since."""
        self.update()

    def update(self, configured: Iterable[View] | None = None) -> None:
        """Take over the views that were saved or deleted, and others of the config."""
        if configured is not None:
            self._configured = tuple(configured)
        self.all = arrange(BUILT_IN, self._configured, self.saved.views)
        self._job_list.view_counts.set_views(self.all)

    def by_key(self, key: str) -> View | None:
        """Return the view with one of the keys 1 to 9; None if there is none."""
        return next((view for view in self.all if view.key == key), None)

    def by_name(self, name: str) -> View | None:
        """Return the view with a name; None if there is none."""
        return next((view for view in self.all if view.name == name), None)

    @property
    def current(self) -> View | None:
        """The view that the table shows: its filter in its order; None for others."""
        same = [view for view in self.all if self._is_shown(view)]
        return next((view for view in same if view.name == self.selected), next(iter(same), None))

    def _is_shown(self, view: View) -> bool:
        shown = (self._job_list.filter.query.text, *self._job_list.sort_order)
        return shown == (view.filter, view.sort, view.reverse)

    def escape_from(self, filter_text: str) -> View | None:
        """Return what `escape` shows while `filter_text` is the filter, or what is typed as one.

        That is the selected view with its own filter and the current order, or else the first view
        of all jobs; None if that is selected already.
        """
        self.follow()
        home = next((view for view in self.all if not view.filter), BUILT_IN[0])
        selected = self.by_name(self.selected) or home
        if filter_text != selected.filter:
            sort_id, reverse = self._job_list.sort_order
            return replace(selected, sort=sort_id, reverse=reverse)
        return None if selected is home else home

    def follow(self) -> None:
        """Note which view is selected, after the filter or the order has changed.

        That is a view that is shown now, or the one before without a filter in its own order.
        """
        if self._is_typing():
            return
        if current := self.current:
            self.selected = current.name
        elif not self._job_list.filter.query:
            before = self.by_name(self.selected)
            if before is None or before.filter:
                unfiltered = (view.name for view in self.all if not view.filter)
                self.selected = next(unfiltered, "")

    @property
    def tabs(self) -> tuple[Tab, ...]:
        """The views, each with how many jobs it shows."""
        self.follow()
        shown = self.current
        return tuple(
            Tab(
                view,
                self._job_list.view_counts.of(view.name),
                current=view.name == self.selected,
                changed=view.name == self.selected and view is not shown,
            )
            for view in self.all
        )

    @property
    def selected_tab(self) -> Tab | None:
        """The tab of the view that is selected; None if it was deleted."""
        return next((tab for tab in self.tabs if tab.current), None)
