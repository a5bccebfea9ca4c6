"""The cost screen: figures, cursor, and what a bar filters by."""

import json
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from textual.geometry import Offset

from kling_tui.costs.budget import Budget
from kling_tui.formatting.blocks import Bar
from kling_tui.formatting.group_chart import group_name
from kling_tui.jobs import Job, Status
from kling_tui.tui.screens.costs import CostScreen, filter_for
from kling_tui.tui.screens.help import HelpScreen
from kling_tui.tui.screens.main import MainScreen
from kling_tui.tui.widgets.cost_chart import CostChart
from tests.support.costly_jobs import BUDGET, costly_jobs
from tests.support.few_colours import NoColourApp
from tests.support.jobs import JOBS, NOW, a_job
from tests.support.scenes import START, RunningApp, run_app
from tests.support.terminal import Account

pytestmark = pytest.mark.slow

COSTLY: dict[str, Any] = {"jobs": costly_jobs(START), "simulated": (), "budget": BUDGET}
_AMOUNT = re.compile(r"(spent|in flight|failed) \$([\d,.]+)")
_FIELDS = {"spent": "spent_usd", "in flight": "in_flight_usd", "failed": "failed_usd"}


async def open_costs(running: RunningApp) -> CostChart:
    """Open the screen, and return its chart once it is drawn."""
    await running.pilot.press("C")
    await running.until(lambda: isinstance(running.app.screen, CostScreen))
    chart = running.app.screen.query_one(CostChart)
    await running.until(lambda: chart.text != "")
    return chart


def bar_of(chart: CostChart, by: str, name: str = "") -> Bar:
    """Return the bar of a group, or the last of the days."""
    return [bar for bar in chart.bars if (bar.by, bar.name) == (by, name)][-1]


def shown_ids(running: RunningApp) -> set[str]:
    """Return the ids of the jobs in the table."""
    return set(running.app.main.job_list.ids)


def amounts(description: str) -> dict[str, Decimal]:
    """Return the dollars in the description of a bar, which leaves out sums of zero."""
    found = {
        _FIELDS[what]: Decimal(usd.replace(",", "")) for what, usd in _AMOUNT.findall(description)
    }
    return {**dict.fromkeys(_FIELDS.values(), Decimal(0)), **found}


@settings(max_examples=8)
@given(
    st.lists(
        JOBS.map(lambda job: replace(job, kind="i2v", ended_at=NOW if job.ended else None)),
        min_size=1,
        max_size=12,
        unique_by=lambda job: job.id,
    )
)
async def test_figures_equal_cost_json_to_the_cent(jobs: list[Job]) -> None:
    """The key figures, and each bar, beside what the command prints about the same job file."""
    async with run_app(jobs=jobs, simulated=(), size=(120, 60)) as running:
        chart = await open_costs(running)
        await running.app.main.session.save()
        account = Account(running.store.path.parent)
        result = account.run("--jobs", str(running.store.path), "cost", "--json")
        printed = json.loads(result.stdout)
        figures = amounts(" ".join(chart.text.splitlines()[:3]))
        for field in _FIELDS.values():
            assert figures[field] == cents(printed[field])
        assert f"jobs {printed['jobs']}" in chart.text
        assert f"unpriced {printed['unpriced_jobs']} job" in chart.text
        for bar in chart.bars:
            group = printed[f"by_{bar.by}"].get(bar.name or bar.first)
            if bar.is_column and group is None:
                assert bar.description.endswith("no jobs")
                continue
            found = amounts(bar.description.removeprefix(group_name(bar.by, bar.name)))
            assert found == {field: cents(group[field]) for field in _FIELDS.values()}
            assert f"{group['jobs']} job" in bar.description


def cents(usd: str) -> Decimal:
    """Return dollars as the screen rounds them."""
    return Decimal(f"{Decimal(usd):.2f}")


