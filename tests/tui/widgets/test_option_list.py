"""The list of options in dialogs."""

from textual.app import App, ComposeResult

from kling_tui.tui.widgets.option_list import SafeOptionList


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
