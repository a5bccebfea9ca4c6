"""What differs between two states of the settings, and which part of the app applies it."""

from collections.abc import Iterator, Mapping
from enum import Enum, auto

from msgspec import Struct
from msgspec.structs import asdict

from kling_tui.config.settings import Config
from kling_tui.config.tables import Section


class Part(Enum):
    """A part of the running app that applies some of the settings."""

    CONNECTIONS = auto()
    """The gateways and their polls."""
    NEW_JOBS = auto()
    """What jobs get when they are added."""
    DOWNLOADS = auto()
    NOTIFICATIONS = auto()
    BUDGET = auto()
    PREVIEW = auto()
    THEME = auto()
    VIEWS = auto()
    KEYS = auto()
    RESTART = auto()
    """None: these settings count from the next start."""


APPLIED_BY: Mapping[str, Part] = {
    "gateway.url": Part.CONNECTIONS,
    "gateway.key": Part.CONNECTIONS,
    "gateway.key_command": Part.CONNECTIONS,
    "gateway.insecure": Part.CONNECTIONS,
    "gateway.timeout": Part.CONNECTIONS,
    "gateway.concurrency": Part.CONNECTIONS,
    "poll.first": Part.CONNECTIONS,
    "poll.slowest": Part.CONNECTIONS,
    "poll.jitter": Part.CONNECTIONS,
    "price.i2v": Part.NEW_JOBS,
    "price.o1": Part.NEW_JOBS,
    "profile": Part.CONNECTIONS,
    "endpoints": Part.CONNECTIONS,
    "jobs.file": Part.RESTART,
    "downloads.dir": Part.DOWNLOADS,
    "downloads.name": Part.DOWNLOADS,
    "downloads.auto": Part.DOWNLOADS,
    "notify.bell": Part.NOTIFICATIONS,
    "notify.desktop": Part.NOTIFICATIONS,
    "notify.toast": Part.NOTIFICATIONS,
    "notify.command": Part.NOTIFICATIONS,
    "notify.push": Part.NOTIFICATIONS,
    "budget.per_day": Part.BUDGET,
    "budget.per_month": Part.BUDGET,
    "budget.per_label": Part.BUDGET,
    "budget.warn_at": Part.BUDGET,
    "preview.bytes_per_second": Part.PREVIEW,
    "preview.images": Part.RESTART,
    "ui.theme": Part.THEME,
    "ui.mouse": Part.RESTART,
    "ui.output": Part.RESTART,
    "views": Part.VIEWS,
    "keys": Part.KEYS,
}
"""The part that applies each setting; a table whose entries the user names counts as one."""


class Changes(Struct, frozen=True):
    """The settings that differ, by their names in the config."""

    applied: tuple[str, ...] = ()
    """Those that a part of the running app applies."""
    restart: tuple[str, ...] = ()
    """Those that count from the next start."""
    parts: frozenset[Part] = frozenset()
    """The parts that have something to apply."""


def compare(started: Config, before: Config, after: Config) -> Changes:
    """Return what changed from `before` to `after`.

    What counts from the next start is only reported if it differs from what the app `started` with.
    """
    names = list(_differences(before, after))
    pending = set(_differences(started, after))
    by_name = {name: APPLIED_BY.get(name) or APPLIED_BY[name.partition(".")[0]] for name in names}
    return Changes(
        applied=tuple(name for name in names if by_name[name] is not Part.RESTART),
        restart=tuple(name for name in names if by_name[name] is Part.RESTART and name in pending),
        parts=frozenset(by_name.values()) - {Part.RESTART},
    )


def _differences(before: Config, after: Config) -> Iterator[str]:
    """Yield the names of the settings that differ, in the order of the example config."""
    for section in Config.__struct_fields__:
        olds, news = (_entries(getattr(each, section)) for each in (before, after))
        for name in {**olds, **news}:
            if olds.get(name) != news.get(name):
                yield f"{section}.{name}"


def _entries(section: Section | Mapping[str, object]) -> Mapping[str, object]:
    if isinstance(section, Mapping):
        return section
    return asdict(section)
