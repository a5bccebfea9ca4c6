"""Validation of the config file: which values are valid, and the errors for all others."""

from decimal import Decimal
from typing import Any

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import fields
from rich.pretty import pretty_repr

from kling_tui.config.errors import ConfigError
from kling_tui.config.loading import parse
from kling_tui.config.settings import Config, PriceConfig
from kling_tui.jobs import Price
from tests.support.config_files import CLEARTEXT_URL, FILE, SECRET, config_errors, config_with


class TestValues:
    """Valid and invalid values of each setting."""

    @pytest.mark.parametrize(
        ("section", "line"),
        [
            ("gateway", "timeout = 0.1"),
            ("gateway", "timeout = 600"),
            ("gateway", "concurrency = 1"),
            ("gateway", "concurrency = 256"),
            ("poll", "first = 0.1"),
            ("poll", "first = 15"),
            ("poll", "slowest = 86400"),
            ("poll", "jitter = 0"),
            ("poll", "jitter = 0.9"),
            ("price", "i2v = { usd = 0 }"),
            ("price", "o1 = { usd = 10000, per_seconds = 0.5 }"),
            ("jobs", 'file = "~/Jöbs/my jobs.toml"'),
            ("downloads", "auto = true"),
            ("downloads", 'name = "{id} {n}"'),
            ("preview", "bytes_per_second = 1000000000"),
            ("budget", "per_day = 1000000"),
            ("budget", 'per_month = "99.50"'),
            ("budget", "per_label = 5"),
            ("budget", 'per_label = { "hero shot" = 5, campaign = "0.5" }'),
            ("budget", "warn_at = 0.01"),
            ("budget", "warn_at = 1"),
            ("ui", 'output = "stock"'),
            ("ui", 'theme = "a theme of mine"'),
            ("views", '"To do".filter = "label:\\"a b\\""\n"To do".key = 9'),
            ("keys", '"job.open" = "o,enter"'),
            ("notify", 'command = ["/bin/tell me", "", "$HOME"]'),
            ("gateway", 'key = ""\nkey_command = "pass show pixazo"'),
        ],
    )
    def test_limits_are_valid(self, section: str, line: str) -> None:
        """A value at the end of its range is accepted."""
        assert config_with(section, line) != Config()

    @pytest.mark.parametrize(
        ("section", "line", "key", "found", "expected"),
        [
            ("gateway", "timeout = 0.09", "gateway.timeout", "0.09", "0.1 to 600"),
            ("notify", 'command = "say"', "notify.command", "a string (not shown)", "an array"),
            ("notify", "command = [1]", "notify.command", "an array (not shown)", "strings"),
            ("notify", 'command = [" "]', "notify.command", "an array (not shown)", "program"),
            ("notify", 'command = ["a\\u0000"]', "notify.command", "an array", "printable"),
            ("gateway", "timeout = 601", "gateway.timeout", "601", "0.1 to 600"),
            ("gateway", "timeout = true", "gateway.timeout", "true", "a number"),
            ("gateway", 'timeout = "10"', "gateway.timeout", "'10'", "a number"),
            ("gateway", "timeout = nan", "gateway.timeout", "nan", "a number"),
            ("gateway", "timeout = inf", "gateway.timeout", "inf", "a number"),
            ("gateway", "timeout = 1e999", "gateway.timeout", "inf", "a number"),
            ("gateway", f"timeout = 0x{'f' * 9000}", "gateway.timeout", "a number", "a number"),
            ("gateway", "timeout = 1979-05-27", "gateway.timeout", "a date", "a number"),
            ("gateway", "timeout = [1]", "gateway.timeout", "an array", "a number"),
            ("gateway", "concurrency = 0", "gateway.concurrency", "0", "1 to 256"),
            ("gateway", "concurrency = 257", "gateway.concurrency", "257", "1 to 256"),
            ("gateway", "concurrency = 8.0", "gateway.concurrency", "8.0", "a whole number"),
            ("gateway", "concurrency = true", "gateway.concurrency", "true", "a whole number"),
            ("gateway", 'insecure = "no"', "gateway.insecure", "'no'", "true or false"),
            ("gateway", "url = 3", "gateway.url", "3", "a URL"),
            (
                "preview",
                "bytes_per_second = -1",
                "preview.bytes_per_second",
                "-1",
                "0 to 1000000000",
            ),
            ("poll", "first = 0", "poll.first", "0", "0.1 to 86400"),
            ("poll", "first = 16", "poll.slowest", "15", "poll.first (16)"),
            ("poll", "first = 9\nslowest = 8.9", "poll.slowest", "8.9", "poll.first (9)"),
            ("poll", "slowest = 86401", "poll.slowest", "86401", "0.1 to 86400"),
            ("poll", "jitter = 1", "poll.jitter", "1", "0 to 0.9"),
            ("poll", "jitter = -0.1", "poll.jitter", "-0.1", "0 to 0.9"),
            ("budget", "per_day = -1", "budget.per_day", "-1", "0 to 1000000"),
            ("budget", "per_month = true", "budget.per_month", "true", "US dollars"),
            ("budget", 'per_label = "all"', "budget.per_label", "'all'", "or a table of labels"),
            ("budget", "per_label = { hero = -2 }", "budget.per_label.hero", "-2", "0 to 1000000"),
            (
                "budget",
                'per_label = { "a\\u0007" = 2 }',
                r"budget.per_label.'a\x07'",
                "no label",
                "printable",
            ),
            ("budget", "warn_at = 0", "budget.warn_at", "0", "0.01 to 1"),
            ("budget", "warn_at = 80", "budget.warn_at", "80", "such as 0.8"),
            ("price", "i2v = 0.4", "price.i2v", "a number", "a table with usd, per_seconds"),
            ("price", "i2v = { usd = true }", "price.i2v.usd", "true", "US dollars"),
            ("price", "i2v = { usd = -1 }", "price.i2v.usd", "-1", "0 to 10000"),
            ("price", "i2v = { usd = 10001 }", "price.i2v.usd", "10001", "0 to 10000"),
            ("price", "i2v = { usd = nan }", "price.i2v.usd", "nan", "US dollars"),
            ("price", 'i2v = { usd = "NaN" }', "price.i2v.usd", "'NaN'", "US dollars"),
            ("price", 'i2v = { usd = "0,35" }', "price.i2v.usd", "'0,35'", "US dollars"),
            ("price", 'i2v = { usd = "1e3" }', "price.i2v.usd", "'1e3'", "US dollars"),
            ("price", "o1 = { per_seconds = 5 }", "price.o1.usd", "missing", "US dollars"),
            ("price", "i2v = { usd = 1, per_seconds = 0 }", "price.i2v.per_seconds", "0", "from"),
            ("jobs", 'file = "a\\u0000b"', "jobs.file", r"'a\x00b'", "a path"),
            ("downloads", 'name = "{title}"', "downloads.name", "'{title}'", "{label}, {kind}"),
            ("downloads", 'name = "a/{id}"', "downloads.name", "'a/{id}'", "without a folder"),
            ("downloads", 'name = ""', "downloads.name", "''", "a file name"),
            ("downloads", "dir = false", "downloads.dir", "false", "a path"),
            ("notify", "bell = 1", "notify.bell", "1", "true or false"),
            ("ui", 'output = "leen"', "ui.output", "'leen'", '"lean" or "stock"'),
            ("ui", 'theme = ""', "ui.theme", "''", "not empty"),
            ("ui", 'theme = "\\u001b[31m"', "ui.theme", r"'\x1b[31m'", "control characters"),
            ("views", "a.filter = 1", "views.a.filter", "1", "a filter"),
            ("views", 'a.filter = "\\u0007"', "views.a.filter", r"'\x07'", "control characters"),
            ("views", "a.sort = true", "views.a.sort", "true", "a name"),
            ("views", 'a.reverse = "yes"', "views.a.reverse", "'yes'", "true or false"),
            ("views", "a.key = 0", "views.a.key", "0", '"1" to "9"'),
            ("views", 'a.key = "12"', "views.a.key", "'12'", '"1" to "9"'),
            ("views", 'a.key = "x"', "views.a.key", "'x'", '"1" to "9"'),
            ("views", 'a = "is:live"', "views.a", "a string", "a table with filter, sort"),
            ("views", f"{'n' * 25}.sort = 'age'", f"views.{'n' * 25}", "no name", "24 printable"),
            ("views", '" ".sort = "age"', "views.' '", "no name", "24 printable"),
            (
                "views",
                'a.key = "3"\n"b c".key = 3',
                "views.'b c'.key",
                '"3", the key of',
                "another",
            ),
            ("keys", 'quit = ""', "keys.quit", "''", "not empty"),
            ("keys", "quit.now = 1", "keys.quit", "a table", "a name"),
            ("keys", '"\\u001b[31m" = 1', r"keys.'\x1b[31m'", "1", "a name"),
        ],
    )
    def test_invalid_values(
        self, section: str, line: str, key: str, found: str, expected: str
    ) -> None:
        """The error has the file, the dotted key, the value and what was expected."""
        [error] = config_errors(f"[{section}]\n{line}\n")
        actual_part, expected_part = error.split("; expected ", 1)
        assert actual_part.startswith(f"{FILE}: {key} is {found}")
        assert expected in expected_part

    def test_long_values_are_shortened(self) -> None:
        """An error fits on a line whatever the value."""
        [error] = config_errors(f'[ui]\noutput = "{"x" * 5000}"')
        assert len(error) < 150
        assert "xxx…" in error

    @pytest.mark.parametrize(
        ("usd", "decimal"),
        [("0.4", "0.4"), ("1", "1"), ('"0.10"', "0.10"), ("-0.0", "0.0"), ("1e-3", "0.001")],
    )
    def test_prices_are_exact(self, usd: str, decimal: str) -> None:
        """A price is the decimal in the file, not a binary fraction."""
        price = config_with("price", f"i2v = {{ usd = {usd} }}").price.i2v
        assert str(price.usd) == decimal

    def test_price_replaces_the_whole_entry(self) -> None:
        """A price without seconds applies to a video of any length."""
        assert config_with("price", "i2v = { usd = 0.40 }").price == PriceConfig(
            i2v=Price(Decimal("0.4"))
        )


