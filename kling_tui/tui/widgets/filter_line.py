"""The line in which the filter is typed, with its error or completions in a line below it."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.style import Style
from textual.widget import Widget
from textual.widgets import Input, Static

from kling_tui.queries import QueryError, Suggestion

_HINT = "words, status:failed, label:hero, cost>0.5, ended:today, -is:downloaded"
_SEPARATOR = "  "
_MAX_SHOWN = 50
"""Completions that can be chosen; among more, it is faster to type another letter."""


class FilterInput(Input):
    """An input in which tab, or the right arrow at the end, accepts a completion."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", "Complete", show=False),
        Binding("down", "choose(1)", "Next completion", show=False),
        Binding("up", "choose(-1)", "Previous completion", show=False),
    ]

    def __init__(self, completions: "Completions", id: str) -> None:  # noqa: A002 - as in Widget
        super().__init__(placeholder=_HINT, id=id, compact=True)
        self.cursor_blink = False
        self._completions = completions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave tab to the screen where there is nothing to complete."""
        if action in ("complete", "choose"):
            return self._completions.chosen is not None
        return super().check_action(action, parameters)

    def action_complete(self) -> None:
        """Insert the chosen completion."""
        if chosen := self._completions.chosen:
            value, cursor = chosen.apply(self.value, self.cursor_position)
            self.value = value
            self.cursor_position = cursor

    def action_choose(self, by: int) -> None:
        """Choose the next or the previous completion."""
        self._completions.choose(by)

    def action_cursor_right(self, select: bool = False) -> None:  # noqa: FBT001, FBT002 - as in Input
        """Insert the chosen completion at the end of the text, or else move the cursor."""
        if self.cursor_at_end and not select and self._completions.chosen:
            self.action_complete()
        else:
            super().action_cursor_right(select)


class Completions(Widget):
    """Lines over what is below the input: completions, or what is wrong with the query."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"completions--{style_class}" for style_class in ("chosen", "other", "error")
    }

    def __init__(self) -> None:
        super().__init__()
        self._suggestions: Sequence[Suggestion] = ()
        self._index = 0
        self._error = ""

    @property
    def chosen(self) -> Suggestion | None:
        """The completion that is accepted with a key."""
        return self._suggestions[self._index] if self._suggestions else None

    def show(self, suggestions: Sequence[Suggestion], error: str = "") -> None:
        """Show completions, or else an error, or else nothing."""
        self._suggestions, self._index, self._error = suggestions[:_MAX_SHOWN], 0, error
        self.display = bool(suggestions or error)
        self.refresh(layout=True)

    def choose(self, by: int) -> None:
        """Choose the next or the previous completion."""
        self._index = (self._index + by) % len(self._suggestions)
        self.refresh(layout=True)

    def render(self) -> Content:
        """Return the line: the chosen completion first, then those after it."""
        if not self._suggestions:
            return Content.styled(self._error, self._style("error"))
        shown = [*self._suggestions[self._index :], *self._suggestions[: self._index]]
        description = f"  {shown[0].description}" if len(shown) == 1 else ""
        return Content.assemble(
            (shown[0].text, self._style("chosen")),
            *((_SEPARATOR + each.text, self._style("other")) for each in shown[1:]),
            (description, self._style("other")),
        )

    def _style(self, style_class: str) -> Style:
        return self.get_visual_style(f"completions--{style_class}", partial=True)


class FilterLine(Vertical):
    """The input of the filter; the main screen parses what is typed."""

    def __init__(
        self,
        suggest: Callable[[str, int], list[Suggestion]],
        id: str,  # noqa: A002 - as in Widget
    ) -> None:
        """`suggest` returns completions of a query at a cursor."""
        super().__init__(id=id)
        self._suggest = suggest
        self._completions = Completions()
        self._input = FilterInput(self._completions, "filter")
        self.error: QueryError | None = None
        """What is wrong with the text; the filter in force is then an earlier one."""

    def compose(self) -> ComposeResult:
        """Lay out the input; the completions are added when there are some."""
        with Horizontal():
            yield Static("/")
            yield self._input

    @property
    def text(self) -> str:
        """What is typed, or in force without the line being shown."""
        return self._input.value

    def restore(self, text: str) -> None:
        """Show the query of an earlier run."""
        with self.prevent(Input.Changed):
            self._input.value = text

    def show(self, error: QueryError | None) -> None:
        """Show what is wrong with the text, or how it can be completed."""
        self.error = error
        self._show_completions()

    @on(Input.Blurred)
    def _show_completions(self) -> None:
        text, cursor = self._input.value, self._input.cursor_position
        found: list[Suggestion] = []
        if self._input.has_focus and text[:cursor].strip() and not text[:cursor].endswith(" "):
            found = self._suggest(text, cursor)
        # The term that is being typed is not reported as an error if it can be completed.
        if self.error and found and self.error.start < found[0].start:
            found = []
        # Short: in a narrow terminal, the suggestion has to be visible.
        error = f"at {self.error.position}: {self.error}" if self.error else ""
        self._completions.show(found, error)
        if (found or error) and not self._completions.is_attached:
            self.mount(self._completions)
