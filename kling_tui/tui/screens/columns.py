"""The dialog with the columns of the table."""

from kling_tui.tui.screens.check_list import CheckListScreen


class ColumnScreen(CheckListScreen[str]):
    """Asks which columns to show; its result is their titles."""

    HEADING = "Columns"
    HINT = "Each is shown where there is room; Status and Job always"
