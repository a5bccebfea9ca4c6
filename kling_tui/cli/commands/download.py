"""``download``: downloads the results of finished jobs, and prints their paths."""

import argparse
import asyncio
from collections.abc import Mapping
from pathlib import Path
from random import Random

from kling_tui.cli import bootstrap
from kling_tui.cli.completers import set_folder_completer, set_id_completer
from kling_tui.cli.exit_status import JOB_FAILED, OK, UNAUTHORIZED, print_error
from kling_tui.cli.filters import define_filter, found_by, parse_filter, report_no_match
from kling_tui.cli.piped import expand_ids
from kling_tui.cli.progress_line import ProgressLine
from kling_tui.config.api_keys import GatewayAccess
from kling_tui.config.settings import Config
from kling_tui.downloads import DownloadError
from kling_tui.downloads.queue import DownloadQueue
from kling_tui.formatting import text
from kling_tui.formatting.names import JobNames
from kling_tui.gateways import GatewayError
from kling_tui.jobs import Job
from kling_tui.polling.backoff import PollSchedule
from kling_tui.polling.endpoint_limiter import EndpointLimiter
from kling_tui.polling.poller import Poller
from kling_tui.storage.store import Store

_TICK = 0.5
"""Seconds between two updates of the progress line."""
_EXAMPLES = """examples:
  kling-tui download
  kling-tui download --filter "label:campaign ended:today"
  kling-tui wait CjI17WevH1IAAAAAAHmgsw && kling-tui download --dir . CjI17WevH1IAAAAAAHmgsw
"""


def define(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.epilog = _EXAMPLES
    folder = parser.add_argument(
        "--dir", metavar="DIR", help="download to DIR (default: downloads.dir)"
    )
    set_folder_completer(folder)
    ids = parser.add_argument(
        "ids",
        nargs="*",
        metavar="ID",
        help="tracked job (default: all not downloaded yet); - reads ids from standard input",
    )
    set_id_completer(ids)
    define_filter(parser)


def run(options: argparse.Namespace) -> int:
    """Download the results of some jobs, or of all."""
    ids = list(dict.fromkeys(expand_ids(options.ids)))
    settings, file = bootstrap.load_settings(options)
    store = bootstrap.open_store(options, settings)
    bootstrap.require_tracked(ids, store)
    profile = bootstrap.selected_profile(options, settings, store.jobs.values())
    jobs = [store.jobs[job_id] for job_id in ids]
    jobs = jobs or bootstrap.jobs_of_profile(store.jobs.values(), profile)
    query = parse_filter(options, settings, store.jobs.values())
    jobs = found_by(query, jobs, bootstrap.now())
    if query and not jobs:
        report_no_match(store.jobs)
        return OK
    gateways = bootstrap.gateways(settings, file, {job.profile for job in jobs})
    download_run = DownloadRun(store, settings, gateways, options.dir)
    return asyncio.run(download_run.run([job.id for job in jobs], named=bool(ids)))


class DownloadRun:
    """One run of the download queue, until every requested result is downloaded or has failed."""

    def __init__(
        self,
        store: Store,
        settings: Config,
        gateways: Mapping[str, GatewayAccess],
        folder: str | None,
    ) -> None:
        self._store = store
        self._gateways = gateways
        self._into_folder = folder is not None
        self._endpoints = bootstrap.endpoints(settings)
        self._names = JobNames(store.jobs.values())
        self._queue = DownloadQueue(
            store,
            bootstrap.download_options(settings, folder),
            poll_once=self._poll_once,
            on_end=lambda job, error: self._outcomes.put_nowait((job, error)),
            on_files_missing=lambda: None,
        )
        self._outcomes: asyncio.Queue[tuple[Job, DownloadError | None]] = asyncio.Queue()
        self._line = ProgressLine()
        self._status = OK

    async def run(self, ids: list[str], *, named: bool) -> int:
        """Download results, and return the exit status; print the state of each of `named` jobs."""
        running = asyncio.create_task(self._queue.run())
        try:
            queued = await self._start(ids, named=named)
            await self._report_until_done(set(queued), running)
        finally:
            self._line.clear()
            await self._queue.stop()
            running.cancel()
            await asyncio.wait([running])
            self._store.save()
        return self._status

    async def _start(self, ids: list[str], *, named: bool) -> list[str]:
        """Queue the jobs, and return those queued; report `named` ones without a download."""
        queued = await self._queue.fetch_absent(ids, into_folder=named and self._into_folder)
        for job in map(self._store.jobs.__getitem__, ids if named else ()):
            if job.id in queued:
                continue
            if job.downloaded:
                _print_files(job)
            else:
                self._status = JOB_FAILED
                print_error(f"{self._names.name(job)} has no result: {text.status(job)}")
        if not (queued or named):
            print_error("all results are already downloaded")
        return queued

    async def _report_until_done(self, remaining: set[str], running: asyncio.Task[None]) -> None:
        while remaining:
            try:
                async with asyncio.timeout(_TICK):
                    job, error = await self._outcomes.get()
            except TimeoutError:
                if running.done():
                    running.result()  # raises the exception that ended the queue
                self._line.show(list(self._queue.in_progress.values()), len(remaining))
                continue
            remaining.discard(job.id)
            self._line.clear()
            _print_files(job)
            self._store.save()
            if error:
                self._status = self._status or JOB_FAILED
                print_error(f"{self._names.name(job)}: {error}")

    async def _poll_once(self, job: Job) -> Job:
        """Poll a job once, because its link has expired."""
        # None if the profile of the job is gone from the config.
        by_profile = {name: self._gateways[name] for name in self._gateways if name == job.profile}
        async with bootstrap.connect(self._endpoints, by_profile) as gateways:
            random = Random()  # noqa: S311 - no secret depends on it
            limiter = EndpointLimiter(PollSchedule(), asyncio.Semaphore(1), bootstrap.now, random)
            poller = Poller(self._store, gateways, {job.source: limiter}, lambda *_: None)
            try:
                return await poller.poll_once(job)
            except GatewayError as error:
                if error.kind.is_refusal:
                    self._status = UNAUTHORIZED
                raise


def _print_files(job: Job) -> None:
    for video in job.videos:
        if video.file and Path(video.file).is_file():
            print(video.file, flush=True)
