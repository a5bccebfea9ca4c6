"""Runs `watch` and `wait`: finds the jobs that their options name, and waits for these."""

import argparse
import asyncio
from collections.abc import Collection, Iterable

from msgspec.structs import replace

from kling_tui.cli import bootstrap
from kling_tui.cli.exit_status import OK, UNAUTHORIZED, UsageError, print_error
from kling_tui.cli.filters import found_by, parse_filter, report_no_match
from kling_tui.cli.headless_run import HeadlessRun
from kling_tui.cli.reporting import Reporter
from kling_tui.cli.wait_condition import WaitCondition
from kling_tui.gateways import Endpoints, not_polled_reason
from kling_tui.jobs import Job
from kling_tui.queries import Query
from kling_tui.storage.store import Store


def run_headless(options: argparse.Namespace, condition: WaitCondition, reporter: Reporter) -> int:
    """Poll until the condition is met, and return the exit status."""
    settings, file = bootstrap.load_settings(options)
    store = bootstrap.open_store(options, settings)
    endpoints = bootstrap.endpoints(settings)
    condition = replace(
        condition, profile=bootstrap.selected_profile(options, settings, store.jobs.values())
    )
    profiles = settings.gateways.keys()
    bootstrap.require_tracked(condition.ids, store)
    if query := parse_filter(options, settings, store.jobs.values()):
        condition = replace(condition, ids=_ids_found_by(query, store, condition))
        if not condition.ids:
            report_no_match(store.jobs)
            return OK
    _require_polled(map(store.jobs.__getitem__, condition.ids), endpoints, profiles)
    run = HeadlessRun(store, condition, reporter, endpoints, profiles)
    if (status := run.start()) is not None:
        return status
    gateways = bootstrap.gateways(settings, file)
    status = asyncio.run(
        run.run(
            lambda: bootstrap.connect(endpoints, gateways),
            bootstrap.poll_schedule(settings),
            settings.gateway.concurrency,
        )
    )
    if status == UNAUTHORIZED and not any(gateway.key for gateway in gateways.values()):
        print_error(
            f"there is no API key; run kling-tui to enter one, or set gateway.key in {file}"
        )
    return status


def _ids_found_by(query: Query, store: Store, condition: WaitCondition) -> tuple[str, ...]:
    """Return which jobs to wait for: those that match now, ended or not, whatever happens later.

    Of ids that are given, only those that match.
    """
    jobs: Iterable[Job] = [store.jobs[job_id] for job_id in condition.ids]
    jobs = jobs or bootstrap.jobs_of_profile(store.jobs.values(), condition.profile)
    return tuple(job.id for job in found_by(query, jobs, bootstrap.now()))


def _require_polled(jobs: Iterable[Job], endpoints: Endpoints, profiles: Collection[str]) -> None:
    """Raise UsageError if a job is never polled, because its endpoint or profile is gone."""
    for job in jobs:
        if reason := not_polled_reason(job, endpoints, profiles):
            raise UsageError(f"{job.id} is {reason}")
