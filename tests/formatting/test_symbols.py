"""ASCII characters stand for symbols where there is no UTF-8."""

from rich.cells import cell_len

from kling_tui.formatting.symbols import ASCII, ENCODING_ERRORS, symbol, to_ascii


def test_symbols_of_statuses_can_be_told_apart_in_ascii() -> None:
    """With UTF-8 they are as they are."""
    statuses = "○●✓✗?"
    assert len(set(to_ascii(statuses))) == len(statuses)
    assert "".join(symbol(each, utf8=False) for each in statuses).isascii()
    assert "".join(symbol(each, utf8=True) for each in statuses) == statuses


def test_no_text_changes_its_width() -> None:
    """Each symbol becomes as many printable characters as it takes cells."""
    assert all(cell_len(each) == len(plain) for each, plain in ASCII.items())
    assert all(plain.isascii() and plain.isprintable() for plain in ASCII.values())
    assert to_ascii("✗ 夜") == "x 夜"


def test_streams_without_utf8_write_ascii_symbols() -> None:
    """And question marks for other characters."""
    assert "✓ done · 夜…".encode("ascii", ENCODING_ERRORS) == b"+ done - ?~"
    assert "✗ é".encode("latin-1", ENCODING_ERRORS) == b"x \xe9"
