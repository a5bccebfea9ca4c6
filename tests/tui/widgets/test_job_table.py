"""What the table redraws when jobs of a folded batch change."""

from typing import Any, Self

from msgspec.structs import replace
from textual.app import App, ComposeResult
from textual.geometry import Region

from kling_tui.formatting.batches import batch_row_id
from kling_tui.formatting.render_context import RenderContext
from kling_tui.jobs import Status
from kling_tui.tui.batch_rows import Folding, Rows
from kling_tui.tui.widgets.job_table import JobTable
from tests.support.jobs import NOW, a_job
from tests.support.recorded_jobs import RecordedJobs


class RecordedTable(JobTable):
    """A table, with the parts of it that were redrawn."""

    redrawn: list[Region]

    def refresh(self, *regions: Region, **options: Any) -> Self:
        """Redraw."""
        self.redrawn = [*getattr(self, "redrawn", []), *regions]
        return super().refresh(*regions, **options)


class TableApp(App[None]):
    """Shows the table alone."""

    def __init__(self) -> None:
        super().__init__()
        self.table = RecordedTable("no jobs")

    def compose(self) -> ComposeResult:
        """Show the table."""
        yield self.table


async def test_poll_of_one_job_redraws_only_cells_of_its_batch() -> None:
    """It looks up no job of another batch, however many there are."""
    jobs = RecordedJobs(
        a_job(f"{n}", label=f"batch {n % 100}/shot {n}", status=Status.RUNNING)
        for n in range(10_000)
    )
    folding = Folding(jobs, [f"batch {n}" for n in range(100)])
    folding.update()
    context = RenderContext(NOW)
    async with TableApp().run_test(size=(120, 30)) as pilot:
        table = pilot.app.query_one(RecordedTable)
        rows = Rows(jobs, list(jobs), folding)
        table.show(rows, context, ("age", False), "")
        await pilot.pause()
        member = rows.jobs_in(batch_row_id("batch 7"))[3]
        jobs[member] = replace(jobs[member], status=Status.FAILED)
        jobs.looked_up.clear()
        table.redrawn.clear()
        table.update([member], context)
        looked_up, redrawn = set(jobs.looked_up), list(table.redrawn)
        assert looked_up == set(rows.jobs_in(batch_row_id("batch 7")))
        assert {region.y for region in redrawn} == {1 + 7}
        assert 0 < sum(region.width for region in redrawn) < 100
        await pilot.pause()
        assert "99 running, 1 failed" in table.render_line(8).text
        table.redrawn.clear()
        outside = rows.jobs_in(batch_row_id("batch 80"))[0]
        jobs.looked_up.clear()
        table.update([outside], context)
        assert (table.redrawn, jobs.looked_up) == ([], [])
