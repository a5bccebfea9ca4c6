"""How the command ``cost`` prints what a kept second costs."""

from kling_tui.formatting.kept_costs import kept_cost_lines, kept_costs_as_json
from kling_tui.jobs import Review, Status
from tests.support.jobs import a_job, clip

JOBS = [
    a_job(str(number), status=Status.SUCCEEDED, videos=(clip(5.1),), label=label, review=review)
    for number, (label, review) in enumerate(
        [("fox", Review.KEPT), ("fox", Review.REJECTED), ("", Review.REJECTED), ("hero", None)]
    )
]


def test_table_has_a_line_for_each_group() -> None:
    """A dash where no second was kept."""
    blank, titles, *lines = kept_cost_lines(JOBS)
    assert blank == ""
    assert titles.startswith("PER KEPT SECOND")
    assert [line.split() for line in lines] == [
        ["all", "1", "2", "$1.05", "5.1", "s", "$0.206"],
        ["by", "kind"],
        ["i2v", "1", "2", "$1.05", "5.1", "s", "$0.206"],
        ["by", "label"],
        ["(none)", "0", "1", "$0.35", "0", "s", "—"],
        ["fox", "1", "1", "$0.70", "5.1", "s", "$0.137"],
    ]


def test_nothing_is_printed_while_nothing_is_reviewed() -> None:
    """As before there were reviews."""
    assert kept_cost_lines(JOBS[3:]) == []
    assert kept_costs_as_json(JOBS[3:]) == {}


def test_json_has_the_figures_of_each_group() -> None:
    """Amounts are decimal strings, as elsewhere."""
    body = kept_costs_as_json(JOBS)["per_kept_second"]
    assert list(body) == ["all", "by_kind", "by_label"]
    assert body["by_label"]["fox"] == {
        "kept_jobs": 1,
        "rejected_jobs": 1,
        "uncounted_jobs": 0,
        "reviewed_usd": "0.70",
        "kept_seconds": 5.1,
        "usd_per_kept_second": "0.137254901961",
    }
