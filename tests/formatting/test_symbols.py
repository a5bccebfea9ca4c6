"""ASCII characters stand for symbols where there is no UTF-8."""

from rich.cells import cell_len

from kling_tui.formatting.symbols import ASCII, ENCODING_ERRORS, symbol, to_ascii


def test_symbols_of_rows_can_be_told_apart_in_ascii() -> None:
    """The statuses, and the signs of unread, marked, and problematic jobs."""
    signs = "○●✓✗?•*!"
    assert len(set(to_ascii(signs))) == len(signs)
    assert "".join(symbol(each, utf8=False) for each in signs).isascii()
    assert "".join(symbol(each, utf8=True) for each in signs) == signs


def test_symbols_of_keys_can_be_told_apart_in_ascii() -> None:
    """Enter, and the arrows."""
    assert len(set(to_ascii("⏎←→↑↓"))) == 5


def test_no_text_changes_its_width() -> None:
    """Each symbol becomes as many printable characters as it takes cells."""
    assert all(cell_len(each) == len(plain) for each, plain in ASCII.items())
    assert all(plain.isascii() and plain.isprintable() for plain in ASCII.values())
    assert to_ascii("✗ 夜") == "x 夜"


def test_streams_without_utf8_write_ascii_symbols() -> None:
    """And question marks for other characters."""
    assert "✓ done · 夜…".encode("ascii", ENCODING_ERRORS) == b"+ done - ?~"
    assert "✗ é".encode("latin-1", ENCODING_ERRORS) == b"x \xe9"