@pytest.mark.parametrize("days", [1, 2, 3])
async def test_enter_on_a_day_shows_its_jobs(days: int) -> None:
    """Those that ended on it, and those in flight that were tracked on it."""
    async with run_app(**COSTLY) as running:
        chart = await open_costs(running)
        for _ in range(days - 1):
            await running.pilot.press("left")
        assert chart.bar is not None
        day = chart.bar.first
        await running.pilot.press("enter")
        assert isinstance(running.app.screen, MainScreen)
        assert running.app.main.job_list.filter.query.text == f"day:{day}"
        assert shown_ids(running) == {
            job.id
            for job in running.store.jobs.values()
            if (job.ended_at or job.added_at).date().isoformat() == day
        }


@pytest.mark.parametrize(
    ("by", "name", "query"),
    [
        ("kind", "o1", "kind:o1"),
        ("batch", "summer collection", 'batch="summer collection"'),
        ("reason", "server_error", "reason:server_error"),
        ("label", "hero shot", 'label="hero shot"'),
        ("label", "", 'label=""'),
    ],
)
async def test_enter_on_a_group_shows_its_jobs(by: str, name: str, query: str) -> None:
    """The filter finds as many as the bar counts."""
    async with run_app(**COSTLY) as running:
        chart = await open_costs(running)
        bar = bar_of(chart, by, name)
        chart.move_to(bar)
        await running.pilot.press("enter")
        assert running.app.main.job_list.filter.query.text == query
        assert f": {len(shown_ids(running))} job" in bar.description


async def test_groups_can_be_those_of_the_days_shown() -> None:
    """The filter has the first day then; the label has no bars."""
    async with run_app(**COSTLY) as running:
        chart = await open_costs(running)
        await running.pilot.press("p", "p", "a")
        assert "Per day, last 7 days" in chart.text
        assert "By kind since 14 Nov" in chart.text
        assert "By label" not in chart.text
        bar = bar_of(chart, "kind", "i2v")
        assert filter_for(bar) == "kind:i2v day>=2026-11-14"
        chart.move_to(bar)
        await running.pilot.press("enter")
        assert f": {len(shown_ids(running))} job" in bar.description
        assert shown_ids(running) < {job.id for job in running.store.jobs.values()}


async def test_a_bar_of_several_days_filters_by_all_of_them() -> None:
    """Where 90 days do not fit."""
    async with run_app(size=(80, 24), **COSTLY) as running:
        chart = await open_costs(running)
        await running.pilot.press("p")
        assert "2 days per bar" in chart.text
        assert filter_for(bar_of(chart, "day")) == "day>=2026-11-19 day<=2026-11-20"


async def test_escape_returns_to_the_table_as_it_was() -> None:
    """With its filter."""
    async with run_app(**COSTLY) as running:
        await running.pilot.press("slash", *"hero", "enter")
        await open_costs(running)
        await running.pilot.press("escape")
        assert isinstance(running.app.screen, MainScreen)
        assert running.app.main.job_list.filter.query.text == "hero"


async def test_the_cursor_moves_over_bars() -> None:
    """From the days down to the groups, across to the group beside it, and back up."""
    async with run_app(**COSTLY) as running:
        chart = await open_costs(running)

        def cursor() -> tuple[str, str]:
            assert chart.bar is not None
            return chart.bar.by, chart.bar.name or chart.bar.last

        assert cursor() == ("day", "2026-11-20")
        await running.pilot.press("left", "left", "right")
        assert cursor() == ("day", "2026-11-19")
        await running.pilot.press("home")
        assert cursor()[0] == "day"
        await running.pilot.press("down")
        assert cursor() == ("kind", "i2v")
        await running.pilot.press("right")
        assert cursor()[0] == "batch"
        await running.pilot.press("left", "down", "down", "down")
        assert cursor()[0] == "reason"
        await running.pilot.press("up", "up", "up", "up")
        assert cursor()[0] == "day"
        await running.pilot.press("end")
        assert cursor()[0] == "label"


async def test_the_mouse_selects_a_bar_and_a_double_click_filters() -> None:
    """As in the table."""
    async with run_app(**COSTLY) as running:
        chart = await open_costs(running)
        bar = bar_of(chart, "kind", "o1")
        inside = Offset(bar.x + 4, bar.y) + (chart.content_region.offset - chart.region.offset)
        await running.pilot.click(chart, offset=inside)
        assert chart.bar == bar
        await running.pilot.double_click(chart, offset=inside)
        await running.until(lambda: isinstance(running.app.screen, MainScreen))
        assert running.app.main.job_list.filter.query.text == "kind:o1"


