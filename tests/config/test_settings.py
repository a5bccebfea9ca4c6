"""The settings: their defaults, what is refused and in which words, and where the key is from."""

import os
import re
import shlex
import subprocess
import sys
import tomllib
from dataclasses import fields, is_dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from kling_tui.config.api_keys import find_key
from kling_tui.config.errors import ConfigError
from kling_tui.config.loading import find_config, load, parse
from kling_tui.config.settings import (
    Config,
    GatewayConfig,
    PollConfig,
    PriceConfig,
    ProfileConfig,
)
from kling_tui.demo import SETTINGS
from kling_tui.gateways import BUILT_IN
from kling_tui.jobs import Price

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"
FILE = "config.toml"
SECRET = "s3cr3t-0f-4-k3y"
ELSEWHERE = "http://10.0.0.7:8080"


def problems(text: str) -> list[str]:
    """Return the lines of the error that `text` brings about."""
    with pytest.raises(ConfigError) as caught:
        parse(text, FILE)
    return str(caught.value).splitlines()


def setting(section: str, line: str) -> Config:
    """Return the settings of a file with one line in one section."""
    return parse(f"[{section}]\n{line}\n", FILE)


def printing(program: str) -> Config:
    """Return settings whose key_command is a small Python program."""
    command = shlex.join([sys.executable, "-S", "-c", program])
    return Config(gateway=GatewayConfig(key_command=command))


class TestDefaults:
    """What holds where nothing is set."""

    def test_are_those_of_the_interface(self) -> None:
        """Every default is the one that the documents promise."""
        config = parse("", FILE)
        assert config == Config()
        assert config.gateway == GatewayConfig(
            "https://gateway.pixazo.ai",
            insecure=False,
            key="",
            key_command="",
            timeout=10.0,
            concurrency=8,
        )
        assert config.poll == PollConfig(first=5.0, slowest=15.0, jitter=0.2)
        assert config.price.i2v == Price(Decimal("0.35"), 5)
        assert config.price.o1 == Price(Decimal("0.90"), None)
        assert (config.jobs.file, config.downloads.dir, config.downloads.auto) == ("", "", False)
        assert config.downloads.name == "{label}-{kind}-{id}-{n}.mp4"
        assert (config.notify.bell, config.notify.desktop) == (True, False)
        assert (config.notify.toast, config.notify.command) == (True, ())
        assert config.preview.bytes_per_second == 0
        assert (config.ui.theme, config.ui.mouse, config.ui.output) == (
            "textual-dark",
            True,
            "lean",
        )
        assert config.keys == {}

    def test_fill_in_what_a_file_leaves_out(self) -> None:
        """One setting changes nothing but itself."""
        config = setting("gateway", "timeout = 3")
        assert config == Config(gateway=GatewayConfig(timeout=3.0))
        assert isinstance(config.gateway.timeout, float)

    def test_know_a_price_for_every_endpoint(self) -> None:
        """Each kind of job has a price, and no other kind has."""
        priced = {kind for kind, endpoint in BUILT_IN.items() if endpoint.api}
        assert {kind.name for kind in fields(PriceConfig)} == priced
        assert all(Config().price.of(kind) for kind in priced)
        assert Config().price.of("other") is None


class TestExample:
    """The example file is the settings' reference."""

    def test_changes_nothing(self) -> None:
        """Its values are the defaults."""
        assert load(EXAMPLE, required=True) == Config()

    @pytest.mark.parametrize("section", [section.name for section in fields(Config)])
    def test_shows_every_setting(self, section: str) -> None:
        """Each setting has its line, be it commented out, in its own section."""
        text = EXAMPLE.read_text(encoding="utf-8")
        part = re.search(rf"^\[{section}\]\n(.*?)(?=^\[|\Z)", text, re.MULTILINE | re.DOTALL)
        assert part, f"no [{section}]"
        value = getattr(Config(), section)
        for name in [setting.name for setting in fields(value)] if is_dataclass(value) else []:
            assert re.search(rf"^(# )?{name} = ", part[1], re.MULTILINE), f"no {section}.{name}"
        if section == "price":
            assert all(f"{each.name} = " in part[1] for each in fields(Price))

    def test_shows_an_endpoint(self) -> None:
        """Its example of an endpoint, uncommented, is that of the demo, with every setting."""
        text = EXAMPLE.read_text(encoding="utf-8").split("[endpoints]\n")[1].split("\n[")[0]
        example = re.findall(r"^# (\[endpoints.*|\w+ = .*)$", text, re.MULTILINE)
        assert tomllib.loads("\n".join(example)) == tomllib.loads(SETTINGS)
        with pytest.raises(
            ConfigError, match="expected one of shape, path, title, id_pattern, price"
        ):
            parse("[endpoints.x]\nzzz = 1\n", FILE)
        assert len(example) == 6


