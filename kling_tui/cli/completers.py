"""Candidates for shell completion: ids, labels, kinds and profiles (called by argcomplete)."""

import argparse
from collections.abc import Callable, Collection, Iterable
from typing import Any

from argcomplete.completers import DirectoriesCompleter

from kling_tui.cli import bootstrap
from kling_tui.cli.exit_status import UsageError
from kling_tui.config.errors import ConfigError
from kling_tui.config.settings import Config
from kling_tui.formatting import text
from kling_tui.jobs import Job
from kling_tui.storage.store import StoreError

_FindCandidates = Callable[[Collection[Job], Config], dict[str, str]]
"""Returns the candidates, each with its description."""


def set_id_completer(argument: argparse.Action, *, live: bool = False) -> None:
    """Complete with the ids of tracked jobs; if `live`, only of those that have not ended."""

    def ids(jobs: Iterable[Job], _: Config) -> dict[str, str]:
        shown = (job for job in jobs if not (live and job.ended))
        return {job.id: f"{text.status(job)} {job.label}".strip() for job in shown}

    _set_completer(argument, ids)


def set_label_completer(argument: argparse.Action) -> None:
    """Complete with the labels of tracked jobs."""
    _set_completer(
        argument, lambda jobs, _: {job.label: f"label of {job.id}" for job in jobs if job.label}
    )


def set_kind_completer(argument: argparse.Action) -> None:
    """Complete with the kinds of all endpoints, including those of the config."""

    def kinds(_: Iterable[Job], settings: Config) -> dict[str, str]:
        endpoints = bootstrap.endpoints(settings)
        return {kind: endpoint.title for kind, endpoint in endpoints.items()}

    _set_completer(argument, kinds)


def set_folder_completer(argument: argparse.Action) -> None:
    """Complete with the names of folders."""
    vars(argument)["completer"] = DirectoriesCompleter()


def complete_profiles(parsed_args: argparse.Namespace, **_: Any) -> dict[str, str]:
    """Return the profiles of the config, each with the URL of its gateway."""
    return candidates(
        parsed_args,
        lambda _, settings: {
            text.profile_name(name): gateway.url for name, gateway in settings.gateways.items()
        },
    )


def _set_completer(argument: argparse.Action, find: _FindCandidates) -> None:
    def complete(parsed_args: argparse.Namespace, **_: Any) -> dict[str, str]:
        return candidates(parsed_args, find)

    vars(argument)["completer"] = complete  # argcomplete looks for this attribute


def candidates(options: argparse.Namespace, find: _FindCandidates) -> dict[str, str]:
    """Return what `find` returns for the job file and config of a command line, or nothing."""
    try:
        settings, _ = bootstrap.load_settings(options)
        store = bootstrap.unloaded_store(options, settings)
        store.load()
        return find(store.jobs.values(), settings)
    except (UsageError, ConfigError, StoreError):
        return {}  # the command itself reports the error
