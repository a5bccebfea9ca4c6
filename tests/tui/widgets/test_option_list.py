"""The list of options in dialogs."""

from textual.app import App, ComposeResult

from kling_tui.tui.widgets.option_list import SafeOptionList
from tests.support.scenes import run_app


class ListApp(App[None]):
    """A list that was never laid out."""

    def compose(self) -> ComposeResult:
        """Hide the list."""
        options = SafeOptionList("one", "two")
        options.display = False
        yield options


async def test_page_keys_are_ignored_until_the_list_was_laid_out() -> None:
    """Textual's own list raises KeyError."""
    app = ListApp()
    async with app.run_test():
        options = app.query_one(SafeOptionList)
        options.highlighted = 0
        options.action_page_down()
        options.action_page_up()
        assert options.highlighted == 0


async def test_the_highlighted_option_can_be_seen_without_colours() -> None:
    """In a theme of the terminal's own colours, and with $NO_COLOR, it is underlined."""
    async with run_app(theme="ansi-dark") as running:
        await running.pilot.press("n")
        options = running.app.screen.query_one(SafeOptionList)
        highlighted, other = (next(iter(options.render_line(y))).style for y in (0, 1))
        assert highlighted is not None
        assert highlighted.underline
        assert other is None or not other.underline
