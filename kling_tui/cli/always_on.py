"""Runs `watch --forever`: polls, notifies and downloads without a screen until a signal."""

import argparse
import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import datetime
from random import Random
from typing import Any

from kling_tui.cli import bootstrap, gc_policy
from kling_tui.cli.always_on_config import AlwaysOnConfig, AlwaysOnSettings
from kling_tui.cli.auto_downloads import AutoDownloads
from kling_tui.cli.background_output import background_output
from kling_tui.cli.exit_signals import ExitSignals
from kling_tui.cli.exit_status import print_error
from kling_tui.cli.reporting import ChangeReport, Reporter
from kling_tui.config.changes import Changes, Part
from kling_tui.config.errors import ConfigError
from kling_tui.formatting import text
from kling_tui.formatting.budgets import alert_text
from kling_tui.jobs import Job
from kling_tui.notifications.budgets import BudgetAlert, BudgetWatch
from kling_tui.notifications.remote import RemoteNotifiers
from kling_tui.polling.poller import PollResult
from kling_tui.polling.session import Session
from kling_tui.storage.store import Store
from kling_tui.storage.threads import run_in_thread_uncancelled

_TICK = 1.0
"""Seconds between two updates of the display of live jobs."""
_LEAVE_SECONDS = 5.0
"""Seconds that a push message or command may take that is on its way when a signal arrives."""


def run_forever(
    options: argparse.Namespace, create_reporter: Callable[[Callable[[], bool]], Reporter]
) -> int:
    """Watch until a signal, and return the exit status.

    `create_reporter` returns what prints the changes; its argument is called to ask whether
    anything printed earlier still waits for the reader of the output.
    """
    settings, file = bootstrap.load_settings(options)
    store = bootstrap.open_store(options, settings)
    profile = bootstrap.selected_profile(options, settings, store.jobs.values())
    config = AlwaysOnConfig(settings, file, store.path.parent / "kling-tui")
    with background_output() as output:
        reporter = create_reporter(lambda: output.behind)
        always_on = AlwaysOn(
            store, config.current(), reporter, config=config, profile=profile, now=bootstrap.now
        )
        return asyncio.run(always_on.run())


