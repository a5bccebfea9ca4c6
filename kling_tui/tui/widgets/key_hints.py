"""The last line: the keys that can be pressed now, as many as fit."""

from collections.abc import Iterator
from typing import ClassVar

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.style import Style

from kling_tui.tui.widgets.responsive_text import ResponsiveText

_SEPARATOR = "  "


class KeyHints(ResponsiveText):
    """Shows keys in the order of their bindings; a click on one presses it.

    It is one widget with one line of text. Textual's footer creates a widget for each key whenever
    the active bindings change.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "key-hints--key",
        "key-hints--description",
        "key-hints--disabled",
    }

    def __init__(self) -> None:
        super().__init__()
        self._drawn: tuple[int, list[tuple[Binding, bool]]] = (0, [])
        """What the line was made of: its width, and the bindings with whether they are enabled."""

    def on_mount(self) -> None:
        """Draw again whenever the active bindings change."""
        self.screen.bindings_updated_signal.subscribe(self, self._on_bindings_updated)

    def _on_bindings_updated(self, screen: Screen[object]) -> None:
        if screen is self.screen:
            self.draw()

    def draw(self) -> None:
        """Show as many hints as fit; none is cut off. Draws only when a hint changes."""
        drawn = self.size.width, list(self._shown_bindings())
        if drawn == self._drawn:
            return
        self._drawn = drawn
        line = Content()
        for hint in (self._hint(binding, enabled=enabled) for binding, enabled in drawn[1]):
            if line.cell_length + len(_SEPARATOR) + hint.cell_length > self.size.width:
                break
            line = Content.assemble(line, _SEPARATOR, hint) if line else hint
        self.update(line, layout=False)

    def _shown_bindings(self) -> Iterator[tuple[Binding, bool]]:
        """Yield one binding of each action that is to be shown, and whether it is enabled."""
        shown_actions: set[str] = set()
        for active in self.screen.active_bindings.values():
            if active.binding.show and active.binding.action not in shown_actions:
                shown_actions.add(active.binding.action)
                yield active.binding, active.enabled

    def _hint(self, binding: Binding, *, enabled: bool) -> Content:
        key = self.app.get_key_display(binding)
        parts = ("key", "description") if enabled else ("disabled", "disabled")
        key_style, description_style = (f".key-hints--{part}" for part in parts)
        click_target = Style.from_meta({"key": binding.key})
        return Content.assemble(
            (f"{key} ", key_style), (binding.description, description_style)
        ).stylize(click_target)

    def on_click(self, event: events.Click) -> None:
        """Press the key that was clicked on."""
        if key := event.style.meta.get("key"):
            self.app.simulate_key(key)
