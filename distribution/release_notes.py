"""Prints the notes of a release from the changelog: ``python3 -m distribution.release_notes v1.0``.

It needs only Python, because a workflow runs it before anything is installed.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
_VERSION = re.compile(r'^__version__ = "(.+)"$', re.MULTILINE)


def release_notes(tag: str, changelog: str, source: str) -> str:
    """Return the section of the release with a tag.

    `source` is the module that has the version. Raises ValueError if the tag is not that of this
    version, or the changelog has no such release.
    """
    version = tag.removeprefix("v")
    found = _VERSION.search(source)
    if found is None or found[1] != version:
        raise ValueError(f"the tag is {tag}, but the version is {found and found[1]}")
    section = re.search(
        rf"^## \[{re.escape(version)}\][^\n]*\n(.*?)(?=^## |\Z)",
        changelog,
        re.MULTILINE | re.DOTALL,
    )
    if section is None:
        raise ValueError(f"CHANGELOG.md has no release {version}")
    return f"{section[1].strip()}\n"


def main() -> None:
    """Print the notes, or end with status 1 and what is wrong."""
    _, tag = sys.argv
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    try:
        sys.stdout.write(
            release_notes(tag, changelog, (ROOT / "kling_tui" / "__init__.py").read_text("utf-8"))
        )
    except ValueError as error:
        sys.exit(f"release notes: {error}")


if __name__ == "__main__":
    main()
