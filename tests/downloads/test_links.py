"""Any text as a link, or as the target of a redirect, is at worst that download's error."""

from pathlib import Path

import pytest

from tests.support.downloading import download_error, file_names
from tests.support.scripted_server import respond
from tests.support.video_server import VideoServer

NOT_VALID = "the link is not a valid URL: "
ONLY_HTTPS = "only https is followed"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("https://xn--a.invalid/v.mp4", NOT_VALID),
        ("https://xn--ls8h.invalid/", NOT_VALID),
        ("https://⒈com/", NOT_VALID),
        ("https://cdn.test:x/", NOT_VALID),
        ("https://cdn.test:99999/", f"{NOT_VALID}its port is 99999"),
        ("https://cdn.test:0/", f"{NOT_VALID}its port is 0"),
        ("https://cdn.test:-1/", f"{NOT_VALID}its port is -1"),
        ("https://cdn.test/\udcff", NOT_VALID),
        ("https://cdn.test/\0", NOT_VALID),
        ("https://cdn.test/" + "a" * 70_000, NOT_VALID),
        ("https://[::1", NOT_VALID),
        ("http://[::1", NOT_VALID),
        ("https://[x]/", NOT_VALID),
        ("data:video/mp4;base64,AAAA", ONLY_HTTPS),
        ("file:///etc/passwd", ONLY_HTTPS),
        ("javascript:alert(1)", ONLY_HTTPS),
        ("https:///x", ONLY_HTTPS),
        ("//x", ONLY_HTTPS),
        ("", ONLY_HTTPS),
        ("https://" + "a." * 200 + "invalid/", "server unreachable: "),
        ("https://" + "a" * 70 + ".invalid/", "server unreachable: "),
        ("https://h..invalid/", "server unreachable: "),
        ("https://ünï.invalid/", "server unreachable: "),
        ("https://a b.invalid/", "server unreachable: "),
    ],
)
async def test_a_link_that_leads_nowhere_is_an_error(
    tmp_path: Path, url: str, message: str
) -> None:
    """The message says what is wrong with it."""
    assert message in await download_error(url, tmp_path)
    assert file_names(tmp_path) == set()


@pytest.mark.parametrize(
    "location",
    ["https://xn--a.invalid/v.mp4", "https://cdn.test:x/", "http://[::1", "//127.0.0.1:99999/",
     "https://cdn.test/\x7f"],
)  # fmt: skip
async def test_a_redirect_that_leads_nowhere_is_an_error(tmp_path: Path, location: str) -> None:
    """The next attempt may be redirected elsewhere, so that there are several."""
    async with VideoServer(*[respond("302 Found", f"Location: {location}")] * 9) as server:
        message = await download_error(server.link(), tmp_path)
    assert "not a valid URL" in message or "connection failed: Invalid URL" in message
    assert file_names(tmp_path) == set()
