"""Versions of this program, Python and the libraries, for bug reports."""

import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from kling_tui import __version__
from kling_tui.cli.doctor.result import CheckResult

_LIBRARIES = (
    "textual",
    "httpx",
    "httpcore",
    "msgspec",
    "filelock",
    "platformdirs",
    "humanize",
    "tomli",
    "tomli-w",
    "argcomplete",
    "pydantic-core",
)


def check_versions() -> Iterator[CheckResult]:
    """Yield the versions, and which libraries are missing."""
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    yield CheckResult(
        "versions", f"kling-tui {__version__}, Python {platform.python_version()}, {system}"
    )
    found, missing = [], []
    for name in _LIBRARIES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    yield CheckResult("versions", ", ".join(found))
    if missing:
        yield CheckResult("versions", f"missing: {', '.join(missing)}", "install kling-tui again")
    try:
        yield CheckResult("preview", f"av {version('av')}: videos are shown in the terminal")
    except PackageNotFoundError:
        install = f"{sys.executable} -m pip install 'kling-tui[preview]'"
        yield CheckResult("preview", f"not installed. To add it, run: {install}", absent=True)