class TestProfiles:
    """More gateways, each with a key of its own."""

    def test_are_sections_like_that_of_the_gateway(self) -> None:
        """How they are asked is the same for all; where and with which key is each one's own."""
        config = parse(
            '[gateway]\nurl = "http://one.test"\nkey = "one"\ninsecure = true\ntimeout = 3\n'
            '[profile.studio]\nkey = "two"\n[profile.lab]\nurl = "http://lab.test/"\n',
            FILE,
        )
        assert config.gateways == {
            "": GatewayConfig("http://one.test", "one", insecure=True, timeout=3.0),
            "studio": GatewayConfig(GatewayConfig().url, "two", insecure=True, timeout=3.0),
            "lab": GatewayConfig("http://lab.test", insecure=True, timeout=3.0),
        }

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            (
                f'[profile.studio]\nurl = "{ELSEWHERE}"',
                f"profile.studio.url is '{ELSEWHERE}'; expected https: by http the key",
            ),
            (
                f'[profile.studio]\nkey = "{SECRET}"\nkey_command = "{SECRET}"',
                "profile.studio.key_command is set; expected no key beside it",
            ),
            (
                f'[profile.studio]\nkey = "{SECRET} x"',
                "profile.studio.key is a string (not shown); expected printable ASCII characters",
            ),
            (
                "[profile.studio]\ntimeout = 3",
                "profile.studio.timeout is not a setting; expected one of url, key, key_command",
            ),
            (
                "[profile.default]",
                "profile.default is what [gateway] sets; expected another name for a profile",
            ),
            (
                '[profile."a b"]',
                "profile.'a b' is no name of a profile; expected a name of up to 20 letters",
            ),
            ("profile = 1", "profile is a number; expected a table"),
        ],
    )
    def test_are_checked(self, text: str, words: str) -> None:
        """What is wrong with one is told as it is of [gateway], with its name."""
        (told,) = problems(text)
        assert told.startswith(f"{FILE}: {words}")

    def test_show_their_settings_in_the_example(self) -> None:
        """Its example of a profile, uncommented, has every setting."""
        text = EXAMPLE.read_text(encoding="utf-8").split("[profile]\n")[1].split("\n[")[0]
        shown = re.findall(r"^# (\[profile.*|\w+ = .*)$", text, re.MULTILINE)
        assert [line.split(" = ")[0] for line in shown] == [
            "[profile.studio]",
            *(setting.name for setting in fields(ProfileConfig)),
        ]
        without = [line for line in shown if not line.startswith("key_command")]
        assert parse("\n".join(without), FILE).profile == {"studio": ProfileConfig()}


