"""The chart of costs as lines of text."""

import json
from datetime import UTC, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kling_tui.costs import Breakdown
from kling_tui.costs.budget import Budget, budget_uses
from kling_tui.costs.report import PERIODS, CostReport, cost_report
from kling_tui.formatting import text
from kling_tui.formatting.bars import ASCII_FILLS, UTF8_FILLS, Fills
from kling_tui.formatting.blocks import Block, line_width
from kling_tui.formatting.cost_chart import cost_chart
from kling_tui.formatting.cost_figures import KEY_FIGURES, figure_parts, figures_as_json
from kling_tui.jobs import Job, Price, Status
from tests.support.costly_jobs import BUDGET, costly_jobs
from tests.support.jobs import JOBS, NOW, a_job

SIZES = [40, 60, 80, 120, 200]


def report_of(jobs: list[Job], days: int = 30) -> CostReport:
    """Return the report of jobs."""
    return cost_report(Breakdown(jobs, UTC), NOW, days)


def chart_of(jobs: list[Job], cells: int = 116, days: int = 30, fill: Fills = UTF8_FILLS) -> Block:
    """Return the chart of jobs, with a budget."""
    uses = budget_uses(BUDGET, Breakdown(jobs, UTC), NOW)
    return cost_chart(report_of(jobs, days), uses, cells, fill=fill)


def text_of(block: Block) -> str:
    """Return the lines of a block as text."""
    return "\n".join("".join(text for text, _ in line) for line in block.lines)


@pytest.mark.parametrize("cells", SIZES)
@pytest.mark.parametrize("days", PERIODS)
def test_every_width_shows_all_days_and_groups(cells: int, days: int) -> None:
    """No line is too long, each bar is within its lines, and the legend is there."""
    block = chart_of(costly_jobs(NOW), cells, days)
    assert "█ spent  ▒ in flight  ░ failed" in text_of(block)
    assert all(line_width(line) <= cells for line in block.lines)
    columns = [bar for bar in block.bars if bar.is_column]
    assert columns[-1].last == "2026-11-20"
    assert columns[0].first == (NOW.date() - timedelta(days=days - 1)).isoformat()
    assert {bar.by for bar in block.bars} == {"day", "kind", "batch", "reason", "label"}
    for bar in block.bars:
        assert bar.x >= 0
        assert bar.x + bar.width <= cells
        assert bar.y + bar.height <= len(block.lines)


def test_days_that_have_no_cell_of_their_own_share_a_bar() -> None:
    """The title says so; no day is in two bars."""
    block = chart_of(costly_jobs(NOW), 60, 90)
    columns = [bar for bar in block.bars if bar.is_column]
    assert "2 days per bar" in text_of(block)
    assert len(columns) == 45
    assert len({each.first for each in columns} | {each.last for each in columns}) == 90


@settings(max_examples=60)
@given(st.lists(JOBS, max_size=8, unique_by=lambda job: job.id), st.sampled_from(SIZES))
def test_any_jobs_can_be_drawn(jobs: list[Job], cells: int) -> None:
    """Whatever their names, prices and times are."""
    recent = [replace(job, ended_at=NOW) if job.ended else job for job in jobs]
    for fill in (UTF8_FILLS, ASCII_FILLS):
        block = chart_of(recent, cells, fill=fill)
        assert all(line_width(line) <= cells for line in block.lines)


@settings(max_examples=60)
@given(st.lists(JOBS, max_size=8, unique_by=lambda job: job.id))
def test_figures_equal_those_of_json_to_the_cent(jobs: list[Job]) -> None:
    """Each figure on the screen is the field in JSON, rounded as the screen does."""
    report = report_of(jobs)
    printed = json.loads(json.dumps(figures_as_json(report)))
    shown = [value for _, (value, _) in figure_parts(report)]
    for figure, value in zip(KEY_FIGURES, shown, strict=True):
        field = printed[figure.field]
        if field is None:
            assert value == text.MISSING
        elif isinstance(field, str) and value.startswith("$") and "E" not in value:
            dollars = Decimal(value[1:].replace(",", ""))
            assert abs(dollars - Decimal(field)) <= Decimal("0.005")


def test_unpriced_jobs_are_listed_and_never_cost_nothing() -> None:
    """Neither in a bar's amount nor in the sums."""
    jobs = [a_job("1", kind="wan", price=None), a_job("2")]
    shown = text_of(chart_of(jobs))
    assert "unpriced 1 job" in shown
    (wan,) = (line for line in shown.splitlines() if line.strip().startswith("wan"))
    assert "1 unpriced" in wan
    assert "$" not in wan


