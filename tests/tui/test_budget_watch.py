"""A budget that reaches a threshold is reported once."""

import json
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from kling_tui.config.changes import Changes, Part
from kling_tui.costs.budget import Budget
from kling_tui.jobs import Job, Status
from kling_tui.storage.store import Store
from tests.support.fake_config import FakeConfig, changed_settings
from tests.support.jobs import O1_PRICE, a_job, clip
from tests.support.programs import command_saving_to
from tests.support.scenes import START, RunningApp, run_app
from tests.support.screen_text import footer, toasts

pytestmark = pytest.mark.slow


def runs(folder: Path) -> list[dict[str, Any]]:
    """Return what the command was given, by thresholds."""
    texts = [file.read_text("utf-8") for file in folder.iterdir()]
    objects = [json.loads(text) for text in texts if text.endswith("}\n")]
    return sorted(objects, key=lambda each: each["threshold"])


def done(job_id: str) -> Job:
    """Return a job of $0.90 that ended today."""
    return a_job(
        job_id, kind="o1", price=O1_PRICE, status=Status.SUCCEEDED, ended_at=START,
        videos=(clip(5.0),), unread=False,
    )  # fmt: skip


def show(running: RunningApp, *jobs: Job) -> None:
    """Track jobs, as another process would have added them."""
    running.store.put(*jobs)
    running.app.main._show_jobs()  # noqa: SLF001 - as after an addition


def alerts_were_claimed(running: RunningApp) -> bool:
    """Return whether it was decided of all alerts who gives them."""
    return not any("BudgetWatch._show" in str(worker._work) for worker in running.app.workers)  # noqa: SLF001


async def test_each_threshold_is_reported_once_also_after_a_restart(tmp_path: Path) -> None:
    """By one toast and one run of the command, and by another app on the same file not at all."""
    output = tmp_path / "runs"
    output.mkdir()
    changes: dict[str, Any] = {
        "notify_command": command_saving_to(output),
        "budget": Budget(per_day=Decimal("2.00")),
        "simulated": (),
    }
    store = Store(tmp_path / "jobs.toml")
    store.put(done("1"))
    store.save()
    async with run_app(store=store, **changes) as running:
        assert toasts(running) == []
        show(running, done("2"))
        await running.until(lambda: len(runs(output)) == 1)
        assert toasts(running) == ["Budget for today: 80% used: $1.80 of $2.00"]
        running.app.clear_notifications()
        show(running, a_job("live", kind="o1", price=O1_PRICE))
        await running.until(lambda: len(runs(output)) == 2)
        assert toasts(running) == [
            "Budget for today: used up: $2.70 of $2.00, $0.90 of it in flight"
        ]
        await running.app.main.session.save()
    async with run_app(store=Store(tmp_path / "jobs.toml"), **changes) as running:
        await running.until(lambda: "135%" in footer(running))
        async with run_app(store=Store(tmp_path / "jobs.toml"), **changes) as other:
            await other.until(lambda: "135%" in footer(other))
            await other.until(lambda: alerts_were_claimed(other))
            assert toasts(other) == []
        assert toasts(running) == []
    warning, end = runs(output)
    assert (warning["threshold"], end["threshold"]) == (0.8, 1.0)
    assert end == {
        "event": "budget", "budget": "per_day", "period": "2026-11-20", "label": None,
        "threshold": 1.0, "limit_usd": "2.00", "used_usd": "2.70", "spent_usd": "1.80",
        "in_flight_usd": "0.90", "share": 1.35,
    }  # fmt: skip


async def test_both_thresholds_at_once_are_one_toast_and_two_runs(tmp_path: Path) -> None:
    """The toast is about the higher one."""
    async with run_app(
        jobs=[done("1")],
        simulated=(),
        budget=Budget(per_month=Decimal("0.50")),
        notify_command=command_saving_to(tmp_path),
    ) as running:
        await running.until(lambda: len(runs(tmp_path)) == 2)
        assert toasts(running) == ["Budget for Nov 2026: used up: $0.90 of $0.50"]


async def test_a_budget_that_is_set_while_the_app_is_open_counts() -> None:
    """And one that is raised is another budget."""
    config = FakeConfig()
    async with run_app(jobs=[done("1")], simulated=(), config=config) as running:
        assert "budget" not in footer(running)
        for limit, toast in (("1", "80% used: $0.90 of $1.00"), ("0.9", "used up: $0.90 of $0.90")):
            running.app.clear_notifications()
            changes = Changes(("budget.per_day",), parts=frozenset({Part.BUDGET}))
            budget = Budget(per_day=Decimal(limit))
            config.next_reload = changed_settings(running, changes, budget=budget)
            await running.app.main.config_reload.reload()
            expected = f"Budget for today: {toast}"
            await running.until(partial(lambda text: text in toasts(running), expected))
        assert "day budget" in footer(running)


async def test_a_new_day_has_a_new_budget() -> None:
    """What was spent yesterday does not count."""
    budget = Budget(per_day=Decimal("1.00"))
    async with run_app(jobs=[done("1")], simulated=(), budget=budget) as running:
        await running.until(lambda: len(toasts(running)) == 1)
        running.clock.advance(86_400)
        running.app.main.refresher.tick()
        assert "day budget ──────── 0% of $1.00" in footer(running)


async def test_gauges_are_in_the_footer_where_there_is_room() -> None:
    """One that warns comes first, the others after what matters most."""
    budget = Budget(Decimal("1.00"), Decimal("10.00"))
    async with run_app(jobs=[done("1")], simulated=(), budget=budget) as running:
        line = footer(running).splitlines()[0]
        assert "day budget ━━━━━━━─ 90% of $1.00" in line
        assert "month budget ──────── 9% of $10.00" in line
    async with run_app(size=(60, 20), jobs=[done("1")], simulated=(), budget=budget) as running:
        assert footer(running).startswith("day budget ━━━━━━━─ 90% of $1.00  ·  spent $0.90")
        assert "month budget" not in footer(running)


async def test_switched_off_channels_get_no_alert() -> None:
    """No toast and no command."""
    budget = Budget(per_day=Decimal("0.50"))
    async with run_app(jobs=[done("1")], simulated=(), budget=budget, toast=False) as running:
        await running.until(lambda: "180%" in footer(running))
        await running.until(lambda: alerts_were_claimed(running))
        assert toasts(running) == []


async def test_failed_jobs_use_no_budget() -> None:
    """They may not be billed."""
    failed = replace(done("1"), status=Status.FAILED)
    budget = Budget(per_day=Decimal("0.50"))
    async with run_app(jobs=[failed], simulated=(), budget=budget) as running:
        await running.until(lambda: "failed" in footer(running))
        assert "day budget ──────── 0%" in footer(running)