class TestValues:
    """What each setting takes and refuses."""

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
            ("ui", 'output = "stock"'),
            ("ui", 'theme = "a theme of mine"'),
            ("keys", '"job.open" = "o,enter"'),
            ("notify", 'command = ["/bin/tell me", "", "$HOME"]'),
            ("gateway", 'key = ""\nkey_command = "pass show pixazo"'),
        ],
    )
    def test_are_taken_to_their_limits(self, section: str, line: str) -> None:
        """A value at the end of its range is still in it."""
        assert setting(section, line) != Config()

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
            ("keys", 'quit = ""', "keys.quit", "''", "not empty"),
            ("keys", "quit.now = 1", "keys.quit", "a table", "a name"),
            ("keys", '"\\u001b[31m" = 1', r"keys.'\x1b[31m'", "1", "a name"),
        ],
    )
    def test_that_do_not_fit_are_named(
        self, section: str, line: str, key: str, found: str, expected: str
    ) -> None:
        """The error names the file, the dotted key, what stands there and what should."""
        [problem] = problems(f"[{section}]\n{line}\n")
        said, wanted = problem.split("; expected ", 1)
        assert said.startswith(f"{FILE}: {key} is {found}")
        assert expected in wanted

    def test_are_shortened_in_words(self) -> None:
        """A value of any length makes a line that can be read."""
        [problem] = problems(f'[ui]\noutput = "{"x" * 5000}"')
        assert len(problem) < 150
        assert "xxx…" in problem

    @pytest.mark.parametrize(
        ("usd", "is_decimal"),
        [("0.4", "0.4"), ("1", "1"), ('"0.10"', "0.10"), ("-0.0", "0.0"), ("1e-3", "0.001")],
    )
    def test_of_money_stay_exact(self, usd: str, is_decimal: str) -> None:
        """A price is the decimal that a person wrote, with no binary fraction in between."""
        price = setting("price", f"i2v = {{ usd = {usd} }}").price.i2v
        assert str(price.usd) == is_decimal

    def test_of_a_price_replace_the_whole_entry(self) -> None:
        """A price that is given without seconds is for a generation of any length."""
        assert setting("price", "i2v = { usd = 0.40 }").price == PriceConfig(
            i2v=Price(Decimal("0.4"))
        )


class TestUnknownNames:
    """A name that means nothing is an error, for nobody would see that it does nothing."""

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
    def test_are_named_with_what_is_near(self, text: str, key: str, hint: str) -> None:
        """The error names the dotted key, and the name that was probably meant."""
        [problem] = problems(text)
        assert problem.startswith(f"{FILE}: {key} is not a setting;")
        assert hint in problem

    @pytest.mark.parametrize("text", ["gateway = 3", "[[gateway]]\ntimeout = 1", 'keys = "q"'])
    def test_a_section_must_be_a_table(self, text: str) -> None:
        """A section that is something else is named as such."""
        [problem] = problems(text)
        assert "; expected a table" in problem


def test_all_problems_are_told_at_once() -> None:
    """A person who repairs a file reads all its faults in one go, each led by the file."""
    lines = problems(
        f'[gateway]\nurl = "{ELSEWHERE}"\ntimeout = 0\nkey = "a"\nkey_command = "b"\ntypo = 1\n'
        "[poll]\nfirst = 20\njitter = 2\n[ui]\nmouse = 1\n[what]\n"
    )
    told = [line.removeprefix(f"{FILE}: ").split(" ")[0] for line in lines]
    assert sorted(told) == [
        "gateway.key_command",
        "gateway.timeout",
        "gateway.typo",
        "gateway.url",
        "poll.jitter",
        "poll.slowest",
        "ui.mouse",
        "what",
    ]


def test_a_bad_value_is_told_once() -> None:
    """What depends on a value that is bad itself is not judged."""
    [problem] = problems("[poll]\nfirst = -1\nslowest = 1")
    assert "poll.first" in problem
    [problem] = problems(f'[gateway]\nurl = "{ELSEWHERE}"\ninsecure = 1')
    assert "gateway.insecure" in problem


