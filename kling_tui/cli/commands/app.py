"""Opens the app; runs if no command is given."""

import argparse
import io
import logging
import os
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

from msgspec.structs import asdict, replace

from kling_tui.cli import bootstrap, gc_policy, user_files
from kling_tui.cli.exit_status import OK, OtherCommand, UsageError
from kling_tui.cli.live_config import LiveConfig, check_app_settings
from kling_tui.formatting.exit_summary import exit_summary
from kling_tui.previews.opener import clip_opener
from kling_tui.storage.private_files import make_private_folder, open_private_file, set_mode
from kling_tui.storage.store import StoreError
from kling_tui.tui.dependencies import AppDependencies
from kling_tui.tui.programs import find_opener
from kling_tui.tui.terminal import Terminal

LOG_NAME = "kling-tui.log"
_MAX_LOG_BYTES = 1_000_000
_MAX_BYTES_LOADED_FIRST = 200_000
"""A job file up to this size is loaded before the first paint, most of a larger one after it."""
_JOBS_SHOWN_FIRST = 200
"""The jobs that are shown first of a larger one: those added last, more than fill a screen."""
_SWITCH_INTERVAL = 0.001
"""Seconds after which a busy thread, such as one that saves, yields to the event loop."""


def run(options: argparse.Namespace) -> int:
    """Open the app."""
    require_terminal()
    settings, file = bootstrap.load_settings(options)
    terminal = Terminal.detect(os.environ)
    store = bootstrap.unloaded_store(options, settings)
    config = LiveConfig(options, settings, file, terminal, store.path.parent / "kling-tui")
    if store.size < _MAX_BYTES_LOADED_FIRST:
        store.load(archives=False)
    else:
        store.preview(_JOBS_SHOWN_FIRST)
    state = user_files.state_folder()
    log_file = state and state / LOG_NAME
    if log_file is not None:
        log_to(log_file)
    app_settings = config.current()
    check_app_settings(settings, file)
    dependencies = AppDependencies(
        **asdict(app_settings),
        store=store,
        now=bootstrap.now,
        config=config,
        preferences_file=state and state / "view.toml",
        log_file=log_file,
        terminal=terminal,
        opener=find_opener(os.environ, sys.platform, remote=terminal.remote),
        open_clip=clip_opener(),
        images=settings.preview.images,
        output=settings.ui.output,
    )
    return run_app(dependencies, mouse=settings.ui.mouse)


def run_app(dependencies: AppDependencies, *, mouse: bool) -> int:
    """Run the app, and print a summary after it has left the alternate screen.

    Raises OtherCommand if the user chose another command in the app.
    """
    from kling_tui.tui.app import KlingApp

    collector = gc_policy.OpenAppCollector()
    app = KlingApp(
        replace(
            dependencies,
            before_load=gc_policy.before_load,
            after_load=collector.after_load,
            collect_garbage=collector.check,
            after_clip_opened=gc_policy.collect_all,
        )
    )
    app.install_signal_handlers()
    sys.setswitchinterval(_SWITCH_INTERVAL)
    started_at = dependencies.now()
    app.run(mouse=mouse)
    if app.next_command:
        raise OtherCommand(*app.next_command)
    if not app.return_code:
        today = dependencies.now().astimezone().date()
        print(exit_summary(dependencies.store.jobs.values(), started_at, today))
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


def log_to(file: Path) -> None:
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