def rows_of(jobs: list[Job], cells: int = 116) -> dict[str, list[str]]:
    """Return the bar and the texts after it of each row, by name; names have no blanks."""
    lines = text_of(chart_of(jobs, cells)).split("By kind\n")[1].split("\n\n")[0].splitlines()
    return {words[0]: words[1:] for words in map(str.split, lines)}


@pytest.mark.parametrize("cells", [40, 60, 80])
def test_the_amounts_beside_a_bar_are_those_of_its_parts(cells: int) -> None:
    """Each with its character; a part that costs nothing has no amount."""
    ended = {"status": Status.SUCCEEDED, "ended_at": NOW}
    failed = {"status": Status.FAILED, "ended_at": NOW}
    rows = rows_of(
        [
            a_job("1", kind="a", **ended),
            a_job("2", kind="a"),
            a_job("3", kind="a"),
            a_job("4", kind="a", **failed),
            a_job("5", kind="b"),
            a_job("6", kind="c", **failed),
            a_job("7", kind="d", **ended),
            a_job("8", kind="e", price=None),
            a_job("9", kind="f", price=Price(Decimal(0)), **ended),
        ],
        cells,
    )
    assert rows["a"][1:] == ["$0.35", "▒", "$0.70", "░", "$0.35"]
    assert {*rows["a"][0]} == {*"█▒░"}
    assert rows["b"][1:] == ["▒", "$0.35"]
    assert rows["c"][1:] == ["░", "$0.35"]
    assert rows["d"][1:] == ["$0.35"]
    assert rows["e"] == ["1", "unpriced"]
    assert rows["f"] == ["$0.00"]


def test_amounts_are_in_columns_and_names_are_cut_where_they_leave_no_room() -> None:
    """Unpriced jobs beside amounts are listed where there is room."""
    jobs = [
        a_job("1", kind="kind-with-a-long-name"),
        a_job("2", kind="kind-with-a-long-name", price=None),
        a_job("3", kind="b", price=Price(Decimal(10000)), status=Status.FAILED, ended_at=NOW),
    ]
    shown = text_of(chart_of(jobs, 40))
    (long,) = (line for line in shown.splitlines() if line.startswith(" kind"))
    assert long.endswith("▒ $0.35             ")
    assert "…" in long
    assert "1 unpriced" in text_of(chart_of(jobs, 80)).split("By kind")[1]


def test_statuses_are_told_apart_without_colours() -> None:
    """In ASCII as well."""
    shown = text_of(chart_of(costly_jobs(NOW)))
    assert all(f"{UTF8_FILLS.of(s)} " in shown for s in ("succeeded", "running", "failed"))
    ascii_lines = text_of(chart_of(costly_jobs(NOW), fill=ASCII_FILLS)).splitlines()
    bars = [line for line in ascii_lines if line.startswith(" i2v")]
    assert bars[0].split()[1].strip("#=.") == ""
    assert {*bars[0].split()[1]} == {*"#=."}


def test_groups_beyond_the_first_are_one_line() -> None:
    """With what they cost together; a single one has its own bar."""

    def labels(number: int) -> list[str]:
        jobs = [
            a_job(str(n), label=f"l{n}", status=Status.SUCCEEDED, ended_at=NOW)
            for n in range(number)
        ]
        return text_of(chart_of(jobs, cells=60)).split("By label\n")[1].splitlines()

    assert labels(9)[-1].strip() == "3 more: $1.05"
    live = [a_job(str(n), label=f"l{n}") for n in range(9)]
    assert "3 more: ▒ $1.05" in text_of(chart_of(live))
    assert len(labels(7)) == 7


def test_a_profile_is_shown_if_there_are_several() -> None:
    """As is a batch, a reason and a label."""
    jobs = [a_job("1"), a_job("2", profile="studio")]
    assert "By profile" in text_of(chart_of(jobs))
    shown = text_of(chart_of(jobs[:1]))
    assert "By kind" in shown
    assert not any(f"By {by}" in shown for by in ("profile", "batch", "failure reason", "label"))


def test_budgets_have_gauges() -> None:
    """With what is in flight."""
    shown = text_of(chart_of(costly_jobs(NOW)))
    assert "day budget" in shown
    assert "of $5.00, $1.60 of it in flight" in shown
    assert "campaign budget" in shown


def test_without_jobs_there_is_no_chart() -> None:
    """But a sentence."""
    assert text_of(chart_of([])) == "No jobs are tracked yet."


def test_budget_may_have_any_label() -> None:
    """A long one is cut."""
    jobs = [a_job("1", label="x" * 200)]
    uses = budget_uses(Budget(per_label=Decimal("0.01")), Breakdown(jobs, UTC), NOW)
    block = cost_chart(report_of(jobs), uses, 40)
    assert all(line_width(line) <= 40 for line in block.lines)
