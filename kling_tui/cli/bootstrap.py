"""The parts that several commands are put together from: settings, store, gateways, clock."""

import argparse
import asyncio
import importlib
import os
import sys
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

from kling_tui.cli.exit_status import UsageError, print_error
from kling_tui.config.api_keys import find_key
from kling_tui.config.loading import find_config, load
from kling_tui.config.settings import Config, GatewayConfig, section_of
from kling_tui.downloads import Client, Limits
from kling_tui.downloads.queue import DownloadOptions
from kling_tui.formatting import text
from kling_tui.formatting.ansi import Style, colored, uncolored
from kling_tui.gateways import BUILT_IN, Endpoints, Gateway
from kling_tui.jobs import Job, Source
from kling_tui.sanitize import sanitize_line
from kling_tui.storage.store import Store
from kling_tui.tui.terminal import Terminal

PROFILE_VARIABLE = "KLING_TUI_PROFILE"
_APP = "kling-tui"
_OVER_SSH, _HERE = 100_000, 1_000_000
"""Bytes a second that playing a video may send: eight tenths of a line of 1 Mbit/s, and plenty."""


def config_paths(options: argparse.Namespace) -> tuple[Path | None, Path]:
    """Return the config that was asked for by an option, and the one to use by default."""
    return _path(options.config), platformdirs.user_config_path(_APP) / "config.toml"


def load_settings(options: argparse.Namespace) -> tuple[Config, Path]:
    """Return the settings, and the file that they come from."""
    option, default = config_paths(options)
    file, required = find_config(option, os.environ, default)
    return load(file, required=required, environ=os.environ), file


def job_file_path(options: argparse.Namespace, settings: Config) -> Path:
    """Return where the tracked jobs are."""
    named = _path(options.jobs) or settings.jobs.file
    return _home(named) if named else state_folder() / "jobs.toml"


def open_store(options: argparse.Namespace, settings: Config) -> Store:
    """Return the job file's store, loaded; what could not be read besides it is said."""
    held = unloaded_store(options, settings)
    held.load()
    for warning in held.warnings:
        print_error(warning)
    return held


def unloaded_store(options: argparse.Namespace, settings: Config) -> Store:
    """Return the job file's store as it is before it has read anything."""
    return Store(job_file_path(options, settings))


def _path(option: str | None) -> Path | None:
    return None if option is None else Path(option)


def _home(named: str | Path) -> Path:
    """Return a path that may start with ~."""
    try:
        return Path(named).expanduser()
    except RuntimeError as error:
        raise UsageError(f"{sanitize_line(str(named))}: there is no such home folder") from error


def download_options(settings: Config, folder: str | None = None) -> DownloadOptions:
    """Return where results go, be it to another folder than that of the settings, and how."""
    downloads = settings.downloads
    named = folder or downloads.dir
    return DownloadOptions(
        folder=(_home(named) if named else _videos_folder()).absolute(),
        template=downloads.name,
        auto=downloads.auto,
        connect=connect_to_results,
        clock=time.monotonic,
    )


def _videos_folder() -> Path:
    videos = platformdirs.user_videos_path()
    return (videos if videos.is_dir() else platformdirs.user_downloads_path()) / _APP


def endpoints(settings: Config) -> Endpoints:
    """Return the table of all endpoints, at today's prices."""
    prices = settings.price
    built_in = {kind: replace(each, price=prices.of(kind)) for kind, each in BUILT_IN.items()}
    return {**built_in, **settings.endpoints}


def gateways(settings: Config, profiles: Iterable[str] | None = None) -> dict[str, GatewayConfig]:
    """Return the gateways of profiles, of all by default, each with the key that it is sent."""
    return {
        profile: replace(gateway, key=find_key(settings, os.environ, profile=profile))
        for profile, gateway in settings.gateways.items()
        if profiles is None or profile in profiles
    }


def selected_profile(
    options: argparse.Namespace, settings: Config, jobs: Iterable[Job] = ()
) -> str | None:
    """Return the profile that was asked for, "" for that of [gateway], None where none was.

    It may be one that has gone from the config, but not from all of `jobs`.
    """
    asked = options.profile or os.environ.get(PROFILE_VARIABLE)
    if not asked:
        return None
    known = dict.fromkeys((*settings.gateways, *(job.profile for job in jobs)))
    named = {text.profile_name(each): each for each in known}
    if asked not in named:
        words = f"there is no profile {sanitize_line(asked)!r}; expected one of {', '.join(named)}"
        raise UsageError(words)
    return named[asked]


def of_profile(jobs: Iterable[Job], profile: str | None) -> list[Job]:
    """Return the jobs of a profile; None means all of them."""
    return [job for job in jobs if profile in (None, job.profile)]


def check_kinds(kinds: Iterable[str], known: Iterable[str]) -> None:
    """Refuse kinds that are not known."""
    names = dict.fromkeys(known)
    for kind in kinds:
        if kind not in names:
            raise UsageError(
                f"there is no kind {sanitize_line(kind)!r}; expected one of {', '.join(names)}"
            )


def bytes_per_second(settings: Config, terminal: Terminal) -> int:
    """Return how much playing a video may send to the terminal."""
    usual = _OVER_SSH if terminal.remote else _HERE
    return settings.preview.bytes_per_second or usual


def state_folder() -> Path:
    """Return the folder of the job file and the log."""
    return platformdirs.user_state_path(_APP)


def output_style() -> Style:
    """Return what colours standard output, where that is a terminal and nobody minds."""
    plain_one = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return colored if sys.stdout.isatty() and not plain_one else uncolored


def now() -> datetime:
    """Return the time of day, to the second, which is all that anybody reads."""
    return datetime.now(UTC).replace(microsecond=0)


@asynccontextmanager
async def connect(
    endpoints: Endpoints, gateways: Mapping[str, GatewayConfig], *, through_proxies: bool = True
) -> AsyncIterator[Mapping[Source, Gateway]]:
    """Open the gateways of profiles, each with clients of its own, which know its key alone."""
    # To load HTTP takes longer than a frame, so it is done in a thread after the first paint.
    client = await asyncio.to_thread(importlib.import_module, "kling_tui.gateways.client")
    opened: dict[Source, Gateway] = {}
    async with AsyncExitStack() as stack:
        for profile, gateway in gateways.items():
            connecting = client.connect(
                endpoints,
                gateway.url,
                gateway.key,
                gateway.timeout,
                section=section_of(profile),
                through_proxies=through_proxies,
            )
            by_kind = await stack.enter_async_context(connecting)
            opened.update((Source(kind, profile), each) for kind, each in by_kind.items())
        yield opened


@asynccontextmanager
async def connect_to_results(*, through_proxies: bool = True) -> AsyncIterator[Client]:
    """Open what fetches results, which knows no key."""
    client = await asyncio.to_thread(importlib.import_module, "kling_tui.downloads.client")
    async with client.connect(Limits(), through_proxies=through_proxies) as opened:
        yield opened
