"""The dialog that asks for the API key when there is none."""

import asyncio
from enum import Enum
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from kling_tui.config.errors import ConfigError
from kling_tui.gateways.key_test import KeyVerdict
from kling_tui.sanitize import sanitize_line
from kling_tui.tui.dependencies import ConfigFile
from kling_tui.tui.screens.modal import Dialog
from kling_tui.tui.widgets.key_hints import KeyHints

_CONSOLE = "https://api-console.pixazo.ai/api_keys"
"""Where the vendor gives keys."""
_INTRODUCTION = """Paste the API key of your account. It is tested, and saved in {path}
Get a key at {console}
Without one, only I2V jobs are polled. ctrl+o opens the demo."""
_KEY_COMMAND = """A program can print the key. Write this into
{path}

[gateway]
key_command = "pass show pixazo"

As soon as it is saved, the key is used."""


class KeyAnswer(Enum):
    """What the user chose."""

    SAVED = "saved"
    DEMO = "demo"


class KeyField(Input):
    """An input field that shows, copies and cuts no character of its text."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Save", tooltip="Test the key, and save it"),
        Binding("escape", "screen.dismiss(None)", "Later", id="key_later",
                tooltip="Show the jobs without a key"),
        Binding("ctrl+o", "screen.demo", "Demo", id="key_demo", tooltip="Open the demo"),
        Binding("ctrl+k", "screen.explain_command", "Command", id="key_command",
                tooltip="Show how a program can print the key"),
    ]  # fmt: skip

    @property
    def selected_text(self) -> str:
        """Nothing: the clipboard is readable for other programs."""
        return ""

    def action_cut(self) -> None:
        """Delete the selected text without copying it."""
        self.delete_selection()


class ApiKeyScreen(Dialog[KeyAnswer | None]):
    """Asks for the key, tests it and saves it; its result is None if the user left it."""

    def __init__(self, config: ConfigFile) -> None:
        super().__init__()
        self._config = config
        self._untested = ""
        """The key that could not be tested, and is saved if the user insists."""

    def compose(self) -> ComposeResult:
        """Lay out the field, the result of the test, and what else can be done."""
        with Vertical(id="dialog") as dialog:
            dialog.border_title = "API key"
            field = KeyField(
                placeholder="Paste the key (it is not shown)", password=True, compact=True, id="key"
            )
            field.cursor_blink = False
            yield field
            yield Static("", id="key-status")
            with VerticalScroll(id="key-help", can_focus=False):
                yield Static(self._text(_INTRODUCTION), id="key-text")
            yield KeyHints()

    def _text(self, template: str) -> Content:
        path = sanitize_line(str(self._config.path))
        return Content(template.format(path=path, console=_CONSOLE))

    def _show(self, message: str, style: str = "$foreground-muted") -> None:
        self.query_one("#key-status", Static).update(Content.styled(message, style))

    @on(Input.Changed)
    def on_key_changed(self) -> None:
        """Forget the result for another key."""
        self._untested = ""
        self._show("")

    @on(Input.Submitted)
    def on_key_submitted(self, event: Input.Submitted) -> None:
        """Test the key, and save it if it is accepted, or if the user insists."""
        key = event.value.strip()
        if not key:
            self._show("Paste a key first, or press escape.", "$text-warning")
        elif key == self._untested:
            self._save(key)
        else:
            self._test(key)

    @work(exclusive=True)
    async def _test(self, key: str) -> None:
        self._show("Testing the key…")
        test = await self._config.verify_key(key)
        if test.verdict is KeyVerdict.ACCEPTED:
            await self._write(key)
        elif test.verdict is KeyVerdict.REJECTED:
            self._show(f"Not saved: {test.message}", "$text-error")
        else:
            self._untested = key
            message = f"Not tested: {test.message}. Press Enter again to save it all the same."
            self._show(message, "$text-warning")

    @work(exclusive=True)
    async def _save(self, key: str) -> None:
        await self._write(key)

    async def _write(self, key: str) -> None:
        try:
            await asyncio.to_thread(self._config.save_key, key)
        except ConfigError as error:
            self._show(f"Not saved: {error}", "$text-error")
        else:
            self.dismiss(KeyAnswer.SAVED)

    def action_demo(self) -> None:
        """Close, and open the demo."""
        self.dismiss(KeyAnswer.DEMO)

    def action_explain_command(self) -> None:
        """Show how a program can print the key."""
        self.query_one("#key-text", Static).update(self._text(_KEY_COMMAND))