class TestUnknownNames:
    """Unknown names are errors, as they would have no effect."""

    @pytest.mark.parametrize(
        ("text", "key", "hint"),
        [
            ("[gateway]\ntimout = 1", "gateway.timout", "did you mean timeout?"),
            ("[gatway]\ntimeout = 1", "gatway", "did you mean gateway?"),
            ("[price]\ni2w = { usd = 1 }", "price.i2w", "did you mean i2v?"),
            ("[price.i2v]\nusd = 1\nper_second = 5", "price.i2v.per_second", "per_seconds?"),
            ("[ui]\nzzz = 1", "ui.zzz", "expected one of theme, mouse, output"),
            ("timeout = 1", "timeout", "expected one of gateway, poll"),
            ('[ui]\n"\\u0007 bell" = 1', r"ui.'\x07 bell'", "expected one of"),
        ],
    )
    def test_error_suggests_a_similar_name(self, text: str, key: str, hint: str) -> None:
        """The error has the dotted key, and the name that was probably meant."""
        [error] = config_errors(text)
        assert error.startswith(f"{FILE}: {key} is not a setting;")
        assert hint in error

    @pytest.mark.parametrize("text", ["gateway = 3", "[[gateway]]\ntimeout = 1", 'keys = "q"'])
    def test_section_must_be_a_table(self, text: str) -> None:
        """The error says so."""
        [error] = config_errors(text)
        assert "; expected a table" in error


