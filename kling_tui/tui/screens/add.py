"""The dialog that finds ids in pasted text and shows what it found before anything is tracked."""

from collections.abc import Collection, Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Label, OptionList, TextArea
from textual.widgets.option_list import Option

from kling_tui.formatting import text
from kling_tui.gateways import Endpoints
from kling_tui.gateways.job_ids import ParsedId, find_ids
from kling_tui.tui.screens.modal import Dialog
from kling_tui.tui.widgets.key_hints import KeyHints

_HINT = "Paste ids, or the JSON that a submit call returned."


class PasteArea(TextArea):
    """Text of any number of lines, in which Enter means that it is complete."""

    def on_key(self, event: events.Key) -> None:
        """Take Enter away from the text; what is pasted may still have lines."""
        if event.key == "enter":
            event.prevent_default()
            event.stop()
            self.post_message(self.Complete())

    class Complete(Message):
        """The text is complete."""


class AddScreen(Dialog[tuple[list[ParsedId], str, str] | None]):
    """Asks for jobs to track; its result is what to track, and for all of it label and profile."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "track", "Track", id="add_track", tooltip="Track what was found"),
        Binding("escape", "dismiss(None)", "Cancel", id="add_cancel", tooltip="Track nothing"),
        Binding("ctrl+k", "change_kind", "Kind", id="add_kind", priority=True,
                tooltip="Change the kind of the id under the cursor of the list"),
        Binding("ctrl+o", "change_profile", "Profile", id="add_profile", priority=True,
                tooltip="Track all of it for the next profile"),
    ]  # fmt: skip

    def __init__(
        self,
        tracked: Collection[str],
        endpoints: Endpoints,
        profiles: Sequence[str],
        profile: str,
    ) -> None:
        """`tracked` are the ids that are tracked already, `profile` is the first to be offered."""
        super().__init__()
        self._endpoints = endpoints
        self._profiles = profiles
        self._profile = profile
        self._tracked = tracked
        self._found: list[ParsedId] = []
        self._kinds: dict[str, str] = {}
        self._warned = False

    def compose(self) -> ComposeResult:
        """Text above, what was found in it below."""
        with Vertical(id="dialog") as dialog:
            dialog.border_title = "Add jobs"
            area = PasteArea(id="paste", placeholder=_HINT, show_line_numbers=False)
            area.cursor_blink = False
            yield area
            label = Input(placeholder="Label for all of them (optional)", id="label", compact=True)
            label.cursor_blink = False
            yield label
            yield Label("", id="verdict")
            yield OptionList(id="found", compact=True, markup=False)
            yield KeyHints()

    def on_mount(self) -> None:
        """Start in the text."""
        self._look()

    @on(TextArea.Changed)
    def _look(self) -> None:
        self._warned = False
        self._found = find_ids(self.query_one("#paste", TextArea).text, self._endpoints)
        self._show()

    def _kind(self, found: ParsedId) -> str | None:
        return self._kinds.get(found.id, found.kind)

    def _new(self) -> list[ParsedId]:
        return [
            ParsedId(found.id, kind)
            for found in self._found
            if (kind := self._kind(found)) and found.id not in self._tracked
        ]

    def _bad(self) -> list[ParsedId]:
        return [found for found in self._found if self._kind(found) is None]

    def _show(self) -> None:
        listed = self.query_one("#found", OptionList)
        line = listed.highlighted
        listed.set_options(Option(self._line(found)) for found in self._found)
        if self._found:
            listed.highlighted = min(line or 0, len(self._found) - 1)
        self.query_one("#verdict", Label).update(Content(self._verdict()))

    def _line(self, found: ParsedId) -> Content:
        kind = self._kind(found)
        if found.id in self._tracked:
            return Content.styled(f"= {found.id}  already tracked", "$foreground-muted")
        if kind is None:
            hint = "; press ctrl+k to choose a kind" if found.needs_kind else ""
            return Content.styled(f"✗ {found.id}  {found.problem}{hint}", "$text-error")
        title = self._endpoints[kind].title
        return Content.assemble(
            ("✓ ", "$text-success"), found.id, (f"  {kind}  {title}", "$foreground-muted")
        )

    def _verdict(self) -> str:
        new, bad = self._new(), self._bad()
        if not self._found:
            return "Nothing found yet."
        words = f"{text.count(len(new), 'job')} to track"
        if len(self._profiles) > 1:
            words += f" for {text.profile_name(self._profile)}"
        if bad:
            words += f", {len(bad)} not recognised"
        return words + (
            "; Enter tracks the others all the same." if self._warned and new and bad else "."
        )

    def action_change_kind(self) -> None:
        """Give the id under the list's cursor the next kind."""
        line = self.query_one("#found", OptionList).highlighted
        if line is None or line >= len(self._found):
            return
        found = self._found[line]
        if (
            found.id in self._tracked
            or not found.id
            or (found.problem and not self._fixable(found))
        ):
            return
        kinds = list(self._endpoints)
        now = self._kind(found)
        self._kinds[found.id] = (
            kinds[(kinds.index(now) + 1) % len(kinds)] if now in kinds else kinds[0]
        )
        self._show()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Offer other profiles where there are any."""
        return action != "change_profile" or len(self._profiles) > 1

    def action_change_profile(self) -> None:
        """Take the next profile for all that is tracked."""
        index = self._profiles.index(self._profile)
        self._profile = self._profiles[(index + 1) % len(self._profiles)]
        self._show()

    def _fixable(self, found: ParsedId) -> bool:
        """Whether the only thing wrong with an id is that its kind is not known."""
        return find_ids(found.id, self._endpoints, "any") == [ParsedId(found.id, "any")]

    @on(PasteArea.Complete)
    @on(Input.Submitted)
    @on(OptionList.OptionSelected)
    def action_track(self) -> None:
        """Track what was found; where something cannot be tracked, only after saying so."""
        if self._bad() and not self._warned:
            self._warned = True
            self._show()
        elif new := self._new():
            self.dismiss((new, self.query_one("#label", Input).value, self._profile))
        elif self._found and not self._bad():
            self.dismiss(None)
