"""``demo``: opens the app with demo jobs on a local gateway."""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from kling_tui.cli import bootstrap, demo_jobs
from kling_tui.cli.commands import app
from kling_tui.cli.commands.demo_gateway import define_speed
from kling_tui.cli.exit_status import print_error
from kling_tui.config.api_keys import GatewayAccess, without_keys
from kling_tui.config.loading import parse
from kling_tui.demo import SETTINGS, DemoGateway
from kling_tui.downloads.queue import DownloadOptions
from kling_tui.polling.backoff import PollSchedule
from kling_tui.previews.opener import clip_opener
from kling_tui.storage.incidents import IncidentFile
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
        DemoGateway(speed=speed, jobs=demo_jobs.simulated_jobs(speed)) as gateway,
        tempfile.TemporaryDirectory(prefix="kling-tui") as folder,
    ):
        store = Store(Path(folder) / "jobs.toml")
        store.put(*demo_jobs.tracked_jobs(endpoints, bootstrap.now(), speed))
        store.put(*demo_jobs.earlier_jobs(endpoints, gateway.url, bootstrap.now()))
        store.save()
        IncidentFile(store.path).add(demo_jobs.past_incidents(bootstrap.now()), bootstrap.now())
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
            images=settings.preview.images,
            advice=ignored,
        )
        return app.run_app(dependencies, mouse=True)
