"""Which settings differ, and what applies them."""

from collections.abc import Iterator, Mapping

import pytest
from msgspec.structs import fields

from kling_tui.config.changes import APPLIED_BY, Changes, Part, compare
from kling_tui.config.loading import parse
from kling_tui.config.settings import Config
from tests.support.config_files import FILE


def all_settings() -> Iterator[str]:
    """Yield every setting of the schema; a table whose entries the user names is one."""
    for section in fields(Config):
        value = getattr(Config(), section.name)
        if isinstance(value, Mapping):
            yield section.name
        else:
            yield from (f"{section.name}.{setting.name}" for setting in fields(value))


def change(before: str, after: str, started: str | None = None) -> Changes:
    """Return what changed from one text of a config to another."""
    return compare(
        parse(before if started is None else started, FILE), parse(before, FILE), parse(after, FILE)
    )


def test_every_setting_is_applied_or_needs_a_restart() -> None:
    """And nothing is listed that is no setting."""
    assert list(APPLIED_BY) == list(all_settings())


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ("", "# a comment\n[gateway]\n", Changes()),
        ("", '[gateway]\nurl = "https://gateway.pixazo.ai/"\n', Changes()),
        (
            '[endpoints.wan]\nshape = "o1"\npath = "/wan"\nid_pattern = "wan-[0-9]+"\n',
            '[endpoints.wan]\nid_pattern = "wan-[0-9]+"\nshape = "o1"\npath = "/wan"\n',
            Changes(),
        ),
        (
            '[ui]\ntheme = "nord"\n[poll]\nfirst = 2.0\n',
            '[ui]\ntheme = "dracula"\n',
            Changes(("poll.first", "ui.theme"), parts=frozenset({Part.CONNECTIONS, Part.THEME})),
        ),
        (
            '[keys]\nquit = "Q"\nadd = "A"\n[profile.studio]\nkey = "one"\n',
            '[keys]\nquit = "Q"\nsort = "z"\n[profile.studio]\nkey = "two"\n',
            Changes(
                ("profile.studio", "keys.add", "keys.sort"),
                parts=frozenset({Part.CONNECTIONS, Part.KEYS}),
            ),
        ),
        (
            "",
            '[jobs]\nfile = "j.toml"\n[ui]\nmouse = false\n[notify]\nbell = false\n',
            Changes(("notify.bell",), ("jobs.file", "ui.mouse"), frozenset({Part.NOTIFICATIONS})),
        ),
    ],
)
def test_changes_are_named(before: str, after: str, changes: Changes) -> None:
    """In the order of the sections; what only looks different is none."""
    assert change(before, after) == changes


def test_a_restart_is_needed_only_for_what_differs_from_the_start() -> None:
    """A change that was taken back needs none."""
    stock = '[ui]\noutput = "stock"\n'
    assert change("", stock, started="").restart == ("ui.output",)
    assert change(stock, "", started="") == Changes()
    assert change(stock, f"{stock}mouse = false\n", started="").restart == ("ui.mouse",)
