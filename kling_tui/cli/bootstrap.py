"""Composition root: builds what several commands need from options, settings and environment."""

import argparse
import asyncio
import importlib
import os
import sys
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from kling_tui.cli import user_files
from kling_tui.cli.exit_status import OK, USAGE, UsageError, print_error
from kling_tui.config.api_keys import GatewayAccess, gateway_access
from kling_tui.config.loading import load
from kling_tui.config.settings import Config
from kling_tui.costs.budget import Budget
from kling_tui.downloads import Client, Limits
from kling_tui.downloads.queue import DownloadOptions
from kling_tui.formatting import text
from kling_tui.formatting.ansi import Style, colored, uncolored
from kling_tui.gateways import BUILT_IN, Endpoints, Gateway
from kling_tui.jobs import Job, Source
from kling_tui.polling.backoff import PollSchedule
from kling_tui.sanitize import sanitize_line
from kling_tui.storage.store import Store
from kling_tui.tui.terminal import Terminal

PROFILE_VARIABLE = "KLING_TUI_PROFILE"
_REMOTE_BYTES_PER_SECOND, _LOCAL_BYTES_PER_SECOND = 100_000, 1_000_000
"""Output of the video preview: 80 % of a line of 1 Mbit/s over SSH, plenty on this machine."""


def load_settings(options: argparse.Namespace) -> tuple[Config, Path]:
    """Return the settings, and their file."""
    file, required = user_files.config_file(options)
    return load(file, required=required, environ=os.environ), file


def open_store(options: argparse.Namespace, settings: Config) -> Store:
    """Return the store of the job file, loaded; prints what is wrong with other files of jobs."""
    store = unloaded_store(options, settings)
    store.load()
    for warning in store.warnings:
        print_error(warning)
    return store


def unloaded_store(options: argparse.Namespace, settings: Config) -> Store:
    """Return the store of the job file, without reading it."""
    return Store(user_files.job_file(options, settings))


def ignored_options(command: str, options: argparse.Namespace) -> str:
    """Return that a command without files of the user ignores their options; "" if none is set."""
    given = [name for name in ("config", "jobs", "profile") if getattr(options, name) is not None]
    names = " and ".join(f"--{name}" for name in given)
    return f"{command} ignores {names}: it uses none of your files" if given else ""


def require_tracked(ids: Iterable[str], store: Store) -> None:
    """Raise UsageError if an id is not tracked."""
    if unknown := [sanitize_line(job_id) for job_id in ids if job_id not in store.jobs]:
        names = ", ".join(map(repr, unknown))
        raise UsageError(f"not tracked: {names}. Add it first: kling-tui add ID")


def report_untracked(ids: Iterable[str]) -> int:
    """Print that ids are not tracked, and return the exit status; all is well without ids."""
    status = OK
    for job_id in ids:
        print_error(f"{sanitize_line(job_id)!r} is not tracked")
        status = USAGE
    return status


def budget(settings: Config) -> Budget:
    """Return the budget of the config."""
    section = settings.budget
    return Budget(section.per_day, section.per_month, section.per_label, section.warn_at)


def download_options(
    settings: Config, folder: str | None = None, *, without_home: Path | None = None
) -> DownloadOptions:
    """Return how to download; `folder` overrides that of the settings.

    `without_home` is used where there is no other folder; None raises UsageError there.
    """
    downloads = settings.downloads
    return DownloadOptions(
        folder=user_files.download_folder(folder or downloads.dir, without_home),
        template=downloads.name,
        auto=downloads.auto,
        connect=connect_to_results,
        clock=time.monotonic,
    )


def endpoints(settings: Config) -> Endpoints:
    """Return all endpoints by kind, with the prices of the settings."""
    prices = settings.price
    built_in = {
        kind: replace(endpoint, price=prices.of(kind)) for kind, endpoint in BUILT_IN.items()
    }
    return {**built_in, **settings.endpoints}


def poll_schedule(settings: Config) -> PollSchedule:
    """Return how often jobs are polled."""
    poll = settings.poll
    return PollSchedule(poll.first, poll.slowest, poll.jitter)


def gateways(
    settings: Config,
    file: Path,
    profiles: Iterable[str] | None = None,
    *,
    interactive: bool = True,
) -> dict[str, GatewayAccess]:
    """Return the gateways of some profiles (None: of all), each with its API key.

    `file` is the config's; `interactive` is whether a key_command may use the terminal.
    """
    return {
        profile: gateway_access(settings, os.environ, profile, file, interactive=interactive)
        for profile in settings.gateways
        if profiles is None or profile in profiles
    }


def selected_profile(
    options: argparse.Namespace, settings: Config, jobs: Iterable[Job] = ()
) -> str | None:
    """Return the profile of the option or variable: "" means that of [gateway], None means all.

    It may be one that only `jobs` still have. Raises UsageError if there is none of that name.
    """
    requested = options.profile or os.environ.get(PROFILE_VARIABLE)
    if not requested:
        return None
    profiles = dict.fromkeys((*settings.gateways, *(job.profile for job in jobs)))
    by_name = {text.profile_name(profile): profile for profile in profiles}
    if requested not in by_name:
        raise UsageError(
            f"there is no profile {sanitize_line(requested)!r}; "
            f"expected one of {', '.join(by_name)}"
        )
    return by_name[requested]


def jobs_of_profile(jobs: Iterable[Job], profile: str | None) -> list[Job]:
    """Return the jobs of a profile; None means of all profiles."""
    return [job for job in jobs if profile in (None, job.profile)]


def check_kinds(kinds: Iterable[str], valid: Iterable[str]) -> None:
    """Raise UsageError if a kind is not among the valid ones."""
    names = dict.fromkeys(valid)
    for kind in kinds:
        if kind not in names:
            raise UsageError(
                f"there is no kind {sanitize_line(kind)!r}; expected one of {', '.join(names)}"
            )


def bytes_per_second(settings: Config, terminal: Terminal) -> int:
    """Return how many bytes a second the video preview may send to the terminal."""
    default = _REMOTE_BYTES_PER_SECOND if terminal.remote else _LOCAL_BYTES_PER_SECOND
    return settings.preview.bytes_per_second or default


def output_style() -> Style:
    """Return how to colour standard output: not in a pipe, and not against $NO_COLOR."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return colored if sys.stdout.isatty() and not plain else uncolored


def now() -> datetime:
    """Return the current time in UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


@asynccontextmanager
async def connect(
    endpoints: Endpoints, gateways: Mapping[str, GatewayAccess], *, through_proxies: bool = True
) -> AsyncIterator[Mapping[Source, Gateway]]:
    """Connect to the gateways of profiles: each has its own clients, which know only its key."""
    # Importing httpx takes longer than a frame: a thread does it after the first paint.
    client = await asyncio.to_thread(importlib.import_module, "kling_tui.gateways.client")
    opened: dict[Source, Gateway] = {}
    async with AsyncExitStack() as stack:
        for profile, access in gateways.items():
            connecting = client.connect(
                endpoints,
                access.url,
                access.key,
                access.timeout,
                section=access.section,
                key_source=access.key_source,
                through_proxies=through_proxies,
            )
            by_kind = await stack.enter_async_context(connecting)
            opened.update((Source(kind, profile), gateway) for kind, gateway in by_kind.items())
        yield opened


@asynccontextmanager
async def connect_to_results(*, through_proxies: bool = True) -> AsyncIterator[Client]:
    """Open the client for downloads, which knows no API key."""
    client = await asyncio.to_thread(importlib.import_module, "kling_tui.downloads.client")
    async with client.connect(Limits(), through_proxies=through_proxies) as opened:
        yield opened