class TestUrl:
    """The gateway's URL, to which the key is sent."""

    @pytest.mark.parametrize(
        ("url", "kept"),
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
    def test_may_be_secure_or_of_this_machine(self, url: str, kept: str) -> None:
        """Anywhere by https, on loopback by http too; a slash at the end goes, a path stays."""
        assert setting("gateway", f'url = "{url}"').gateway.url == kept

    @pytest.mark.parametrize(
        "url",
        [
            ELSEWHERE,
            "http://gateway.pixazo.ai",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "http://128.0.0.1",
            "http://0.0.0.0",
            "http://[::2]",
        ],
    )
    def test_must_not_show_the_key_to_others(self, url: str) -> None:
        """Plain http to another machine is refused, with the reason, unless it is allowed."""
        [problem] = problems(f'[gateway]\nurl = "{url}"')
        assert problem.startswith(f"{FILE}: gateway.url is '{url}'; expected https")
        assert "the key would travel in the clear" in problem
        assert setting("gateway", f'url = "{url}"\ninsecure = true').gateway.url == url

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
    def test_must_be_one(self, url: str) -> None:
        """What no request could be sent to is refused when the file is read."""
        [problem] = problems(f'[gateway]\nurl = "{url}"')
        assert problem.startswith(f"{FILE}: gateway.url is '")
        assert "; expected a URL such as" in problem

    @pytest.mark.parametrize(
        "url",
        [
            f"https://me:{SECRET}@example.com",
            f"https://{SECRET}@example.com",
            f"https://example.com?key={SECRET}",
            f"https://example.com/#{SECRET}",
        ],
    )
    def test_with_a_password_or_key_is_not_repeated(self, url: str) -> None:
        """A user, a query and a fragment are refused without showing what they hold."""
        [problem] = problems(f'[gateway]\nurl = "{url}"')
        assert "gateway.url" in problem
        assert SECRET not in problem


class TestSecrets:
    """The key, and the command that prints it, stand in no error and in no representation."""

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
    def test_are_not_in_an_error(self, text: str) -> None:
        """Whatever is wrong, the words do not repeat the secret."""
        assert SECRET not in "\n".join(problems(text))

    def test_are_not_in_a_representation(self) -> None:
        """A Config that is logged or shown in a traceback does not give the key away."""
        for line in (f'key = "{SECRET}"', f'key_command = "print {SECRET}"'):
            assert SECRET not in repr(setting("gateway", line))
        assert SECRET not in repr(setting("notify", f'command = ["tell", "{SECRET}"]'))


class TestFile:
    """The file as the platform has it."""

    def test_that_is_absent_sets_nothing(self, tmp_path: Path) -> None:
        """No file at the usual place is the usual case."""
        assert load(tmp_path / FILE, required=False) == Config()

    def test_that_was_asked_for_must_exist(self, tmp_path: Path) -> None:
        """A file that a person named and that is not there is an error that says what to do."""
        with pytest.raises(ConfigError, match=r"config\.toml: does not exist; create it"):
            load(tmp_path / FILE, required=True)

    def test_that_is_a_folder_is_an_error(self, tmp_path: Path) -> None:
        """What cannot be read is told with its path and the reason."""
        with pytest.raises(ConfigError, match=r"cannot be read: Is a directory") as caught:
            load(tmp_path, required=False)
        assert str(tmp_path) in str(caught.value)

    def test_that_is_not_utf_8_names_the_line(self, tmp_path: Path) -> None:
        """A file in another encoding is told with the line at which that shows."""
        path = tmp_path / FILE
        path.write_bytes('[jobs]\n# fine\nfile = "Jöbs"\n'.encode("latin-1"))
        with pytest.raises(ConfigError, match=r"config\.toml: is not UTF-8 \(at line 3\)"):
            load(path, required=False)

    @pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
    @pytest.mark.parametrize("end", [b"\n", b"\r\n"])
    def test_may_come_from_any_editor(self, tmp_path: Path, start: bytes, end: bytes) -> None:
        """A byte order mark and either kind of line end do no harm."""
        path = tmp_path / FILE
        path.write_bytes(start + b"[gateway]" + end + b"concurrency = 3" + end)
        assert load(path, required=True).gateway.concurrency == 3

    def test_that_is_not_toml_names_the_line(self, tmp_path: Path) -> None:
        """A fault of TOML's own is told with the path and the line."""
        path = tmp_path / FILE
        path.write_text("[gateway]\ntimeout = ten\n", encoding="utf-8")
        with pytest.raises(ConfigError, match=r"is not TOML: .*at line 2") as caught:
            load(path, required=False)
        assert str(path) in str(caught.value)

    @pytest.mark.parametrize("value", ["1" * 5000, "[" * 9000, "9" * 5000 + ".0"])
    def test_that_python_cannot_take_is_an_error(self, value: str) -> None:
        """Numbers and brackets beyond Python's limits are told like any other fault."""
        [problem] = problems(f"[gateway]\ntimeout = {value}")
        assert problem.startswith(f"{FILE}: ")


@pytest.mark.parametrize(
    ("option", "environ", "found"),
    [
        (None, {}, (Path("default"), False)),
        (None, {"KLING_TUI_CONFIG": ""}, (Path("default"), False)),
        (None, {"KLING_TUI_CONFIG": "variable"}, (Path("variable"), True)),
        (Path("option"), {"KLING_TUI_CONFIG": "variable"}, (Path("option"), True)),
    ],
)
def test_the_nearest_word_decides_which_file_is_read(
    option: Path | None, environ: dict[str, str], found: tuple[Path, bool]
) -> None:
    """The option wins over the variable, that over the usual place; only named files must be."""
    assert find_config(option, environ, Path("default")) == found


class TestKey:
    """Where the gateway's key comes from."""

    def test_may_be_missing(self) -> None:
        """No key is no error here: one endpoint needs none."""
        assert find_key(Config(), {}) == ""
        assert find_key(Config(gateway=GatewayConfig(key_command="  ")), {}) == ""

    @pytest.mark.parametrize(
        ("variable", "key"), [(None, "filed"), ("", "filed"), (" \n", "filed"), (" env\n", "env")]
    )
    def test_in_the_environment_wins(self, variable: str | None, key: str) -> None:
        """The variable wins over the file where it holds anything; white space around it goes."""
        environ = {} if variable is None else {"PIXAZO_API_KEY": variable}
        assert find_key(setting("gateway", 'key = " filed "'), environ) == key

    @pytest.mark.parametrize("line", ["", 'key = "two"', "key_command = 'echo two'"])
    def test_in_the_environment_is_not_for_other_profiles(self, line: str) -> None:
        """A key that may go to one gateway goes to no other."""
        config = parse(f'[gateway]\nkey = "one"\n[profile.studio]\n{line}\n', FILE)
        environ = {"PIXAZO_API_KEY": "env", "PATH": os.environ["PATH"]}
        assert find_key(config, environ) == "env"
        assert find_key(config, environ, profile="studio") == ("two" if line else "")

    def test_command_of_a_profile_is_named(self) -> None:
        """An error says whose key cannot be had."""
        config = parse("[profile.studio]\nkey_command = 'false'\n", FILE)
        with pytest.raises(ConfigError, match=r"profile\.studio\.key_command failed"):
            find_key(config, dict(os.environ), profile="studio")

    def test_in_the_environment_spares_the_command(self, tmp_path: Path) -> None:
        """A command whose key is not needed is not run: it may ask for a passphrase."""
        mark = tmp_path / "ran"
        config = printing(f"open({str(mark)!r}, 'w')")
        assert find_key(config, {"PIXAZO_API_KEY": "env"}) == "env"
        assert not mark.exists()

    def test_is_the_first_line_that_the_command_prints(self, tmp_path: Path) -> None:
        """Further lines are a password store's notes; the command is run once, by no shell."""
        mark = tmp_path / "runs"
        config = printing(
            f"open({str(mark)!r}, 'a').write('x'); print(' $HOME-k3y \\nlogin: someone')"
        )
        assert find_key(config, {"HOME": "/nowhere"}) == "$HOME-k3y"
        assert mark.read_text(encoding="utf-8") == "x"

    def test_command_is_handed_the_environment(self) -> None:
        """The command sees the variables that this process was given, and no others."""
        config = printing("import os; print(os.environ['STORE'])")
        assert find_key(config, {"STORE": "from-the-store"}) == "from-the-store"

    def test_command_can_ask_a_person(self) -> None:
        """The command shares standard input, so that it can ask for a passphrase."""
        program = (
            "import shlex, sys; from kling_tui.config.settings import *;"
            "from kling_tui.config.api_keys import find_key;"
            "c = shlex.join([sys.executable, '-S', '-c', 'print(input())']);"
            "print(find_key(Config(gateway=GatewayConfig(key_command=c)), {}))"
        )
        asked = subprocess.run(  # noqa: S603 - this very test's program
            [sys.executable, "-c", program],
            input="passphrase\n",
            capture_output=True,
            text=True,
            check=True,
            cwd=EXAMPLE.parent,
        )
        assert asked.stdout == "passphrase\n"

    @pytest.mark.parametrize(
        ("program", "words"),
        [
            (
                f"import sys; print('{SECRET}'); sys.exit('\\x1b[31mno such\\x07 entry\\nmore')",
                "gateway.key_command failed: exit status 1, [31mno such entry",
            ),
            (f"import os; print('{SECRET}', flush=True); os._exit(7)", "exit status 7"),
            ("", "gateway.key_command printed no key on its first line: exit status 0"),
            (f"print('\\n{SECRET}')", "printed no key on its first line"),
            (f"print('two {SECRET}')", "gateway.key_command gives a key that is not shown"),
            (f"print('{SECRET}\\x1b')", "gateway.key_command gives a key that is not shown"),
            (
                f"import sys; sys.stdout.buffer.write(b'{SECRET}\\xff')",
                "gateway.key_command gives a key that is not shown",
            ),
        ],
    )
    def test_command_that_gives_no_key_is_an_error(self, program: str, words: str) -> None:
        """Its exit status and what it said on standard error are told, its output never."""
        with pytest.raises(ConfigError) as caught:
            find_key(printing(program), {})
        message = str(caught.value)
        assert words in message
        assert "\n" not in message
        assert "more" not in message
        assert SECRET not in message

    @pytest.mark.parametrize("command", [f"/nowhere/{SECRET} show", "''", f"{EXAMPLE} {SECRET}"])
    def test_command_that_cannot_start_is_an_error(self, command: str) -> None:
        """A program that is missing or no program is told without showing the command."""
        with pytest.raises(
            ConfigError, match=r"gateway\.key_command cannot be started: "
        ) as caught:
            find_key(Config(gateway=GatewayConfig(key_command=command)), {})
        assert SECRET not in str(caught.value)
        assert caught.value.__cause__ is None

    def test_command_that_does_not_end_is_an_error(self) -> None:
        """A command that hangs does not hang the app."""
        config = printing(f"import time; print('{SECRET}', flush=True); time.sleep(60)")
        with pytest.raises(ConfigError, match=r"gateway\.key_command did not end within 0\.2 s"):
            find_key(config, {}, timeout=0.2)

    @pytest.mark.parametrize("key", [f"{SECRET} x", f"{SECRET}\r\nHost: x", f"{SECRET}ü", "\udcff"])
    def test_that_fits_no_header_is_an_error(self, key: str) -> None:
        """A key that HTTP could not carry is refused, and told by its source alone."""
        with pytest.raises(
            ConfigError, match=r"\$PIXAZO_API_KEY gives a key .* printable"
        ) as caught:
            find_key(Config(), {"PIXAZO_API_KEY": key})
        assert SECRET not in str(caught.value)
        with pytest.raises(ConfigError, match=r"gateway\.key gives a key") as caught:
            find_key(Config(gateway=GatewayConfig(key=key)), {})
        assert SECRET not in str(caught.value)


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
    """Whatever stands in the file, there are settings or words, never a crash."""

    @settings(max_examples=50)
    @given(st.lists(st.sampled_from([*"[]{}=\"'\n.#0_-: \x00é", "ui", "mouse", "true"])))
    def test_text(self, pieces: list[str]) -> None:
        """Any text gives settings or a ConfigError whose lines name the file."""
        told = ""
        try:
            parse("".join(pieces), FILE)
        except ConfigError as error:
            told = str(error)
        assert all(line.startswith(f"{FILE}: ") for line in told.splitlines())

    @settings(max_examples=50)
    @given(
        st.dictionaries(st.sampled_from(SECTIONS), TABLES | SCALARS, max_size=4),
        st.sampled_from(["key", "key_command"]),
    )
    def test_toml(self, tables: dict[str, Any], secret: str) -> None:
        """Any TOML that holds a bad secret gives an error, printable and without the secret."""
        gateway = tables.get("gateway")
        known = gateway if isinstance(gateway, dict) else {}
        text = tomli_w.dumps({**tables, "gateway": {**known, secret: f"'{SECRET}ü"}})
        for line in problems(text):
            assert line.startswith(f"{FILE}: ")
            assert line.isprintable()
            assert SECRET not in line
