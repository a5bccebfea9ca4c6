"""Makes what notifies outside the terminal from the settings: the notify command, push messages."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kling_tui.config.api_keys import GatewayAccess, without_keys
from kling_tui.config.errors import ConfigError
from kling_tui.config.push_access import push_access, push_headers
from kling_tui.config.settings import Config
from kling_tui.jobs import Job
from kling_tui.notifications.command import NotifyCommand

if TYPE_CHECKING:
    from kling_tui.notifications.push import PushOptions


def program_environment(gateways: Mapping[str, GatewayAccess]) -> dict[str, str]:
    """Return the environment of the programs that we start, without API keys."""
    return without_keys(os.environ, {gateway.key for gateway in gateways.values()})


def notify_command(argv: Sequence[str], environment: Mapping[str, str]) -> NotifyCommand | None:
    """Return what starts the program of the config when a job ends; None if there is none."""
    if not argv:
        return None
    import json

    from kling_tui.formatting.output import job_as_json

    def serialize(job: Job) -> str:
        return json.dumps(job_as_json(job), ensure_ascii=False) + "\n"

    return NotifyCommand(argv, serialize, environment)


def push_options(
    settings: Config,
    file: Path,
    environment: Mapping[str, str],
    *,
    interactive: bool = True,
) -> "PushOptions | None":
    """Return how to push the ends of jobs; None if the config does not say.

    `environment` is that of the commands that print the URL and headers; `file` is the config's,
    and `interactive` is whether they may use the terminal.
    """
    push = settings.notify.push
    access = push_access(push, environment, file, interactive=interactive)
    if access is None:
        return None
    from kling_tui.notifications.push import PushOptions
    from kling_tui.notifications.quiet_hours import QuietHours
    from kling_tui.notifications.target import PushError, PushTarget

    def new_headers() -> Mapping[str, str]:
        try:
            return push_headers(push, environment, file, interactive=False)
        except ConfigError as error:
            raise PushError(str(error), passing=False) from error

    return PushOptions(
        PushTarget(access.url, access.headers),
        push.format,
        QuietHours.parse(push.quiet),
        push.links,
        new_headers=new_headers if access.headers else None,
    )
