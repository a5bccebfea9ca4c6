"""The settings: what they are, what they may be, and the TOML file that holds them."""

import re
import shlex
import subprocess
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from difflib import get_close_matches
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Annotated, Any, get_args

from kling_tui.downloads.names import FIELDS, TEMPLATE, fault_of
from kling_tui.gateways import BUILT_IN, Endpoint, sibling
from kling_tui.gateways.patterns import PatternError, fits
from kling_tui.jobs import Price
from kling_tui.plain import plain

CONFIG_VARIABLE = "KLING_TUI_CONFIG"
KEY_VARIABLE = "PIXAZO_API_KEY"
LONGEST_KEY_COMMAND = 30.0
"""Seconds, in which a person may have to type a passphrase."""
_KINDS = {bool: "a boolean", int: "a number", float: "a number", str: "a string"}
_KINDS |= {list: "an array", dict: "a table", type(None): "missing"}
_NO_CONTROLS = r"[^\x00-\x1f\x7f-\x9f]*"
_URL = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>(?P<name>(?=[^:/]*[a-z])([a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?)"
    r"|[0-9.]+|\[[0-9a-f.]*:[0-9a-f:.]+\])"
    r"(:(?P<port>[0-9]{1,5}))?(/[!\"$->@-~]*)?",
    re.IGNORECASE | re.ASCII,
)

Reader = Callable[[Any], Any]
"""Turns a value as TOML has it into a setting, or raises _Unusable."""


class ConfigError(Exception):
    """The settings cannot be used as they are; its words tell a person what to do.

    Each of several problems has its line. No key is in them, nor the command that prints one.
    """


class _Unusable(Exception):  # noqa: N818 - carries several problems, and is not seen outside
    """What is wrong with a value, in words that go on where the value's name ends."""

    def __init__(self, *problems: str) -> None:
        super().__init__(*problems)
        self.problems = problems


@dataclass(frozen=True, slots=True)
class _Check:
    """A reader of values that are no tables."""

    expected: str
    passes: Callable[[Any], object]
    make: Callable[[Any], Any] = lambda value: value
    secret: bool = False

    def __call__(self, value: object) -> Any:
        if self.passes(value):
            return self.make(value)
        raise _Unusable(f" is {self.shown(value)}; expected {self.expected}")

    def shown(self, value: object) -> str:
        # In a URL, a password may stand before an @ and a key after a ?.
        if self.secret or (isinstance(value, str) and set("@?#") & set(value)):
            return f"{_kind(value)} (not shown)"
        if isinstance(value, str):
            return plain(repr(value), 60)
        if isinstance(value, float) or (isinstance(value, int) and value.bit_length() < 64):
            return str(value).lower()
        return _kind(value)


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "a date or time")


def _is_number(value: Any, low: float, high: float) -> bool:
    # By isinstance, true would be a number.
    return type(value) in (int, float, Decimal) and low <= value <= high


def _number(low: float, high: float) -> _Check:
    return _Check(
        f"a number from {low:g} to {high:g}", lambda value: _is_number(value, low, high), float
    )


def _whole(low: int, high: int) -> _Check:
    return _Check(
        f"a whole number from {low} to {high}", lambda v: type(v) is int and low <= v <= high
    )


def _text(expected: str, pattern: str) -> _Check:
    return _Check(expected, lambda v: isinstance(v, str) and re.fullmatch(pattern, v))


def _is_dollars(value: object) -> bool:
    decimal = isinstance(value, str) and re.fullmatch(r"[0-9]+(\.[0-9]+)?", value)
    return _is_number(Decimal(str(value)) if decimal else value, 0, 10_000)


def _is_key(value: object) -> bool:
    return isinstance(value, str) and bool(re.fullmatch("[!-~]*", value.strip()))


def _is_command(value: object) -> bool:
    if not isinstance(value, str) or not value.isprintable():
        return False
    try:
        shlex.split(value)
    except ValueError:
        return False
    return True


def _is_template(value: object) -> bool:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        return False
    return fault_of(value) is None


def _is_words(value: object) -> bool:
    """Whether a value is a program and its arguments: no words at all, or the first not empty."""
    if not isinstance(value, list):
        return False
    printable = all(isinstance(word, str) and word.isprintable() for word in value)
    return printable and (not value or bool(value[0].strip()))


def _is_url(value: object) -> bool:
    url = _URL.fullmatch(value) if isinstance(value, str) else None
    host = url and (url["name"] or _address(url["host"]))
    return bool(url and host and 0 < int(url["port"] or 443) < 65_536)


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None


