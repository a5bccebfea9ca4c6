"""Opens the app on the gateway of the config; what happens where no command is named."""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from logging.handlers import RotatingFileHandler
from pathlib import Path
from urllib.parse import urlsplit

from kling_tui.cli import bootstrap
from kling_tui.cli.exit_status import FINE, UsageError
from kling_tui.config.api_keys import exposed
from kling_tui.config.settings import ConfigError
from kling_tui.costs import totals
from kling_tui.formatting import text
from kling_tui.polling.rate_limiter import Cadence
from kling_tui.previews.opener import clip_opener
from kling_tui.sanitize import plain
from kling_tui.storage.store import StoreError
from kling_tui.tui.dependencies import Wiring
from kling_tui.tui.programs import EndCommand, opener
from kling_tui.tui.terminal import Terminal

_LOG_BYTES = 1_000_000
_SOON_READ = 600_000
"""The size of a job file, in bytes, that is read before the first paint; a larger one after it."""
_TURN = 0.001
"""Seconds after which a thread that works, as one that saves does, gives way to the screen."""


def run(options: argparse.Namespace) -> int:
    """Open the app."""
    require_terminal()
    settings, file = bootstrap.settings(options)
    profile = bootstrap.profile(options, settings) or ""
    gateways = bootstrap.gateways(settings)
    store = bootstrap.unread_store(options, settings)
    if store.size < _SOON_READ:
        store.load(ended=False)
    poll = settings.poll
    endpoints = bootstrap.endpoints(settings)
    terminal = Terminal.of(os.environ)
    state = bootstrap.state_folder()
    _log_to(state / "kling-tui.log")

    wiring = Wiring(
        store=store,
        connect=lambda: bootstrap.connect(endpoints, gateways),
        fetching=bootstrap.fetching(settings),
        endpoints=endpoints,
        profiles=tuple(gateways),
        profile=profile,
        now=bootstrap.now,
        cadence=Cadence(poll.first, poll.slowest, poll.jitter),
        concurrency=settings.gateway.concurrency,
        place=", ".join(dict.fromkeys(urlsplit(each.url).netloc for each in gateways.values())),
        view_file=state / "view.toml",
        theme=settings.ui.theme,
        keys=settings.keys,
        bell=settings.notify.bell,
        desktop=settings.notify.desktop,
        toast=settings.notify.toast,
        on_end=_end_command(settings.notify.command),
        terminal=terminal,
        opens_with=opener(os.environ, sys.platform, remote=terminal.remote),
        open_clip=clip_opener(),
        bytes_per_second=bootstrap.bytes_per_second(settings, terminal),
        advice=exposed(settings, file),
        output=settings.ui.output,
    )
    return run_app(wiring, file, mouse=settings.ui.mouse)


def _end_command(words: Sequence[str]) -> EndCommand | None:
    """Return what runs the program of the config when a job ends; None where there is none."""
    if not words:
        return None
    import json

    from kling_tui.formatting.output import as_json

    return EndCommand(words, lambda job: json.dumps(as_json(job), ensure_ascii=False) + "\n")


def run_app(wiring: Wiring, file: Path, *, mouse: bool) -> int:
    """Run the app, and leave one line of what there was on the normal screen."""
    from kling_tui.tui.app import KlingApp, misfits

    if wrong := [f"{file}: {plain(words)}" for words in misfits(wiring.keys, wiring.theme)]:
        raise ConfigError("\n".join(wrong))
    app = KlingApp(wiring)
    app.heed_signals()
    sys.setswitchinterval(_TURN)
    app.run(mouse=mouse)
    if not app.return_code:
        jobs = wiring.store.jobs.values()
        print(text.summary(totals(jobs, wiring.now().astimezone().date())))
        if app.unsaved:
            raise StoreError(f"not saved: {app.unsaved}")
    return app.return_code or FINE


def require_terminal() -> None:
    """Refuse to open the app where it could only paint into a pipe and never end."""
    if not all(stream and stream.isatty() for stream in (sys.stdin, sys.stdout)):
        words = "the app needs a terminal on standard input and output; try list, or list --json"
        raise UsageError(words)
    if not (sys.stderr and sys.stderr.isatty()):
        raise UsageError("the app draws on standard error, which is no terminal here")


def _log_to(file: Path) -> None:
    """Keep a log of what polls found and of their faults."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handler = RotatingFileHandler(file, maxBytes=_LOG_BYTES, backupCount=2, delay=True)
        file.touch(mode=0o600)
    except OSError:
        return  # a log that cannot be written must not keep the app from opening
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log = logging.getLogger("kling_tui")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
