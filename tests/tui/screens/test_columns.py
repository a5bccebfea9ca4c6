"""The dialog with the columns of the table."""

from pathlib import Path

import pytest
from textual.widgets import OptionList

from tests.support.jobs import a_job
from tests.support.scenes import RunningApp, run_app
from tests.support.screen_text import rows

pytestmark = pytest.mark.slow


def headings(running: RunningApp) -> list[str]:
    """Return the titles of the columns that are shown."""
    return [title.rstrip("↓↑") for title in rows(running)[0].split()]


async def test_columns_are_hidden_and_stay_hidden(tmp_path: Path) -> None:
    """Also in the next run; a column that is shown again is back at once."""
    file = tmp_path / "view.toml"
    titles = ["Status", "Job", "Kind", "Ended", "Elapsed", "Checked", "Cost", "Progress"]
    async with run_app(jobs=[a_job("1")], preferences_file=file) as running:
        assert headings(running) == titles
        await running.pilot.press("c")
        options = running.app.screen.query_one(OptionList).options
        assert [str(option.prompt) for option in options] == [
            *("✓ Kind", "✓ Added", "✓ Ended", "✓ Elapsed", "✓ Checked", "✓ Cost", "✓ Progress"),
        ]
        await running.pilot.press("enter", "down", "down", "space", "escape")
        hidden = ["Status", "Job", "Added", "Elapsed", "Checked", "Cost", "Progress"]
        assert headings(running) == hidden
        await running.pilot.press("q")
    async with run_app(jobs=[a_job("1")], preferences_file=file) as running:
        assert headings(running) == hidden
        await running.pilot.press("c", "enter", "escape")
        await running.pilot.press("c", "down", "down", "enter", "escape")
        assert headings(running) == titles


async def test_a_table_without_optional_columns(tmp_path: Path) -> None:
    """Status and job are left."""
    async with run_app(preferences_file=tmp_path / "view.toml") as running:
        await running.poll_all()
        await running.pilot.press("c", *(["enter", "down"] * 7), "escape")
        assert headings(running) == ["Status", "Job"]
        assert any("hero shot" in row for row in rows(running))
