"""The last line: the keys that can be pressed now, as many as it holds whole."""

from typing import ClassVar

from textual import events
from textual.binding import ActiveBinding
from textual.content import Content
from textual.screen import Screen
from textual.style import Style

from kling_tui.tui.widgets.responsive_text import ResponsiveText

_APART = "  "


class KeyHints(ResponsiveText):
    """Shows keys in the order of their bindings; a click on one presses it.

    One widget with one line of text, where Textual's own footer makes a widget of each key, anew
    whenever another can be pressed.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"key-hints--key", "key-hints--words", "key-hints--off"}

    def on_mount(self) -> None:
        """Follow what can be done."""
        self.screen.bindings_updated_signal.subscribe(self, self._follow)

    def _follow(self, screen: Screen[object]) -> None:
        if screen is self.screen:
            self.draw()

    def draw(self) -> None:
        """Put together what fits."""
        line = Content()
        shown: set[str] = set()
        for active in self.screen.active_bindings.values():
            if not active.binding.show or active.binding.action in shown:
                continue
            shown.add(active.binding.action)
            hint = self._hint(active)
            if line.cell_length + len(_APART) + hint.cell_length > self.size.width:
                break
            line = Content.assemble(line, _APART, hint) if line else hint
        self.update(line, layout=False)

    def _hint(self, active: ActiveBinding) -> Content:
        key = self.app.get_key_display(active.binding)
        looks = ("key", "words") if active.enabled else ("off", "off")
        of_key, of_words = (
            self.get_visual_style(f"key-hints--{look}", partial=True) for look in looks
        )
        pressed = Style.from_meta({"key": active.binding.key})
        return Content.assemble(
            (f"{key} ", of_key), (active.binding.description, of_words)
        ).stylize(pressed)

    def on_click(self, event: events.Click) -> None:
        """Press the key that was clicked on."""
        if key := event.style.meta.get("key"):
            self.app.simulate_key(key)
