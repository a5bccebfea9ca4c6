"""The last line: the keys that can be pressed now, as many as fit."""

from typing import ClassVar

from textual import events
from textual.binding import ActiveBinding
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

    def on_mount(self) -> None:
        """Draw again whenever the active bindings change."""
        self.screen.bindings_updated_signal.subscribe(self, self._on_bindings_updated)

    def _on_bindings_updated(self, screen: Screen[object]) -> None:
        if screen is self.screen:
            self.draw()

    def draw(self) -> None:
        """Show as many hints as fit; none is cut off."""
        line = Content()
        shown_actions: set[str] = set()
        for active in self.screen.active_bindings.values():
            if not active.binding.show or active.binding.action in shown_actions:
                continue
            shown_actions.add(active.binding.action)
            hint = self._hint(active)
            if line.cell_length + len(_SEPARATOR) + hint.cell_length > self.size.width:
                break
            line = Content.assemble(line, _SEPARATOR, hint) if line else hint
        self.update(line, layout=False)

    def _hint(self, active: ActiveBinding) -> Content:
        key = self.app.get_key_display(active.binding)
        parts = ("key", "description") if active.enabled else ("disabled", "disabled")
        key_style, description_style = (f".key-hints--{part}" for part in parts)
        click_target = Style.from_meta({"key": active.binding.key})
        return Content.assemble(
            (f"{key} ", key_style), (active.binding.description, description_style)
        ).stylize(click_target)

    def on_click(self, event: events.Click) -> None:
        """Press the key that was clicked on."""
        if key := event.style.meta.get("key"):
            self.app.simulate_key(key)
