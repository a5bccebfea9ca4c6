"""Which views there are, with which keys, and what is wrong with those of the config."""

import pytest

from kling_tui.queries import parse
from kling_tui.tui.sorting import SORT_ORDERS
from kling_tui.tui.views import BUILT_IN, KEYS, View, arrange, view_errors


def keys(*groups: list[View]) -> list[str]:
    """Return the keys and names of arranged views."""
    return [f"{view.key} {view.name}" for view in arrange(*groups)]


def test_built_in_views_are_valid() -> None:
    """All jobs are on the first key, in the default order."""
    assert list(view_errors(BUILT_IN)) == []
    assert [view.name for view in BUILT_IN] == ["All", "Live", "Failed", "Today", "To download"]
    assert arrange(BUILT_IN)[0] == View("All", "", SORT_ORDERS[0].id, key="1")
    assert all(parse(view.filter) for view in BUILT_IN[1:])


def test_keys_are_given_out_in_order_except_those_that_are_set() -> None:
    """A view without a key of its own gets the first that is free; of the tenth on, none."""
    assert keys([View("a"), View("b")], [View("c", key="1"), View("d", key="3")], [View("e")]) == [
        "1 c", "2 a", "3 d", "4 b", "5 e",
    ]  # fmt: skip
    many = [View(str(number)) for number in range(11)]
    assert [view.key for view in arrange(many)] == [*KEYS, "", ""]


def test_a_view_replaces_an_earlier_one_with_its_name() -> None:
    """In its place; upper and lower case are the same."""
    first, second, third = arrange([View("All"), View("Live")], [View("ALL", "fox"), View("x")])
    assert (first.name, first.filter, second.name, third.name) == ("ALL", "fox", "Live", "x")


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        (
            View("a", "hero status:faild"),
            "views.a.filter is 'hero status:faild'; at 13: 'faild': did you mean failed?",
        ),
        (View("a", 'label:"x'), "views.a.filter is 'label:\"x'; at 7: this quote is not closed"),
        (View("a", sort="date"), "views.a.sort is 'date'; expected one of live, age, ended"),
    ],
)
def test_mistakes_of_the_config_are_named(view: View, expected: str) -> None:
    """With the setting, the position in a filter, and what is expected."""
    (error,) = view_errors([View("fine", "is:live"), view])
    assert error.startswith(expected)
