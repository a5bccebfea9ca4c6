"""What runs here, for a report of a fault."""

import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from kling_tui import __version__
from kling_tui.cli.doctor.result import CheckResult
from kling_tui.formatting import results

_LIBRARIES = ("textual", "httpx", "filelock", "platformdirs", "humanize", "tomli-w", "argcomplete")


def check_versions() -> Iterator[CheckResult]:
    """Yield the versions of the program, of Python and of the libraries."""
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
    try:
        yield CheckResult("preview", f"av {version('av')}: videos are shown in the terminal")
    except PackageNotFoundError:
        yield CheckResult("preview", results.NO_PREVIEW)
    if missing:
        yield CheckResult("versions", f"missing: {', '.join(missing)}", "install kling-tui again")
