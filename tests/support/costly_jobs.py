"""Two months of jobs with costs of every sort, the same in every run."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from kling_tui.costs.budget import Budget
from kling_tui.jobs import Job, Price, Status
from tests.support.jobs import I2V_PRICE, O1_PRICE, clip

BUDGET = Budget(Decimal(5), Decimal(100), {"campaign": Decimal(40)})
_DAYS = 58
_LABELS = (
    "campaign/shot {}", "titles/{}", "", "hero shot", "campaign/shot {}", "summer collection/{}",
)  # fmt: skip
_KINDS: tuple[tuple[str, Price | None], ...] = (
    ("i2v", I2V_PRICE), ("o1", O1_PRICE), ("i2v", I2V_PRICE), ("wan", None), ("i2v", I2V_PRICE),
)  # fmt: skip
_MESSAGES = ("Failure to pass the risk control system", "Internal server error", "no reason")


def costly_jobs(now: datetime) -> list[Job]:
    """Return jobs that ended in the two months before `now`, and some that are in flight."""
    return [*_ended_jobs(now), *_live_jobs(now)]


def _ended_jobs(now: datetime) -> Iterator[Job]:
    number = 0
    for days_ago in range(_DAYS):
        for _ in range((days_ago * 7 + days_ago // 3 * 5 + 3) % 8 // 2):
            number += 1
            ended_at = now - timedelta(days=days_ago, minutes=7 * (number % 20) + 1)
            failed = number % 9 == 4
            changes: dict[str, Any] = {
                "status": Status.FAILED if failed else Status.SUCCEEDED,
                "message": _MESSAGES[number // 9 % len(_MESSAGES)] if failed else None,
                "videos": () if failed else (clip(10.1 if number % 7 == 0 else 5.1),),
                "ended_at": ended_at,
                "checked_at": ended_at,
            }
            yield replace(_job(number, ended_at - timedelta(minutes=3)), **changes)


def _live_jobs(now: datetime) -> Iterator[Job]:
    for number in range(900, 903):
        yield replace(_job(number, now - timedelta(minutes=2)), status=Status.RUNNING)


def _job(number: int, added_at: datetime) -> Job:
    kind, price = _KINDS[number % len(_KINDS)]
    label = _LABELS[number % len(_LABELS)].format(number % 4 + 1)
    return Job(id=f"job-{number:03}", kind=kind, added_at=added_at, price=price, label=label)
