"""What a shell offers where an id, a label or a kind can stand."""

import argparse
from collections.abc import Callable, Iterable
from typing import Any

from kling_tui.cli import bootstrap
from kling_tui.cli.exit_status import UsageError
from kling_tui.config.settings import Config, ConfigError
from kling_tui.formatting import text
from kling_tui.jobs import Job
from kling_tui.storage.store import StoreError

_FindCandidates = Callable[[Iterable[Job], Config], dict[str, str]]
"""Returns the words that can stand there, and what each of them is."""


def set_id_completer(argument: argparse.Action, *, live: bool = False) -> None:
    """Offer the ids of tracked jobs, those that have not ended alone if `live`."""

    def ids(jobs: Iterable[Job], _: Config) -> dict[str, str]:
        shown = (job for job in jobs if not (live and job.ended))
        return {job.id: f"{text.state(job)} {job.label}".strip() for job in shown}

    _set_completer(argument, ids)


def set_label_completer(argument: argparse.Action) -> None:
    """Offer the labels of tracked jobs."""
    _set_completer(
        argument, lambda jobs, _: {job.label: f"as of {job.id}" for job in jobs if job.label}
    )


def set_kind_completer(argument: argparse.Action) -> None:
    """Offer the kinds of all endpoints, those of the config too."""

    def kinds(_: Iterable[Job], settings: Config) -> dict[str, str]:
        return {kind: each.title for kind, each in bootstrap.endpoints(settings).items()}

    _set_completer(argument, kinds)


def complete_profiles(parsed_args: argparse.Namespace, **_: Any) -> dict[str, str]:
    """Return the profiles of the config, each with where its gateway is."""
    return _candidates(
        parsed_args,
        lambda _, settings: {
            text.profile(name): each.url for name, each in settings.gateways.items()
        },
    )


def _set_completer(argument: argparse.Action, offer: _FindCandidates) -> None:
    def complete(parsed_args: argparse.Namespace, **_: Any) -> dict[str, str]:
        return _candidates(parsed_args, offer)

    # Where argcomplete looks for it.
    vars(argument)["completer"] = complete


def _candidates(options: argparse.Namespace, offer: _FindCandidates) -> dict[str, str]:
    try:
        settings, _ = bootstrap.load_settings(options)
        return offer(bootstrap.open_store(options, settings).jobs.values(), settings)
    except (UsageError, ConfigError, StoreError):
        return {}  # the command itself will say what is wrong