def test_all_problems_are_reported_at_once() -> None:
    """Each problem has a line, which begins with the file."""
    errors = config_errors(
        f'[gateway]\nurl = "{CLEARTEXT_URL}"\ntimeout = 0\nkey = "a"\nkey_command = "b"\ntypo = 1\n'
        "[poll]\nfirst = 20\njitter = 2\n[ui]\nmouse = 1\n[what]\n"
    )
    keys = [error.removeprefix(f"{FILE}: ").split(" ")[0] for error in errors]
    assert sorted(keys) == [
        "gateway.key_command",
        "gateway.timeout",
        "gateway.typo",
        "gateway.url",
        "poll.jitter",
        "poll.slowest",
        "ui.mouse",
        "what",
    ]


def test_conflicts_of_invalid_values_are_not_reported() -> None:
    """A setting is not compared with one that is invalid itself."""
    [error] = config_errors("[poll]\nfirst = -1\nslowest = 1")
    assert "poll.first" in error
    [error] = config_errors(f'[gateway]\nurl = "{CLEARTEXT_URL}"\ninsecure = 1')
    assert "gateway.insecure" in error


class TestUrl:
    """The gateway's URL, to which the key is sent."""

    @pytest.mark.parametrize(
        ("url", "result"),
        [
            ("https://gateway.pixazo.ai/", "https://gateway.pixazo.ai"),
            ("https://example.com:8443/v1/kling//", "https://example.com:8443/v1/kling"),
            ("HTTPS://Example.com", "HTTPS://Example.com"),
            ("https://10.0.0.7", "https://10.0.0.7"),
            ("https://[2001:db8::1]:443", "https://[2001:db8::1]:443"),
            ("http://localhost:8080", "http://localhost:8080"),
            ("http://LOCALHOST", "http://LOCALHOST"),
            ("http://127.0.0.1:1", "http://127.0.0.1:1"),
            ("http://127.9.9.9/x", "http://127.9.9.9/x"),
            ("http://[::1]:65535/", "http://[::1]:65535"),
        ],
    )
    def test_https_and_loopback_http_are_valid(self, url: str, result: str) -> None:
        """A trailing slash is removed, a path is kept."""
        assert config_with("gateway", f'url = "{url}"').gateway.url == result

    @pytest.mark.parametrize(
        "url",
        [
            CLEARTEXT_URL,
            "http://gateway.pixazo.ai",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "http://128.0.0.1",
            "http://0.0.0.0",
            "http://[::2]",
        ],
    )
    def test_http_to_other_machines_needs_insecure(self, url: str) -> None:
        """The error says that the key would be readable on the way."""
        [error] = config_errors(f'[gateway]\nurl = "{url}"')
        assert error.startswith(f"{FILE}: gateway.url is '{url}'; expected https")
        assert "the key would travel in the clear" in error
        assert config_with("gateway", f'url = "{url}"\ninsecure = true').gateway.url == url

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "gateway.pixazo.ai",
            "ftp://example.com",
            "https://",
            "https:///v1",
            "https://:443",
            "https://example.com:0",
            "https://example.com:65536",
            "https://example.com:http",
            "https://exam ple.com",
            "https://example..com",
            "https://a,b",
            "https://999.1.1.1",
            "https://127.1",
            "https://[::1",
            "https://[127.0.0.1]",
            "https://[1:2]",
            "https://bücher.example",
            "https://\N{KELVIN SIGN}ling.example",
            f"https://{'a' * 64}.example",
            f"https://example.{'a' * 64}",
            "https://example.com/a b",
            "https://example.com/\\u0009",
        ],
    )
    def test_invalid_urls(self, url: str) -> None:
        """URLs to which no request could be sent are errors."""
        [error] = config_errors(f'[gateway]\nurl = "{url}"')
        assert error.startswith(f"{FILE}: gateway.url is '")
        assert "; expected a URL such as" in error

    @pytest.mark.parametrize(
        "url",
        [
            f"https://me:{SECRET}@example.com",
            f"https://{SECRET}@example.com",
            f"https://example.com?key={SECRET}",
            f"https://example.com/#{SECRET}",
        ],
    )
    def test_passwords_and_keys_in_urls_are_not_shown(self, url: str) -> None:
        """A user, a query and a fragment are invalid, and the error does not show them."""
        [error] = config_errors(f'[gateway]\nurl = "{url}"')
        assert "gateway.url" in error
        assert SECRET not in error