_SWITCH = _Check("true or false", lambda value: isinstance(value, bool))
_PATH = _text("a path without control characters", _NO_CONTROLS)
_NAME = _text("a name, not empty and without control characters", rf"(?=.*\S){_NO_CONTROLS}")
_KEY = _Check("printable ASCII characters without spaces", _is_key, str.strip, secret=True)
_COMMAND = _Check(
    "a command line of printable characters, its quotes closed", _is_command, secret=True
)
_WORDS = _Check(
    'an array of printable strings, a program first, such as ["notify-job", "--quiet"]',
    _is_words,
    tuple,
    secret=True,
)
_ADDRESS = _Check(
    'a URL such as "https://gateway.pixazo.ai", without user, query and fragment',
    _is_url,
    lambda value: value.rstrip("/"),
)
_TEMPLATE = _Check(
    'a file name such as "{id}-{n}", without a folder, which may hold '
    + ", ".join(f"{{{name}}}" for name in FIELDS),
    _is_template,
)
_STRING = _Check("a string", lambda value: isinstance(value, str))
_KIND = r"[A-Za-z0-9][A-Za-z0-9._-]{0,19}"
_INTERVAL = _number(0.1, 86_400)
_PRICE: Mapping[str, Reader] = {
    "usd": _Check(
        'US dollars from 0 to 10000, such as 0.35 or "0.35"',
        _is_dollars,
        lambda value: Decimal(str(value)).copy_abs(),
    ),
    "per_seconds": _number(0.001, 86_400),
}


def _read(table: Any, readers: Mapping[str, Reader]) -> tuple[dict[str, Any], list[str]]:
    """Return the settings of a table that can be used, and the problems of all others."""
    if not isinstance(table, dict):
        words = f"a table with {', '.join(readers)}" if readers else "a table"
        raise _Unusable(f" is {_kind(table)}; expected {words}")
    good, problems = {}, []
    for name, value in table.items():
        try:
            good[name] = readers.get(name, _unknown(name, readers))(value)
        except _Unusable as error:
            shown = name if re.fullmatch("[A-Za-z0-9_-]+", name) else repr(name)
            problems += [f".{plain(shown, 60)}{problem}" for problem in error.problems]
    return good, problems


def _unknown(name: str, readers: Mapping[str, Reader]) -> Reader:
    def read(_: object) -> None:
        close = get_close_matches(name[:60], readers, 1)
        hint = f" did you mean {close[0]}?" if close else ""
        raise _Unusable(f" is not a setting;{hint} expected one of {', '.join(readers)}")

    return read


def _settled(good: dict[str, Any], problems: list[str]) -> dict[str, Any]:
    if problems:
        raise _Unusable(*problems)
    return good


def _price(table: Any) -> Price:
    # TOML has no null: None is a value that is missing.
    known = {"usd": None, **table} if isinstance(table, dict) else table
    return Price(**_settled(*_read(known, _PRICE)))


def _pattern(value: Any) -> Callable[[str], object]:
    try:
        return fits(_STRING(value))
    except PatternError as error:
        words = "a regular expression for the whole of an id, in the syntax of RE2"
        raise _Unusable(f" {plain(str(error), 200)}; expected {words}") from error


def _endpoint(kind: str, table: Any) -> Endpoint:
    if kind in BUILT_IN:
        raise _Unusable(" is built in; expected another name for an endpoint of yours")
    if not re.fullmatch(_KIND, kind):
        words = "a name of up to 20 letters, digits and .-_, the first of them no sign"
        raise _Unusable(f" is no name of an endpoint; expected {words}")
    known = {"shape": None, "path": None, **table} if isinstance(table, dict) else table
    return sibling(kind, **_settled(*_read(known, _ENDPOINT)))


def _endpoints(table: Any) -> dict[str, Endpoint]:
    kinds = table if isinstance(table, dict) else {}
    return _settled(*_read(table, {kind: partial(_endpoint, kind) for kind in kinds}))


_ENDPOINT: Mapping[str, Reader] = {
    "shape": _Check(
        " or ".join(f'"{kind}"' for kind in BUILT_IN),
        lambda value: isinstance(value, str) and value in BUILT_IN,
    ),
    "path": _text(
        'a path below gateway.url, such as "/wan/v1/wan-request-result"',
        r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~%+,=:@-]+)+",
    ),
    "title": lambda value: plain(_STRING(value), 60),
    "id_pattern": _pattern,
    "price": _price,
}


def _names(table: Any) -> dict[str, str]:
    names = dict.fromkeys(table, _NAME) if isinstance(table, dict) else {}
    return _settled(*_read(table, names))


