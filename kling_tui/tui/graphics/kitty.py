"""The graphics protocol of Kitty: an image is sent once, then placed and removed by its id.

See https://sw.kovidgoyal.net/kitty/graphics-protocol/. `q=2` asks for no replies.
"""

_MAX_CHUNK = 4096
"""Bytes of base64 in one sequence."""


def send(image_id: int, data: str, columns: int, lines: int) -> str:
    """Return the sequences that send an image, a PNG file in base64, and place it at the cursor."""
    keys = f"a=T,f=100,{_placement(image_id, columns, lines)},"
    sequences = []
    for start in range(0, len(data), _MAX_CHUNK):
        more = int(start + _MAX_CHUNK < len(data))
        sequences.append(f"\x1b_G{keys}q=2,m={more};{data[start : start + _MAX_CHUNK]}\x1b\\")
        keys = ""
    return "".join(sequences)


def place(image_id: int, columns: int, lines: int) -> str:
    """Return the sequence that places an image at the cursor that the terminal has."""
    return f"\x1b_Ga=p,{_placement(image_id, columns, lines)},q=2\x1b\\"


def remove(image_id: int) -> str:
    """Return the sequence that removes an image from the screen; the terminal keeps it."""
    return f"\x1b_Ga=d,d=i,i={image_id},q=2\x1b\\"


def delete(image_id: int) -> str:
    """Return the sequence that removes an image from the screen and from memory."""
    return f"\x1b_Ga=d,d=I,i={image_id},q=2\x1b\\"


def _placement(image_id: int, columns: int, lines: int) -> str:
    """Return the keys of the only placement of an image; it leaves the cursor where it is."""
    return f"i={image_id},p=1,c={columns},r={lines},C=1"
