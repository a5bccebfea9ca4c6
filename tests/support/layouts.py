"""Counts the layouts of a screen."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from textual.app import App


@contextmanager
def counting_layouts(app: App[Any]) -> Iterator[list[object]]:
    """Collect something for each layout of the current screen."""
    layouts: list[object] = []
    screen = app.screen
    screen.screen_layout_refresh_signal.subscribe(screen, layouts.append)
    yield layouts
    screen.screen_layout_refresh_signal.unsubscribe(screen)