async def test_changes_are_shown_at_once_and_the_cursor_stays() -> None:
    """A job that ends moves from one part of its bar to another."""
    async with run_app(**COSTLY) as running:
        chart = await open_costs(running)
        chart.move_to(bar_of(chart, "kind", "o1"))
        await running.pilot.pause()
        job = next(
            each for each in running.store.jobs.values() if each.kind == "o1" and not each.ended
        )
        done = replace(job, status=Status.SUCCEEDED, ended_at=running.clock.now)
        running.store.put(done)
        running.app.main._show_job(done)  # noqa: SLF001 - as a poll does
        await running.until(lambda: "in flight $0.70" in chart.text)
        assert chart.bar == bar_of(chart, "kind", "o1")
        assert "in flight" not in chart.bar.description


async def test_help_lists_the_keys_of_the_screen() -> None:
    """And returns to it."""
    async with run_app(**COSTLY) as running:
        await open_costs(running)
        await running.pilot.press("question_mark")
        assert isinstance(running.app.screen, HelpScreen)
        await running.pilot.press("escape")
        assert isinstance(running.app.screen, CostScreen)


@pytest.mark.parametrize("size", [(40, 10), (60, 20), (80, 24), (200, 50)])
async def test_every_bar_can_be_reached_at_any_size(size: tuple[int, int]) -> None:
    """The one under the cursor is in view."""
    async with run_app(size=size, app_class=NoColourApp, **COSTLY) as running:
        chart = await open_costs(running)
        for bar in chart.bars:
            chart.move_to(bar)
            await running.pilot.pause()
            lines = [
                chart.render_line(y).text for y in range(chart.scrollable_content_region.height)
            ]
            sign = "↑" if bar.is_column else "▌"
            assert any(sign in line for line in lines), bar
        await running.pilot.resize_terminal(50, 12)
        assert chart.text


async def test_without_jobs_there_is_nothing_to_choose() -> None:
    """Enter does nothing."""
    async with run_app(jobs=[], simulated=()) as running:
        await running.pilot.press("C")
        await running.until(lambda: isinstance(running.app.screen, CostScreen))
        await running.pilot.press("enter", "down", "left", "end")
        assert isinstance(running.app.screen, CostScreen)
        assert "No jobs are tracked yet." in running.app.screen.query_one(CostChart).text


async def test_the_chart_counts_all_jobs_whatever_the_filter_hides() -> None:
    """As the totals do."""
    async with run_app(
        jobs=[a_job("1"), a_job("2", label="hero")], simulated=(), budget=Budget()
    ) as running:
        await running.pilot.press("slash", *"hero", "enter")
        chart = await open_costs(running)
        assert "jobs 2" in chart.text


async def test_nothing_is_drawn_while_nothing_changes() -> None:
    """A tick of the clock within the hour draws no line."""
    async with run_app(**COSTLY) as running:
        chart = await open_costs(running)
        before = chart._block  # noqa: SLF001 - another one is built with each drawing
        running.clock.advance(60)
        running.app.main.refresher.tick()
        await running.pilot.pause()
        assert chart._block is before  # noqa: SLF001


async def test_a_much_narrower_window_is_drawn_before_the_chart_is_built_for_it() -> None:
    """The bar under the cursor may be outside of it then."""
    async with run_app(size=(200, 60), **COSTLY) as running:
        chart = await open_costs(running)
        assert chart.bar is not None
        assert chart.bar.x > 40
        await running.pilot.resize_terminal(40, 10)
        await running.until(lambda: max(map(len, chart.text.splitlines())) <= 40)
        assert chart.bar.is_column


async def test_the_cursor_stays_in_view_if_its_bar_is_gone() -> None:
    """It moves to the last day, also in a low window."""
    async with run_app(size=(60, 20), **COSTLY) as running:
        chart = await open_costs(running)
        await running.pilot.press("end")
        assert chart.bar is not None
        assert chart.bar.by == "label"
        await running.pilot.press("a")
        assert chart.bar.is_column
        assert any("↑" in chart.render_line(y).text for y in range(chart.size.height))