@dataclass(frozen=True, slots=True)
class _Section:
    """A table of the file; the annotation of each field holds the field's reader."""

    @classmethod
    def read(cls, table: Any) -> Any:
        """Turn a table into a section, or raise all that is wrong with it."""
        readers = {setting.name: get_args(setting.type)[1] for setting in fields(cls)}
        good, problems = _read(table, readers)
        section = cls(**good)
        bad = table.keys() - good.keys()
        problems += [words for names, words in section.clashes() if not bad & names]
        _settled(good, problems)
        return section

    def clashes(self) -> Iterator[tuple[set[str], str]]:
        """Yield the names of settings that do not go together, and what is wrong with them."""
        yield from ()


@dataclass(frozen=True, slots=True)
class GatewayConfig(_Section):
    """Where the gateway is, and how it is asked."""

    url: Annotated[str, _ADDRESS] = "https://gateway.pixazo.ai"
    """Without a slash at its end."""
    insecure: Annotated[bool, _SWITCH] = False
    """Whether the key may travel in the clear."""
    key: Annotated[str, _KEY] = field(default="", repr=False)
    key_command: Annotated[str, _COMMAND] = field(default="", repr=False)
    """A command line, started without a shell, whose first line of output is the key."""
    timeout: Annotated[float, _number(0.1, 600)] = 10.0
    """Seconds for one poll."""
    concurrency: Annotated[int, _whole(1, 256)] = 8
    """Polls in flight at once."""

    def clashes(self) -> Iterator[tuple[set[str], str]]:
        """Yield a URL over which others could read the key, and a key that is given twice."""
        url = _URL.fullmatch(self.url)
        if url and url["scheme"].lower() == "http" and not self.insecure:
            address, host = _address(url["host"]), url["host"].lower()
            if not (address.is_loopback if address else host == "localhost"):
                words = "expected https: by http the key would travel in the clear"
                words += ", which gateway.insecure = true allows"
                yield {"url", "insecure"}, f".url is {_ADDRESS.shown(self.url)}; {words}"
        if self.key and self.key_command:
            yield {"key", "key_command"}, ".key_command is set; expected no gateway.key beside it"


@dataclass(frozen=True, slots=True)
class PollConfig(_Section):
    """How often a job is polled."""

    first: Annotated[float, _INTERVAL] = 5.0
    """Seconds between the polls of a young job."""
    slowest: Annotated[float, _INTERVAL] = 15.0
    """Seconds between the polls of an old one."""
    jitter: Annotated[float, _number(0, 0.9)] = 0.2
    """The part of an interval by which chance may change it."""

    def clashes(self) -> Iterator[tuple[set[str], str]]:
        """Yield an interval that would shrink while a job grows old."""
        if self.slowest < self.first:
            words = f".slowest is {self.slowest:g}; expected poll.first ({self.first:g}) or more"
            yield {"first", "slowest"}, words


@dataclass(frozen=True, slots=True)
class PriceConfig(_Section):
    """What a unit of each kind costs."""

    i2v: Annotated[Price, _price] = field(default=Price(Decimal("0.35"), 5.0))
    o1: Annotated[Price, _price] = field(default=Price(Decimal("0.90")))

    def of(self, kind: str) -> Price | None:
        """Return the price of a kind; None for a kind that has none."""
        return {"i2v": self.i2v, "o1": self.o1}.get(kind)


@dataclass(frozen=True, slots=True)
class JobsConfig(_Section):
    """Where the tracked jobs are kept."""

    file: Annotated[str, _PATH] = ""
    """May start with ~; empty is the platform's state folder."""


@dataclass(frozen=True, slots=True)
class DownloadsConfig(_Section):
    """Where results go."""

    dir: Annotated[str, _PATH] = ""
    """May start with ~; empty is the platform's videos or downloads folder."""
    name: Annotated[str, _TEMPLATE] = TEMPLATE
    """For the names of the files; the suffix is replaced by that of what comes."""
    auto: Annotated[bool, _SWITCH] = False
    """Whether a result is fetched as soon as its job has succeeded."""


@dataclass(frozen=True, slots=True)
class NotifyConfig(_Section):
    """How the end of a job is made known."""

    bell: Annotated[bool, _SWITCH] = True
    desktop: Annotated[bool, _SWITCH] = False
    toast: Annotated[bool, _SWITCH] = True
    command: Annotated[tuple[str, ...], _WORDS] = field(default=(), repr=False)
    """A program and its arguments, started without a shell for each job that ends."""


@dataclass(frozen=True, slots=True)
class PreviewConfig(_Section):
    """How videos are played in the terminal."""

    bytes_per_second: Annotated[int, _whole(0, 1_000_000_000)] = 0
    """The most that may be sent; 0 is 100,000 over SSH, and 1,000,000 elsewhere."""


