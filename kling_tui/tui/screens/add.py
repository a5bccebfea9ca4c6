"""The dialog that finds job ids in pasted text, and lists them before they are tracked."""

from collections.abc import Collection, Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList, Static, TextArea
from textual.widgets.option_list import Option

from kling_tui.formatting import text
from kling_tui.gateways import Endpoints
from kling_tui.gateways.job_ids import ParsedId, find_ids
from kling_tui.tui.screens.modal import Dialog
from kling_tui.tui.widgets.key_hints import KeyHints
from kling_tui.tui.widgets.option_list import SafeOptionList

_HINT = "Paste ids, or the JSON that a submit call returned."
_CHOOSE_KIND = "; press ctrl+k to choose a kind"


class PasteArea(TextArea):
    """A text area whose Enter key submits the text; pasted text may have several lines."""

    def on_key(self, event: events.Key) -> None:
        """Submit on Enter instead of adding a line."""
        if event.key == "enter":
            event.prevent_default()
            event.stop()
            self.post_message(self.Submitted())

    class Submitted(Message):
        """Enter was pressed."""


class AddScreen(Dialog[tuple[list[ParsedId], str, str] | None]):
    """Asks for jobs to track; its result is their ids, and one label and profile for all."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "track", "Track", id="add_track", tooltip="Track the ids found"),
        Binding("escape", "dismiss(None)", "Cancel", id="add_cancel", tooltip="Track nothing"),
        Binding("ctrl+k", "change_kind", "Kind", id="add_kind", priority=True,
                tooltip="Change the kind of the highlighted id"),
        Binding("ctrl+o", "change_profile", "Profile", id="add_profile", priority=True,
                tooltip="Track the ids in the next profile"),
    ]  # fmt: skip

    def __init__(
        self,
        tracked: Collection[str],
        endpoints: Endpoints,
        profiles: Sequence[str],
        profile: str,
        pasted: str = "",
    ) -> None:
        """`tracked` are the ids that are tracked already; `profile` is offered first.

        `pasted` is a text that the dialog has from the start.
        """
        super().__init__()
        self._endpoints = endpoints
        self._profiles = profiles
        self._profile = profile
        self._pasted = pasted
        self._tracked = tracked
        self._found: list[ParsedId] = []
        self._kinds: dict[str, str] = {}
        self._warned = False

    def compose(self) -> ComposeResult:
        """Lay out the text, the label and the list of ids found."""
        with Vertical(id="dialog") as dialog:
            dialog.border_title = "Add jobs"
            area = PasteArea(self._pasted, id="paste", placeholder=_HINT, show_line_numbers=False)
            area.move_cursor(area.document.end)
            area.cursor_blink = False
            yield area
            label = Input(placeholder="Label for all of them (optional)", id="label", compact=True)
            label.cursor_blink = False
            yield label
            yield Static("", id="summary")
            yield SafeOptionList(id="found", compact=True, markup=False)
            yield KeyHints()

    def on_mount(self) -> None:
        """List the ids in the text, which may be empty."""
        self.on_text_changed()

    @on(TextArea.Changed)
    def on_text_changed(self) -> None:
        """List the ids in the text."""
        self._warned = False
        self._found = find_ids(self.query_one("#paste", TextArea).text, self._endpoints)
        self._show()

    def _kind(self, parsed: ParsedId) -> str | None:
        return self._kinds.get(parsed.id, parsed.kind)

    def _new_ids(self) -> list[ParsedId]:
        return [
            ParsedId(parsed.id, kind)
            for parsed in self._found
            if (kind := self._kind(parsed)) and parsed.id not in self._tracked
        ]

    def _unrecognised_ids(self) -> list[ParsedId]:
        return [parsed for parsed in self._found if self._kind(parsed) is None]

    def _show(self) -> None:
        options = self.query_one("#found", OptionList)
        index = options.highlighted
        options.set_options(Option(self._line(parsed)) for parsed in self._found)
        if self._found:
            options.highlighted = min(index or 0, len(self._found) - 1)
        self.query_one("#summary", Static).update(Content(self._summary()))

    def _line(self, parsed: ParsedId) -> Content:
        kind = self._kind(parsed)
        if parsed.id in self._tracked:
            return Content.styled(f"= {parsed.id}  already tracked", "$foreground-muted")
        if kind is None:
            hint = _CHOOSE_KIND if parsed.needs_kind else ""
            return Content.styled(f"✗ {parsed.id}  {parsed.problem}{hint}", "$text-error")
        title = self._endpoints[kind].title
        return Content.assemble(
            ("✓ ", "$text-success"), parsed.id, (f"  {kind}  {title}", "$foreground-muted")
        )

    def _summary(self) -> str:
        new, unrecognised = self._new_ids(), self._unrecognised_ids()
        if not self._found:
            return "Nothing found yet."
        summary = f"{text.count(len(new), 'job')} to track"
        if len(self._profiles) > 1:
            summary += f" for {text.profile_name(self._profile)}"
        if unrecognised:
            summary += f", {len(unrecognised)} not recognised"
        if self._warned and new and unrecognised:
            return f"{summary}; press Enter again to track only the recognised ones."
        return f"{summary}."

    def action_change_kind(self) -> None:
        """Give the highlighted id the next kind."""
        index = self.query_one("#found", OptionList).highlighted
        if index is None or index >= len(self._found):
            return
        parsed = self._found[index]
        if not self._can_change_kind(parsed):
            return
        kinds = list(self._endpoints)
        kind = self._kind(parsed)
        self._kinds[parsed.id] = (
            kinds[(kinds.index(kind) + 1) % len(kinds)] if kind in kinds else kinds[0]
        )
        self._show()

    def _can_change_kind(self, parsed: ParsedId) -> bool:
        """Whether an id is new, and at most its kind is unknown."""
        if not parsed.id or parsed.id in self._tracked:
            return False
        return parsed.needs_kind or not parsed.problem

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Offer the key for profiles only if there are several."""
        return action != "change_profile" or len(self._profiles) > 1

    def action_change_profile(self) -> None:
        """Choose the next profile."""
        index = self._profiles.index(self._profile)
        self._profile = self._profiles[(index + 1) % len(self._profiles)]
        self._show()

    @on(PasteArea.Submitted)
    @on(Input.Submitted)
    @on(OptionList.OptionSelected)
    def action_track(self) -> None:
        """Track the ids found; if some are not recognised, warn first."""
        unrecognised = self._unrecognised_ids()
        if unrecognised and not self._warned:
            self._warned = True
            self._show()
        elif new := self._new_ids():
            self.dismiss((new, self.query_one("#label", Input).value, self._profile))
        elif self._found and not unrecognised:
            self.dismiss(None)
