"""Every dialog fits into small terminals: what does not fit can be scrolled to."""

from collections.abc import Iterator
from typing import Any

import pytest
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets._toast import Toast, ToastRack

from kling_tui.tui.screens.modal import Dialog
from tests.support.scenes import run_app
from tests.support.views import DIALOGS, VIEWS, close, prepare

pytestmark = pytest.mark.slow

SIZES = [(40, 10), (60, 20), (80, 24)]


def shown_widgets(screen: Widget) -> Iterator[Widget]:
    """Yield the widgets of a dialog that have text or can have the focus."""
    for widget in screen.walk_children(Widget):
        is_text = isinstance(widget, Static | OptionList) and not isinstance(widget, Toast)
        if (widget.focusable or is_text) and all(
            node.display for node in widget.ancestors_with_self if isinstance(node, Widget)
        ):
            yield widget


def problem(widget: Widget, screen: Widget) -> str:
    """Return what is wrong with the place of a widget; "" if it is or can be made visible."""
    region = widget.region
    if region.x < 0 or region.right > screen.size.width:
        return f"{widget} is cut off at the side: {region}"
    frame = next(
        (
            node
            for node in widget.ancestors
            if isinstance(node, Widget) and node.allow_vertical_scroll
        ),
        screen,
    )
    if frame is screen or widget.styles.dock != "none":
        inside = screen.region.contains_region(region)
    else:
        content = frame.content_region
        inside = content.x <= region.x and region.right <= content.right
        inside &= screen.region.contains_region(frame.region)
        inside &= (
            0 <= region.y - frame.region.y + frame.scroll_offset.y <= frame.virtual_size.height
        )
    return "" if inside else f"{widget} cannot be made visible: {region}"


@pytest.mark.parametrize("size", SIZES)
async def test_dialogs_are_not_cropped(size: tuple[int, int]) -> None:
    """Each widget is within the dialog, or can be scrolled to, and no toast covers the dialog."""
    async with run_app(size=size, draw_toasts=True) as running:
        await prepare(running)
        for name in DIALOGS:
            await VIEWS[name](running)
            screen = running.app.screen
            running.app.notify("a reason " * 9, title="a job", markup=False)
            if isinstance(screen, Dialog):  # the palette shows toasts once it is closed
                await running.until(lambda: bool(running.app.screen.query(Toast)))
            await running.pilot.pause()
            problems = [found for each in shown_widgets(screen) if (found := problem(each, screen))]
            assert problems == [], name
            box = screen.query("#dialog, #reply, #log, #--container").first().region
            for rack in screen.query(ToastRack):
                assert not rack.region.overlaps(box), name
            await close(running)


def test_every_dialog_has_a_view() -> None:
    """A new dialog is tested at these sizes, and in all themes."""
    modules = {cls.__module__.rpartition(".")[2] for cls in _subclasses(Dialog)} - {"check_list"}
    views = {name.replace(" ", "_") for name in DIALOGS}
    assert modules <= views, "add the dialog to DIALOGS in tests/support/views.py"


def _subclasses(cls: type[Any]) -> Iterator[type[Any]]:
    for each in cls.__subclasses__():
        yield each
        yield from _subclasses(each)
