"""Which parts of the last column are shown in which width."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kling_tui.formatting.fitting import fit_progress, with_problem

BAR = [("━━━━", "bar"), ("────", "rest"), (" 20 s left", "muted")]
REASON = "gateway timeout (504): upstream is gone"
FAILED = [("moderation", "failed"), (": Failure to pass the risk control system", "failed")]
DONE = [("5.1 s video", "muted")]


def shown(spans: list[tuple[str, str]], cells: int, problem: str | None = None) -> str:
    """Return the text of the spans that are selected for a width."""
    return "".join(text for text, _ in fit_progress(with_problem(spans, problem), cells))


@pytest.mark.parametrize(
    ("cells", "text"),
    [(18, "━━━━──── 20 s left"), (17, "20 s left"), (9, "20 s left"), (3, "20 s left")],
)
def test_bar_gives_way_to_its_text(cells: int, text: str) -> None:
    """The time left says more."""
    assert shown(BAR, cells) == text


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        (80, f"━━━━──── 20 s left  ! {REASON}"),
        (38, f"━━━━──── 20 s left  ! {REASON}"),
        (37, f"20 s left  ! {REASON}"),
        (29, f"20 s left  ! {REASON}"),
        (28, f"! {REASON}"),
        (12, f"! {REASON}"),
    ],
)
def test_problem_is_beside_the_progress_where_it_has_room(cells: int, text: str) -> None:
    """Else it is in its place: what is known of the progress is out of date."""
    assert shown(BAR, cells, REASON) == text


def test_short_problem_needs_less_room() -> None:
    """As much as it has characters."""
    assert shown(BAR, 26, "gone") == "━━━━──── 20 s left  ! gone"
    assert shown(BAR, 17, "gone") == "20 s left  ! gone"
    assert shown(DONE, 19, "gone") == "5.1 s video  ! gone"


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        (60, "moderation: Failure to pass the risk control system"),
        (20, "moderation: Failure to pass the risk control system"),
        (19, "moderation"),
        (12, "moderation"),
    ],
)
def test_reason_of_a_failure_stands_alone_without_room_for_the_message(
    cells: int, text: str
) -> None:
    """The message is cut where it is drawn."""
    assert shown(FAILED, cells) == text


def test_failure_is_not_hidden_by_a_problem() -> None:
    """For example of a failed refresh."""
    assert shown(FAILED, 30, REASON).startswith("moderation: Failure")
    assert shown(FAILED, 12, REASON) == "moderation"
    assert shown([("bad luck", "failed")], 40, "gone") == "bad luck  ! gone"


def test_problem_alone_has_no_space_before_it() -> None:
    """Where there is no progress to show."""
    assert shown([("", "muted")], 40, "gone") == "! gone"


SPANS = st.lists(
    st.tuples(st.text(max_size=9), st.sampled_from(["bar", "rest", "muted", "failed", "problem"])),
    max_size=4,
)


@given(SPANS, st.none() | st.text(max_size=50), st.integers(0, 60))
def test_any_spans(spans: list[tuple[str, str]], problem: str | None, cells: int) -> None:
    """What is shown is part of what there is."""
    given_spans = with_problem(spans, problem)
    texts = [text for text, _ in given_spans]
    for text, _ in fit_progress(given_spans, cells):
        assert any(text in whole for whole in texts)
