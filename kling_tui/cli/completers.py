"""What a shell offers where an id, a label or a kind can stand."""

import argparse
from collections.abc import Callable, Iterable
from typing import Any

from kling_tui.cli import bootstrap
from kling_tui.cli.exit_status import UsageError
from kling_tui.config.errors import ConfigError
from kling_tui.config.settings import Config
from kling_tui.formatting import text
from kling_tui.jobs import Job
from kling_tui.storage.store import StoreError

_Offer = Callable[[Iterable[Job], Config], dict[str, str]]
"""Returns the words that can stand there, and what each of them is."""


def offer_ids(argument: argparse.Action, *, live: bool = False) -> None:
    """Offer the ids of tracked jobs, those that have not ended alone if `live`."""

    def ids(jobs: Iterable[Job], _: Config) -> dict[str, str]:
        shown = (job for job in jobs if not (live and job.ended))
        return {job.id: f"{text.status(job)} {job.label}".strip() for job in shown}

    _offer(argument, ids)


def offer_labels(argument: argparse.Action) -> None:
    """Offer the labels of tracked jobs."""
    _offer(argument, lambda jobs, _: {job.label: f"as of {job.id}" for job in jobs if job.label})


def offer_kinds(argument: argparse.Action) -> None:
    """Offer the kinds of all endpoints, those of the config too."""

    def kinds(_: Iterable[Job], settings: Config) -> dict[str, str]:
        return {kind: each.title for kind, each in bootstrap.endpoints(settings).items()}

    _offer(argument, kinds)


def profiles(parsed_args: argparse.Namespace, **_: Any) -> dict[str, str]:
    """Return the profiles of the config, each with where its gateway is."""
    return _offered(
        parsed_args,
        lambda _, settings: {
            text.profile_name(name): each.url for name, each in settings.gateways.items()
        },
    )


def _offer(argument: argparse.Action, offer: _Offer) -> None:
    def complete(parsed_args: argparse.Namespace, **_: Any) -> dict[str, str]:
        return _offered(parsed_args, offer)

    # Where argcomplete looks for it.
    vars(argument)["completer"] = complete


def _offered(options: argparse.Namespace, offer: _Offer) -> dict[str, str]:
    try:
        settings, _ = bootstrap.load_settings(options)
        store = bootstrap.unloaded_store(options, settings)
        store.load()
        return offer(store.jobs.values(), settings)
    except (UsageError, ConfigError, StoreError):
        return {}  # the command itself will say what is wrong
