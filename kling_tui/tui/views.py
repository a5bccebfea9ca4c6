"""Views: filters with a name and a sort order, which the user selects with a key."""

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from kling_tui.config.entries import MAX_VIEW_NAME_LENGTH
from kling_tui.queries import QueryError, parse
from kling_tui.sanitize import sanitize_line
from kling_tui.tui.sorting import SORT_ORDERS

MAX_NAME_LENGTH = MAX_VIEW_NAME_LENGTH
KEYS = "123456789"
"""The keys of the first nine views, unless the config's [keys] has others."""


class View(Struct, frozen=True):
    """A named filter with a sort order."""

    name: str
    filter: str = ""
    """A query of docs/filters.md; "" shows all jobs."""
    sort: str = SORT_ORDERS[0].id
    reverse: bool = False
    key: str = ""
    """One of `KEYS`; "" for the first that is free."""


BUILT_IN = (
    View("All"),
    View("Live", "is:live"),
    View("Failed", "status:failed", "ended"),
    View("Today", "is:today"),
    # What expires first comes first.
    View("To download", "is:awaiting-download", "ended", reverse=True),
)


def arrange(*groups: Iterable[View]) -> tuple[View, ...]:
    """Return the views of all groups in the order of their keys; those without one are last.

    A view takes the place of an earlier one with the same name.
    """
    by_name: dict[str, View] = {}
    for view in (view for group in groups for view in group):
        by_name[view.name.casefold()] = view
    taken = {view.key: view for view in by_name.values() if view.key}
    free = iter([key for key in KEYS if key not in taken])
    others = (view for view in by_name.values() if taken.get(view.key) is not view)
    keyed = [*taken.values(), *(replace(view, key=next(free, "")) for view in others)]
    return tuple(sorted(keyed, key=lambda view: view.key or "~"))


def view_by_name(views: Iterable[View], name: str) -> View | None:
    """Return the view that one with this name takes the place of; None if there is none."""
    return next((view for view in views if view.name.casefold() == name.casefold()), None)


def view_errors(views: Iterable[View]) -> Iterator[str]:
    """Yield what is wrong with the filters and sort orders of the config's views."""
    for view in views:
        try:
            parse(view.filter)
        except QueryError as error:
            shown = sanitize_line(repr(view.filter), 60)
            yield f"views.{view.name}.filter is {shown}; at {error.position}: {error}"
        ids = [order.id for order in SORT_ORDERS]
        if view.sort not in ids:
            shown = sanitize_line(repr(view.sort), 60)
            yield f"views.{view.name}.sort is {shown}; expected one of {', '.join(ids)}"