class TestSecrets:
    """Keys and commands, which are in no error and no repr."""

    @pytest.mark.parametrize(
        "text",
        [
            f'[gateway]\nkey = "{SECRET} {SECRET}"',
            f'[gateway]\nkey = "{SECRET}ü"',
            f'[gateway]\nkey = ["{SECRET}"]',
            f'[gateway]\nkey = "{SECRET}"\nkey_command = "print {SECRET}"',
            f'[gateway]\nkey_command = "print \'{SECRET}"',
            f'[gateway]\nkey_command = "print \\u0007 {SECRET}"',
            f'[notify]\ncommand = "tell {SECRET}"',
            f'[gateway]\nkye = "{SECRET}"',
            f'key = "{SECRET}"',
            f'gateway = "{SECRET}"',
            f'[[gateway]]\nkey = "{SECRET}"',
            f'[gateway.url]\nkey = "{SECRET}"',
            f'[gateway]\nkey = "{SECRET}" "',
            f'[gateway]\nkey = "{SECRET}',
        ],
    )
    def test_errors_show_no_secret(self, text: str) -> None:
        """Whatever is wrong, the error does not repeat the secret."""
        assert SECRET not in "\n".join(config_errors(text))

    def test_repr_shows_no_secret(self) -> None:
        """A Config may be logged or shown in a traceback."""
        for section, line in (
            ("gateway", f'key = "{SECRET}"'),
            ("gateway", f'key_command = "print {SECRET}"'),
            ("notify", f'command = ["tell", "{SECRET}"]'),
        ):
            config = config_with(section, line)
            assert SECRET not in repr(config)
            assert SECRET not in pretty_repr(config)


