"""Opens the app; runs if no command is given."""

import argparse
import io
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from logging.handlers import RotatingFileHandler
from pathlib import Path
from urllib.parse import urlsplit

from kling_tui.cli import bootstrap, gc_policy
from kling_tui.cli.exit_status import OK, UsageError
from kling_tui.config.api_keys import key_permission_warning, without_keys
from kling_tui.config.errors import ConfigError
from kling_tui.costs import totals
from kling_tui.formatting import text
from kling_tui.jobs import Job
from kling_tui.previews.opener import clip_opener
from kling_tui.sanitize import sanitize_line
from kling_tui.storage.private_files import make_private_folder, open_private_file, set_mode
from kling_tui.storage.store import StoreError
from kling_tui.tui.dependencies import AppDependencies
from kling_tui.tui.programs import NotifyCommand, find_opener
from kling_tui.tui.terminal import Terminal

_MAX_LOG_BYTES = 1_000_000
_MAX_BYTES_LOADED_FIRST = 600_000
"""A job file up to this size is loaded before the first paint, a larger one after it."""
_SWITCH_INTERVAL = 0.001
"""Seconds after which a busy thread, such as one that saves, yields to the event loop."""


def run(options: argparse.Namespace) -> int:
    """Open the app."""
    require_terminal()
    settings, file = bootstrap.load_settings(options)
    gateways = bootstrap.gateways(settings)
    store = bootstrap.unloaded_store(options, settings)
    if store.size < _MAX_BYTES_LOADED_FIRST:
        store.load(archives=False)
    endpoints = bootstrap.endpoints(settings)
    terminal = Terminal.detect(os.environ)
    environment = without_keys(os.environ, (gateway.key for gateway in gateways.values()))
    hosts = dict.fromkeys(urlsplit(gateway.url).netloc for gateway in gateways.values())
    state = bootstrap.state_folder()
    if state is not None:
        _log_to(state / "kling-tui.log")

    dependencies = AppDependencies(
        store=store,
        connect=lambda: bootstrap.connect(endpoints, gateways),
        download_options=bootstrap.download_options(
            settings, without_home=store.path.parent / "kling-tui"
        ),
        endpoints=endpoints,
        profiles=tuple(gateways),
        profile=bootstrap.selected_profile(options, settings) or "",
        now=bootstrap.now,
        schedule=bootstrap.poll_schedule(settings),
        concurrency=settings.gateway.concurrency,
        subtitle=", ".join(hosts),
        preferences_file=state and state / "view.toml",
        theme=settings.ui.theme,
        keys=settings.keys,
        bell=settings.notify.bell,
        desktop=settings.notify.desktop,
        toast=settings.notify.toast,
        notify_command=_notify_command(settings.notify.command, environment),
        terminal=terminal,
        environment=environment,
        opener=find_opener(os.environ, sys.platform, remote=terminal.remote),
        open_clip=clip_opener(),
        bytes_per_second=bootstrap.bytes_per_second(settings, terminal),
        advice=key_permission_warning(settings, file),
        output=settings.ui.output,
    )
    return run_app(dependencies, file, mouse=settings.ui.mouse)


def _notify_command(argv: Sequence[str], environment: Mapping[str, str]) -> NotifyCommand | None:
    """Return what starts the program of the config when a job ends; None if there is none."""
    if not argv:
        return None
    import json

    from kling_tui.formatting.output import job_as_json

    def serialize(job: Job) -> str:
        return json.dumps(job_as_json(job), ensure_ascii=False) + "\n"

    return NotifyCommand(argv, serialize, environment)


def run_app(dependencies: AppDependencies, file: Path, *, mouse: bool) -> int:
    """Run the app, and print a summary line after it has left the alternate screen."""
    from kling_tui.tui.app import KlingApp, config_errors

    if errors := [
        f"{file}: {sanitize_line(error)}"
        for error in config_errors(dependencies.keys, dependencies.theme)
    ]:
        raise ConfigError("\n".join(errors))
    app = KlingApp(
        replace(
            dependencies,
            before_load=gc_policy.before_load,
            after_load=gc_policy.after_load,
            after_clip_opened=gc_policy.after_clip_opened,
        )
    )
    app.install_signal_handlers()
    sys.setswitchinterval(_SWITCH_INTERVAL)
    app.run(mouse=mouse)
    if not app.return_code:
        jobs = dependencies.store.jobs.values()
        print(text.summary(totals(jobs, dependencies.now().astimezone().date())))
        if app.unsaved:
            raise StoreError(f"not saved: {app.unsaved}")
    return app.return_code or OK


def require_terminal() -> None:
    """Raise UsageError unless all standard streams are a terminal on which the app can be shown."""
    if not all(stream and stream.isatty() for stream in (sys.stdin, sys.stdout)):
        raise UsageError(
            "the app needs a terminal on standard input and output; try list, or list --json"
        )
    if not (sys.stderr and sys.stderr.isatty()):
        raise UsageError("the app draws on standard error, which is not a terminal")
    if os.environ.get("TERM", "dumb") in ("", "dumb"):
        raise UsageError(
            f"$TERM is {os.environ.get('TERM', '')!r}: no app can be shown on this terminal; "
            "try kling-tui list, or kling-tui watch"
        )


class PrivateLog(RotatingFileHandler):
    """A rotated log that only its owner may read; what cannot be written is left out."""

    def _open(self) -> io.TextIOWrapper:
        handle = open_private_file(Path(self.baseFilename), os.O_WRONLY | os.O_APPEND)
        set_mode(handle, 0o600)  # older versions gave others the right to read it
        return os.fdopen(handle, "a", encoding="utf-8", errors="backslashreplace")

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - as in logging
        """Do not write a traceback onto the screen, for example when the disk is full."""


def _log_to(file: Path) -> None:
    """Log the results and errors of polls to a file."""
    try:
        make_private_folder(file.parent)
        handler = PrivateLog(file, maxBytes=_MAX_LOG_BYTES, backupCount=2)
    except OSError:
        return  # the app works without a log
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log = logging.getLogger("kling_tui")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
