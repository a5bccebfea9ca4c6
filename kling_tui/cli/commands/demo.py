"""``demo``: opens the app with demo jobs on a local gateway."""

import argparse
import os
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

from kling_tui.cli import bootstrap
from kling_tui.cli.commands import app
from kling_tui.cli.commands.demo_gateway import define_speed
from kling_tui.cli.exit_status import print_error
from kling_tui.config.api_keys import GatewayAccess, without_keys
from kling_tui.config.loading import parse
from kling_tui.demo import DEMO_JOBS, SETTINGS, DemoGateway
from kling_tui.downloads.queue import DownloadOptions
from kling_tui.gateways import Endpoints, ErrorKind, price_of
from kling_tui.jobs import Job
from kling_tui.polling.backoff import PollSchedule
from kling_tui.previews.opener import clip_opener
from kling_tui.storage.incidents import Incident, IncidentFile
from kling_tui.storage.store import Store
from kling_tui.tui.dependencies import AppDependencies
from kling_tui.tui.programs import find_opener
from kling_tui.tui.terminal import Terminal

_EXAMPLES = """examples:
  kling-tui demo --speed 10
"""


def define(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.epilog = _EXAMPLES
    define_speed(parser)


def run(options: argparse.Namespace) -> int:
    """Open the app, with all files in a temporary folder."""
    app.require_terminal()
    if ignored := bootstrap.ignored_options("demo", options):
        print_error(ignored)
    settings = parse(SETTINGS, "the demo's settings")
    endpoints = bootstrap.endpoints(settings)
    speed, terminal = options.speed, Terminal.detect(os.environ)
    with (
        DemoGateway(speed=speed) as gateway,
        tempfile.TemporaryDirectory(prefix="kling-tui") as folder,
    ):
        store = Store(Path(folder) / "jobs.toml")
        store.put(*tracked_jobs(endpoints, bootstrap.now(), speed))
        store.save()
        IncidentFile(store.path).add(past_incidents(bootstrap.now(), speed), bootstrap.now())
        log_file = Path(folder) / app.LOG_NAME
        app.log_to(log_file)
        dependencies = AppDependencies(
            store=store,
            connect=lambda: bootstrap.connect(
                endpoints,
                {"": GatewayAccess(gateway.url, gateway.key)},
                through_proxies=False,
            ),
            download_options=DownloadOptions(
                folder=Path(folder) / "videos",
                connect=lambda: bootstrap.connect_to_results(through_proxies=False),
                clock=time.monotonic,
            ),
            endpoints=endpoints,
            now=bootstrap.now,
            schedule=PollSchedule(first=max(0.1, 1 / speed), max_interval=max(0.1, 3 / speed)),
            subtitle=f"demo gateway, {gateway.url}",
            log_file=log_file,
            bell=False,
            terminal=terminal,
            environment=without_keys(os.environ),
            opener=find_opener(os.environ, sys.platform, remote=terminal.remote),
            open_clip=clip_opener(),
            bytes_per_second=bootstrap.bytes_per_second(settings, terminal),
            advice=ignored,
        )
        return app.run_app(dependencies, mouse=True)


def tracked_jobs(endpoints: Endpoints, now: datetime, speed: float = 1.0) -> list[Job]:
    """Return the demo's jobs as if each had been tracked when it was submitted."""
    return [
        Job(
            id=job.id,
            kind=job.kind,
            label=job.label,
            added_at=now - timedelta(seconds=round(job.age / speed)),
            price=price_of(job.id, job.kind, endpoints),
        )
        for job in DEMO_JOBS
    ]


def past_incidents(now: datetime, speed: float = 1.0) -> list[Incident]:
    """Return when the demo's gateway could not be polled before the demo was opened."""
    start, end = (now - timedelta(minutes=minutes / speed) for minutes in (38, 31))
    return [
        Incident(
            kind=kind,
            cause=str(ErrorKind.UNREACHABLE),
            start=start,
            end=end,
            problem="unreachable: connection refused",
            outage=True,
        )
        for kind in sorted({job.kind for job in DEMO_JOBS})
    ]
