"""Fetches the results of finished jobs, and prints where each is."""

import argparse
import asyncio
from collections.abc import Mapping
from random import Random

from kling_tui.cli import bootstrap
from kling_tui.cli.completers import offer_ids
from kling_tui.cli.exit_status import JOB_FAILED, OK, UNAUTHORIZED, UsageError, print_error
from kling_tui.cli.piped import expand_ids
from kling_tui.cli.progress_line import ProgressLine
from kling_tui.config.settings import Config, GatewayConfig
from kling_tui.downloads import DownloadError
from kling_tui.downloads.queue import DownloadQueue
from kling_tui.formatting import text
from kling_tui.gateways import ErrorKind, GatewayError
from kling_tui.jobs import Job
from kling_tui.polling.poller import Poller
from kling_tui.polling.rate_limiter import EndpointLimiter, PollSchedule
from kling_tui.sanitize import sanitize_line
from kling_tui.storage.store import Store

_TICK = 0.5
"""Seconds between two lines of progress."""
_EXAMPLES = """examples:
  kling-tui download
  kling-tui wait CjI17WevH1IAAAAAAHmgsw && kling-tui download --dir . CjI17WevH1IAAAAAAHmgsw
"""


def define(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.epilog = _EXAMPLES
    parser.add_argument("--dir", metavar="DIR", help="where to; default: downloads.dir")
    words = "default: every job with a result that is not here yet; - reads ids from a pipe"
    offer_ids(parser.add_argument("ids", nargs="*", metavar="ID", help=words))


def run(options: argparse.Namespace) -> int:
    """Download."""
    asked = list(dict.fromkeys(expand_ids(options.ids)))
    settings, _ = bootstrap.load_settings(options)
    store = bootstrap.open_store(options, settings)
    if unknown := [sanitize_line(job_id) for job_id in asked if job_id not in store.jobs]:
        words = ", ".join(map(repr, unknown))
        raise UsageError(f"not tracked: {words}; track first:  kling-tui add ID")
    profile = bootstrap.selected_profile(options, settings, store.jobs.values())
    jobs = [store.jobs[job_id] for job_id in asked]
    jobs = jobs or bootstrap.of_profile(store.jobs.values(), profile)
    gateways = bootstrap.gateways(settings, {job.profile for job in jobs})
    errand = DownloadRun(store, settings, gateways, options.dir)
    return asyncio.run(errand.run([job.id for job in jobs], named=bool(asked)))


class DownloadRun:
    """A run of the fetcher until all that is wanted is here, or cannot be had."""

    def __init__(
        self,
        store: Store,
        settings: Config,
        gateways: Mapping[str, GatewayConfig],
        folder: str | None,
    ) -> None:
        self._store = store
        self._gateways = gateways
        self._endpoints = bootstrap.endpoints(settings)
        self._fetcher = DownloadQueue(
            store,
            bootstrap.download_options(settings, folder),
            poll_once=self._ask,
            on_end=lambda job, failure: self._outcomes.put_nowait((job, failure)),
            on_files_missing=lambda: None,
        )
        self._outcomes: asyncio.Queue[tuple[Job, DownloadError | None]] = asyncio.Queue()
        self._line = ProgressLine()
        self._status = OK

    async def run(self, ids: list[str], *, named: bool) -> int:
        """Fetch results, and return the exit status; where jobs are `named`, tell of each."""
        await self._fetcher.forget_missing_files()
        running = asyncio.create_task(self._fetcher.run())
        try:
            await self._follow(set(self._begin(ids, named=named)), running)
        finally:
            self._line.clear()
            await self._fetcher.stop()
            running.cancel()
            await asyncio.wait([running])
            self._store.save()
        return self._status

    def _begin(self, ids: list[str], *, named: bool) -> list[str]:
        """Begin, and tell of the named jobs of which there is nothing to fetch."""
        for job in map(self._store.jobs.__getitem__, ids if named else ()):
            if job.downloaded:
                _print_files(job)
            elif not job.awaits_download:
                self._status = JOB_FAILED
                print_error(f"{job.name} has no result: {text.status(job)}")
        begun = self._fetcher.fetch(ids)
        if not (begun or named):
            print_error("every result is here")
        return begun

    async def _follow(self, left: set[str], running: asyncio.Task[None]) -> None:
        while left:
            try:
                async with asyncio.timeout(_TICK):
                    job, failure = await self._outcomes.get()
            except TimeoutError:
                if running.done():
                    running.result()  # what ended it is a fault in the program
                self._line.show(list(self._fetcher.in_progress.values()), len(left))
                continue
            left.discard(job.id)
            self._line.clear()
            _print_files(job)
            self._store.save()
            if failure:
                self._status = self._status or JOB_FAILED
                print_error(f"{job.name}: {failure}")

    async def _ask(self, job: Job) -> Job:
        """Poll a job for a fresh link."""
        own = {name: each for name, each in self._gateways.items() if name == job.profile}
        async with bootstrap.connect(self._endpoints, own) as gateways:
            chance = Random()  # noqa: S311 - no secret depends on it
            limiter = EndpointLimiter(PollSchedule(), asyncio.Semaphore(1), bootstrap.now, chance)
            poller = Poller(self._store, gateways, {job.source: limiter}, lambda *_: None)
            try:
                return await poller.poll_once(job)
            except GatewayError as error:
                if error.kind is ErrorKind.UNAUTHORIZED:
                    self._status = UNAUTHORIZED
                raise


def _print_files(job: Job) -> None:
    for video in job.videos:
        if video.file:
            print(video.file, flush=True)
