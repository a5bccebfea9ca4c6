"""Checks the settings of push messages and the notify command; on request, notifies of a test."""

import asyncio
import os
import time
from collections.abc import Coroutine, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from kling_tui.cli import bootstrap
from kling_tui.cli.doctor.result import CheckResult
from kling_tui.cli.notification_settings import notify_command, push_options
from kling_tui.config.api_keys import without_keys
from kling_tui.config.errors import ConfigError
from kling_tui.config.settings import Config
from kling_tui.jobs import Job, Status
from kling_tui.notifications.command import ProgramError

_ADVICE = "set [notify.push] or notify.command in the config; see docs/always-on.md"


def check_notifications(
    settings: Config, file: Path, now: datetime, *, send: bool
) -> Iterator[CheckResult]:
    """Yield what is configured, and with `send` whether a test message arrives.

    `file` is the config's. No result contains the URL or a header.
    """
    keys = (gateway.key for gateway in settings.gateways.values())
    environment = without_keys(os.environ, keys)
    if settings.notify.push.configured:
        yield _check_push(settings, file, environment, send=send)
    if send and settings.notify.command:
        yield _check_command(settings, environment, now)
    if send and not (settings.notify.push.configured or settings.notify.command):
        yield CheckResult("notify", "nothing to send a test with", _ADVICE)


def _check_push(
    settings: Config, file: Path, environment: dict[str, str], *, send: bool
) -> CheckResult:
    from kling_tui.notifications.client import send as send_message
    from kling_tui.notifications.messages import trial_message
    from kling_tui.notifications.target import PushError

    try:
        options = push_options(settings, file, environment)
    except ConfigError as error:
        return CheckResult("push", "cannot be used", f"fix it: {error}")
    if options is None or not send:
        hint = "test it: kling-tui doctor --notify"
        return CheckResult("push", f"{settings.notify.push.format}, URL not shown; {hint}")
    try:
        seconds = _run_timed(send_message(options.post(trial_message()), options.target))
    except PushError as error:
        return CheckResult("push", "the test message was not sent", f"{error}")
    arrived = f"test message accepted in {seconds:.1f} s ({options.format})"
    quiet = options.quiet and options.quiet.seconds_left(bootstrap.now())
    note = "; it is quiet now, so that other messages wait" if quiet else ""
    return CheckResult("push", f"{arrived}; look whether it arrives{note}")


def _check_command(settings: Config, environment: dict[str, str], now: datetime) -> CheckResult:
    command = notify_command(settings.notify.command, environment)
    job = Job(id="test", kind="i2v", label="kling-tui test", added_at=now, status=Status.SUCCEEDED)
    try:
        seconds = _run_timed(command.run(job)) if command else 0.0
    except ProgramError as error:
        return CheckResult("command", f"notify.command: {error}", "correct notify.command")
    return CheckResult("command", f"notify.command ran with a test job in {seconds:.1f} s")


def _run_timed(work: Coroutine[Any, Any, None]) -> float:
    started = time.monotonic()
    asyncio.run(work)
    return time.monotonic() - started