SECTIONS = [section.name for section in fields(Config)]
NAMES = st.sampled_from(
    ["timeout", "url", "key", "key_command", "first", "slowest", "i2v", "usd", "output", "", "ü"]
)
SCALARS = (
    st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.dates()
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
    | st.sampled_from(["lean", "0.35", "http://localhost", "https://a@b", "'"])
)
TABLES = st.dictionaries(
    NAMES, SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(NAMES, SCALARS, max_size=2)
)


class TestAnything:
    """Random files, which give settings or a ConfigError."""

    @settings(max_examples=50)
    @given(st.lists(st.sampled_from([*"[]{}=\"'\n.#0_-: \x00é", "ui", "mouse", "true"])))
    def test_any_text(self, pieces: list[str]) -> None:
        """Any text gives settings, or a ConfigError whose lines begin with the file."""
        errors = ""
        try:
            parse("".join(pieces), FILE)
        except ConfigError as error:
            errors = str(error)
        assert all(line.startswith(f"{FILE}: ") for line in errors.splitlines())

    @settings(max_examples=50)
    @given(
        st.dictionaries(st.sampled_from(SECTIONS), TABLES | SCALARS, max_size=4),
        st.sampled_from(["key", "key_command"]),
    )
    def test_any_toml_with_an_invalid_secret(self, tables: dict[str, Any], secret: str) -> None:
        """The error is printable and does not show the secret."""
        gateway = tables.get("gateway")
        others = gateway if isinstance(gateway, dict) else {}
        text = tomli_w.dumps({**tables, "gateway": {**others, secret: f"'{SECRET}ü"}})
        for line in config_errors(text):
            assert line.startswith(f"{FILE}: ")
            assert line.isprintable()
            assert SECRET not in line