@dataclass(frozen=True, slots=True)
class UiConfig(_Section):
    """How the app looks and what it listens to."""

    theme: Annotated[str, _NAME] = "textual-dark"
    """Only the app knows which themes there are."""
    mouse: Annotated[bool, _SWITCH] = True
    output: Annotated[str, _text('"lean" or "stock"', "lean|stock")] = "lean"


@dataclass(frozen=True, slots=True)
class Config(_Section):
    """All settings, each at its default where nothing else is said."""

    gateway: Annotated[GatewayConfig, GatewayConfig.read] = GatewayConfig()
    poll: Annotated[PollConfig, PollConfig.read] = PollConfig()
    price: Annotated[PriceConfig, PriceConfig.read] = PriceConfig()
    endpoints: Annotated[Mapping[str, Endpoint], _endpoints] = field(default_factory=dict)
    """More endpoints, by the kind of their jobs."""
    jobs: Annotated[JobsConfig, JobsConfig.read] = JobsConfig()
    downloads: Annotated[DownloadsConfig, DownloadsConfig.read] = DownloadsConfig()
    notify: Annotated[NotifyConfig, NotifyConfig.read] = NotifyConfig()
    preview: Annotated[PreviewConfig, PreviewConfig.read] = PreviewConfig()
    ui: Annotated[UiConfig, UiConfig.read] = UiConfig()
    keys: Annotated[Mapping[str, str], _names] = field(default_factory=dict)
    """From a binding's id to its key; only the app knows which ids there are."""


def find_config(
    option: Path | None, environ: Mapping[str, str], default: Path
) -> tuple[Path, bool]:
    """Return the file that holds the settings, and whether it must exist, being asked for."""
    asked = option or environ.get(CONFIG_VARIABLE)
    return (Path(asked), True) if asked else (default, False)


def load(path: Path, *, required: bool) -> Config:
    """Read the settings from a file; where none is, all are at their defaults unless `required`.

    Raises ConfigError.
    """
    file = plain(str(path))
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        if not required:
            return Config()
        words = f"does not exist; create it, or do without --config and ${CONFIG_VARIABLE}"
        raise ConfigError(f"{file}: {words}") from error
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error
    try:
        # Some editors begin a file with a byte order mark, which TOML does not know.
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{file}: is not UTF-8 (at line {line}); save it as UTF-8") from error
    return parse(text, file)


def parse(text: str, file: str) -> Config:
    """Read the settings from TOML; `file` is what a ConfigError calls it."""
    try:
        config: Config = Config.read(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: is not TOML: {plain(str(error))}") from error
    except (ValueError, RecursionError) as error:
        words = "a number in it is too long, or its brackets are nested too deep"
        raise ConfigError(f"{file}: cannot be read: {words}") from error
    except _Unusable as error:
        lines = (f"{file}: {problem.removeprefix('.')}" for problem in error.problems)
        raise ConfigError("\n".join(lines)) from error
    return config


def exposed(config: Config, file: Path) -> str:
    """Return what to tell a person whose key others can read in `file`, "" where all is well."""
    if not config.gateway.key or not file.stat().st_mode & 0o077:
        return ""
    remedy = f"chmod 600 {shlex.quote(str(file))}"
    return f"Others can read the key in {file}. To keep it private:  {remedy}"


def find_key(
    config: Config, environ: Mapping[str, str], within: float = LONGEST_KEY_COMMAND
) -> str:
    """Return the gateway's key, or "" where none is set; the environment wins over the file.

    gateway.key_command is run with `environ`, on this process's standard input, and may take
    `within` so many seconds. Raises ConfigError.
    """
    source, key = f"${KEY_VARIABLE}", environ.get(KEY_VARIABLE, "").strip()
    if not key:
        source, key = "gateway.key", config.gateway.key
    words = [] if key else shlex.split(config.gateway.key_command)
    if words:
        source, key = "gateway.key_command", _first_line(words, environ, within)
    if not _is_key(key):
        raise ConfigError(f"{source} gives a key that is not shown; expected {_KEY.expected}")
    return key.strip()


def _first_line(words: list[str], environ: Mapping[str, str], within: float) -> str:
    try:
        ended = subprocess.run(  # noqa: S603 - the person's own command, which no shell reads
            words, capture_output=True, check=False, env=environ, timeout=within
        )
    # The causes would show the command.
    except OSError as error:
        raise ConfigError(f"gateway.key_command cannot be started: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise ConfigError(f"gateway.key_command did not end within {within:g} s") from None
    line = ended.stdout.decode("utf-8", "replace").partition("\n")[0].strip()
    if ended.returncode or not line:
        fault = "printed no key on its first line" if ended.returncode == 0 else "failed"
        said = ended.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        status = f"exit status {ended.returncode}, {plain(said, 200) or 'no word of why'}"
        raise ConfigError(f"gateway.key_command {fault}: {status}")
    return line
