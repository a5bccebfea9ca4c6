"""Checks that the private parts of Textual that the diff renderer uses are as expected."""

from collections.abc import Iterator
from inspect import signature
from typing import Any

from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.strip import Strip

try:
    from textual._compositor import ChopsUpdate as ChopsUpdate
    from textual._compositor import LayoutUpdate as LayoutUpdate
except ImportError:  # another version of Textual; `unexpected_parts` reports what is missing

    class ChopsUpdate:  # type: ignore[no-redef]
        """Stands for the part that is missing."""

    class LayoutUpdate:  # type: ignore[no-redef]
        """Stands for the part that is missing."""


_METHODS = {
    (App, "_display"): "self screen renderable",
    (LayoutUpdate, "__init__"): "self strips region",
    (ChopsUpdate, "__init__"): "self chops spans chop_ends",
    (Strip, "render_ansi"): "style color_system",
    (LinuxDriver, "start_application_mode"): "self",
    (LinuxDriver, "write"): "self data",
    (LinuxDriver, "close"): "self",
}
"""The methods that are called or overridden, with their parameters."""
_APP_ATTRIBUTES = ("_batch_count", "_closed", "_driver", "_running", "_sync_available")


def unexpected_parts(app: App[Any]) -> list[str]:
    """Return the names of the parts that are missing or have other parameters."""
    missing = (name for name in _APP_ATTRIBUTES if not hasattr(app, name))
    return [*_unexpected_methods(), *missing]


def unexpected_in_textual() -> list[str]:
    """Return what is unexpected in the installed Textual."""
    return unexpected_parts(App())


def _unexpected_methods() -> Iterator[str]:
    for (owner, name), parameters in _METHODS.items():
        method = getattr(owner, name, None)
        if method is None or [*signature(method).parameters] != parameters.split():
            yield f"{owner.__name__}.{name}"
