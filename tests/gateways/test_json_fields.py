"""Reading single fields, whatever value the reply has there."""

import pytest

from kling_tui.gateways import json_fields

HUGE = 10**400


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (5, 5.0),
        ("5.1", 5.1),
        (0, 0.0),
        (" 12 ", 12.0),
        (-1, None),
        (1e300, None),
        ("1e300", None),
        (HUGE, None),
        (float("nan"), None),
        ("NaN", None),
        (float("inf"), None),
        ("five", None),
        ("", None),
        (None, None),
        (True, None),
        ([5], None),
        ({}, None),
    ],
)
def test_number(value: object, number: float | None) -> None:
    """Numbers and strings that hold one count, within a range."""
    assert json_fields.number(value) == number


@pytest.mark.parametrize(
    ("value", "count"),
    [(1280, 1280), ("720", 720), (2.0, 2), (0, None), (2.5, None), (-3, None), (HUGE, None)],
)
def test_positive_int(value: object, count: int | None) -> None:
    """It is whole and above 0."""
    assert json_fields.positive_int(value) == count


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Processing", "Processing"),
        ("[red]bold[/] [@click=app.quit]x[/]", "[red]bold[/] [@click=app.quit]x[/]"),
        ("\x1b[31mred\x1b[0m \x9b2J", "[31mred[0m 2J"),
        ("one\r\n\ttwo", "one   two"),
        ("a\u202eb\u200bc\ufeffd", "abcd"),
        ("half \ud800 a pair", "half \N{REPLACEMENT CHARACTER} a pair"),
        ("x" * 100_000, "x" * 1_999 + "…"),
        (" \x00 ", None),
        ("", None),
        (7, None),
        (["text"], None),
    ],
)
def test_text(value: object, text: str | None) -> None:
    """One printable line; markup is left as it is."""
    assert json_fields.text(value) == text


@pytest.mark.parametrize(
    "url",
    [
        "https://cdn.test/1.mp4?cacheKey=Ch%2Fz&x-kcdn-pid=1&a=[b]&c='d'",
        "HTTPS://CDN.TEST/1.mp4",
        "http://127.0.0.1:1/clips/dusk.mp4#t=1",
    ],
)
def test_url_is_unchanged(url: str) -> None:
    """A change would invalidate a signed URL."""
    assert json_fields.url(url) == url


@pytest.mark.parametrize(
    "value",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "/videos/1.mp4",
        "https://cdn.test/a b",
        "https://cdn.test/\x1b]8;;",
        "https://cdn.test/\u202e4pm",
        "https://cdn.test/" + "x" * 10_000,
        "",
        None,
        ["https://cdn.test/1.mp4"],
    ],
)
def test_invalid_url_is_none(value: object) -> None:
    """It is not absolute, not http or not printable."""
    assert json_fields.url(value) is None


@pytest.mark.parametrize(
    "value", ["/v/1.mp4?sig=a%2Fb&c=[d]", "v/1.mp4", "./1.mp4", "https://cdn.test/1.mp4?a=b"]
)
def test_url_or_path_is_unchanged(value: str) -> None:
    """A path counts too."""
    assert json_fields.url_or_path(value) == value


@pytest.mark.parametrize(
    "value",
    [
        "//evil.test/1.mp4",
        "/\\evil.test/1.mp4",
        "javascript:/x",
        "file:///etc/passwd",
        "host:80/1.mp4",
        "pending",
        "n/a",
        "video/mp4",
        "in/progress?x",
        "/a b",
        "/\x1b]8;;",
        "/" + "x" * 10_000,
        "",
        None,
        7,
    ],
)
def test_invalid_url_or_path_is_none(value: object) -> None:
    """It is no path, or could name another host."""
    assert json_fields.url_or_path(value) is None


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"error": "Invalid parameters"}, "Invalid parameters"),
        ({"error": {"message": "no", "code": 3}}, "no"),
        ({"error": "", "message": "second"}, "second"),
        ({"error_message": "sibling"}, "sibling"),
        ({"errorMessage": "camel"}, "camel"),
        ({"Error-Msg": "dashes"}, "dashes"),
        ({"fail_reason": "reason"}, "reason"),
        ({"message": "third"}, "third"),
        ({"detail": "fourth"}, "fourth"),
        ({"detail": {"msg": "fifth"}}, "fifth"),
        ({"detail": [{"loc": ["body"], "msg": "field required"}]}, "field required"),
        ({"error": ["first", "second"]}, "first"),
        ({"statusCode": 401, "message": "Access denied."}, "Access denied."),
        ("only text", "only text"),
        ({"error": {"error": {"error": {"error": {"error": "too deep"}}}}}, None),
        ({"error": [], "detail": {}}, None),
        ({"success": True}, None),
        ([], None),
        (None, None),
    ],
)
def test_error_message(body: object, message: str | None) -> None:
    """The message is found in every known shape of an error body."""
    assert json_fields.error_message(body) == message
