"""The app on gateways in its own process, where each live job changes once a second.

``python -m tests.benchmarks.programs.changing JOB_FILE``
"""

import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

from kling_tui.cli import bootstrap
from kling_tui.config.settings import Config
from kling_tui.gateways import BUILT_IN, Gateway
from kling_tui.jobs import Report, Source, Status
from kling_tui.polling.backoff import PollSchedule
from kling_tui.storage.store import Store
from kling_tui.tui.app import KlingApp
from kling_tui.tui.dependencies import AppDependencies


class ChangingGateway:
    """Reports another remaining time at each poll."""

    usable = True

    def __init__(self) -> None:
        self._polls = count()

    async def poll(self, job_id: str) -> Report:  # noqa: ARG002 - of the protocol
        """Return a report without waiting."""
        return Report(
            status=Status.RUNNING, raw_status="running", eta_seconds=next(self._polls) * 7 % 3600
        )

    def forget(self, job_id: str) -> None:
        """Do nothing."""


@asynccontextmanager
async def connect() -> AsyncIterator[Mapping[Source, Gateway]]:
    """Return a gateway for each kind."""
    yield {Source(kind): ChangingGateway() for kind in BUILT_IN}


if __name__ == "__main__":
    store = Store(Path(sys.argv[1]))
    store.load(archives=False)
    KlingApp(
        AppDependencies(
            store=store,
            connect=connect,
            download_options=bootstrap.download_options(Config()),
            endpoints=BUILT_IN,
            now=bootstrap.now,
            schedule=PollSchedule(first=1.0, max_interval=1.0, jitter=0.0),
        )
    ).run()
