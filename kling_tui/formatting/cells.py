"""Text measured in terminal cells, and truncated to them."""


def width(text: str) -> int:
    """Return the number of terminal cells that text takes, as in the app."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # most commands print ASCII only, and start faster without it

    return cell_len(text)


def truncate(text: str, cells: int) -> str:
    """Return text in at most `cells` cells, with an ellipsis if it was cut."""
    if width(text) <= cells:
        return text
    from rich.cells import set_cell_size

    return f"{set_cell_size(text, cells - 1).rstrip()}…" if cells > 0 else ""
