"""The notes of a release, from the changelog."""

import pytest

from distribution.release_notes import ROOT, release_notes
from kling_tui import __version__

CHANGELOG = (
    "# Changelog\n\n## [Unreleased]\n\n- c\n\n## [1.2.0] - 2026-11-21\n\n- b\n\n## [1.1.0]\n\n- a\n"
)


def test_notes_are_the_section_of_the_version() -> None:
    """Without its heading."""
    assert release_notes("v1.2.0", CHANGELOG, '__version__ = "1.2.0"\n') == "- b\n"
    assert release_notes("v1.1.0", CHANGELOG, '__version__ = "1.1.0"\n') == "- a\n"


@pytest.mark.parametrize(
    ("tag", "source", "message"),
    [
        ("v1.3.0", '__version__ = "1.2.0"\n', "the tag is v1.3.0, but the version is 1.2.0"),
        ("v1.3.0", '__version__ = "1.3.0"\n', "no release 1.3.0"),
    ],
)
def test_a_release_that_is_not_prepared_is_an_error(tag: str, source: str, message: str) -> None:
    """A wrong version, and a changelog without it."""
    with pytest.raises(ValueError, match=message):
        release_notes(tag, CHANGELOG, source)


def test_this_version_has_notes() -> None:
    """They can be read from the files of this project."""
    source = (ROOT / "kling_tui" / "__init__.py").read_text("utf-8")
    assert release_notes(f"v{__version__}", (ROOT / "CHANGELOG.md").read_text("utf-8"), source)
