"""The dialog that adds jobs."""

import pytest
from textual.widgets import Input, OptionList

from kling_tui.demo import DEMO_JOBS
from tests.support.scenes import DEMO_IDS, run_app

pytestmark = pytest.mark.slow

NEW_ID = "842250903629086785"


@pytest.mark.parametrize(
    ("pasted", "kind"),
    [
        (NEW_ID, "i2v"),
        ("a1b2c3d4-e5f6-7890-g1h2-i3j4k5l6m7n8", "o1"),
        ('{"code": 0, "data": {"task_id": "842250903629086785"}}', "i2v"),
        ("klingai-video_019da2c4-0000-7c3a-9f52-6d0e8b41a7f3", "v2"),
        ("wan-0123456789abcdef", "wan"),
    ],
)
async def test_pasted_id_is_tracked_and_polled(pasted: str, kind: str) -> None:
    """An id or a submit call's reply becomes a job, with its kind, price and label."""
    async with run_app() as running:
        await running.pilot.press("a")
        running.app.screen.query_one("#paste").text = pasted  # type: ignore[attr-defined]
        running.app.screen.query_one("#label", Input).value = "pasted"
        await running.pilot.press("enter")
        added = [job for job in running.store.jobs.values() if job.label == "pasted"]
        assert [job.kind for job in added] == [kind]
        assert added[0].price is not None
        assert running.app.main.table.cursor_id == added[0].id
        await running.until(lambda: bool(running.store.jobs[added[0].id].checked_at))


async def test_unrecognised_id_is_reported_before_anything_is_tracked() -> None:
    """The first Enter reports it; its kind can be chosen; the second Enter tracks."""
    async with run_app() as running:
        await running.pilot.press("a")
        await running.paste(f"{NEW_ID} take-12 {DEMO_IDS['hero shot']}")
        await running.pilot.press("enter")
        assert len(running.store.jobs) == len(DEMO_JOBS)
        listed = running.app.screen.query_one("#found", OptionList)
        shown = [str(option.prompt) for option in listed.options]
        assert "i2v" in shown[0]
        assert "unrecognised id format; press ctrl+k" in shown[1]
        assert "already tracked" in shown[2]
        await running.pilot.press("tab", "tab", "down", "ctrl+k")
        assert "take-12  i2v" in str(listed.options[1].prompt)
        for kind in ("o1", "v2", "wan", "i2v", "o1"):
            await running.pilot.press("ctrl+k")
            assert f"take-12  {kind}" in str(listed.options[1].prompt)
        await running.pilot.press("enter")
        assert running.store.jobs["take-12"].kind == "o1"
        assert running.store.jobs[NEW_ID].kind == "i2v"
        assert len(running.store.jobs) == len(DEMO_JOBS) + 2