class AlwaysOn:
    """One run of `watch --forever`."""

    def __init__(
        self,
        store: Store,
        settings: AlwaysOnSettings,
        reporter: Reporter,
        *,
        now: Callable[[], datetime],
        config: AlwaysOnConfig | None = None,
        profile: str | None = None,
    ) -> None:
        """`profile` is that whose jobs are reported; None means all.

        `config` is looked at for changes.
        """
        self._store = store
        self._settings = settings
        self._now = now
        self._config = config
        self._profile = profile
        self._problem: str | None = None
        self._wake = asyncio.Event()
        self._report: ChangeReport | None = ChangeReport(
            reporter, store.jobs, self._live_jobs, self._wake.set
        )
        """None once nothing can be printed any more."""
        self._session = self._create_session()
        self._downloads = AutoDownloads(store, self._session, settings.download_options, now)
        self._group = asyncio.TaskGroup()
        self._notifiers = RemoteNotifiers(
            store.jobs,
            store.path,
            now,
            start=lambda work: self._start(work()),
            on_problem=lambda setting, problem: print_error(f"{setting}: {problem}"),
            leave_seconds=_LEAVE_SECONDS,
        )
        self._budget = BudgetWatch(
            store.jobs, settings.budget, now, self._on_budget_alert, store.path
        )
        self._tasks: list[asyncio.Task[None]] = []
        self._polling: asyncio.Task[None] | None = None
        self._reloading: asyncio.Task[None] | None = None
        self._signals = ExitSignals(self._wake.set, self._session.release_leadership)

    def _create_session(self) -> Session:
        return Session(
            self._store,
            endpoints=self._settings.endpoints,
            now=self._now,
            on_poll=self._on_poll,
            on_external_change=self._on_external_change,
            other_changed=lambda: self._config is not None and self._config.changed(),
            on_check=self._on_check,
            before_load=gc_policy.before_load,
            after_load=gc_policy.after_load,
        )

    async def run(self) -> int:
        """Watch until a signal, or until cancelled; return the exit status."""
        with self._signals.handled():
            return await self._run()

    async def _run(self) -> int:
        print_error(f"watching {text.count(len(self._live_jobs()), 'unfinished job')}")
        try:
            async with self._group:
                self._start(self._session.run_sync())
                self._start(self._downloads.queue.run())
                self._start_polling()
                self._notifiers.configure(self._settings.notify_command, self._settings.push)
                self._start(self._budget.run())
                self._notice()
                try:
                    await self._report_until_signal()
                finally:
                    await self._downloads.queue.stop()
                    for task in self._tasks:
                        task.cancel()
        finally:
            await self._session.save()
        if self._session.problem:
            print_error(f"not saved: {self._session.problem}")
        return self._signals.status or 0

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(self._group.create_task(work))

    def _start_polling(self) -> None:
        settings = self._settings
        random = Random()  # noqa: S311 - no secret depends on it
        work = self._session.poll(settings.connect, settings.schedule, settings.concurrency, random)
        self._polling = self._group.create_task(work)

    async def _report_until_signal(self) -> None:
        try:
            while self._signals.status is None:
                ticks = self._report is not None and self._report.ticks
                with suppress(TimeoutError):
                    async with asyncio.timeout(_TICK if ticks else None):
                        await self._wake.wait()
                self._wake.clear()
                self._print_changes()
        finally:
            for task in (self._reloading, self._polling):
                if task is not None:
                    task.cancel()

    def _print_changes(self) -> None:
        """Print what has changed; once the terminal is gone, the run goes on without that."""
        if self._report is None:
            return
        try:
            self._report.print(self._settings.endpoints, self._settings.profiles)
        except OSError as error:
            self._report = None
            print_error(f"changes are no longer printed: {error.strerror}")

    def _live_jobs(self) -> list[Job]:
        jobs = bootstrap.jobs_of_profile(self._store.jobs.values(), self._profile)
        return [job for job in jobs if not job.ended]

    def _notice(self) -> None:
        """Have ends and budgets announced, and results downloaded."""
        self._notifiers.notice()
        self._budget.notice()
        self._downloads.notice()

    def _on_poll(self, before: Job, result: PollResult) -> None:
        job = result.job
        if job.ended and not before.ended:
            self._notice()
        if self._report is not None and self._profile in (None, job.profile):
            self._report.record(before, result)

    def _on_budget_alert(self, alert: BudgetAlert) -> None:
        """Print an alert, and give it where no other process has given it."""
        print_error(": ".join(alert_text(alert.use, alert.thresholds[-1])))
        self._notifiers.budget_reached(alert)

    def _on_external_change(self) -> None:
        self._notice()
        problem, self._problem = self._problem, self._session.problem
        if self._problem and self._problem != problem:
            print_error(f"not saved: {self._problem}")
        self._wake.set()

    def _on_check(self, config_changed: bool) -> None:  # noqa: FBT001 - passed on by the session
        if config_changed:
            self._start_reload()

    def _start_reload(self) -> None:
        ending = self._signals.status is not None
        if not ending and (self._reloading is None or self._reloading.done()):
            self._reloading = self._group.create_task(self._reload())

    async def _reload(self) -> None:
        """Take over the config file; if it cannot be used, the settings stay as they are."""
        if self._config is None:
            return
        try:
            self._settings, changes = await run_in_thread_uncancelled(self._config.reload)
        except ConfigError as error:
            print_error(f"{error}\nThe previous settings stay in force.")
            return
        await self._apply(changes)
        if names := ", ".join(
            (*changes.applied, *(f"{name} (restart)" for name in changes.restart))
        ):
            print_error(f"config reloaded: {names}")

    async def _apply(self, changes: Changes) -> None:
        settings = self._settings
        self._session.endpoints = settings.endpoints
        if Part.CONNECTIONS in changes.parts and self._polling is not None:
            self._polling.cancel()
            await asyncio.wait([self._polling])
            self._start_polling()
        if Part.DOWNLOADS in changes.parts:
            self._downloads.queue.options = settings.download_options
            self._downloads.notice()
        if Part.BUDGET in changes.parts:
            self._budget.configure(settings.budget)
        if Part.NOTIFICATIONS in changes.parts:
            self._notifiers.configure(settings.notify_command, settings.push)
