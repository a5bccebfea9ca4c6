"""The settings: what they are, how they go together, and the TOML file that holds them."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from kling_tui.config import validators
from kling_tui.config.validators import (
    InvalidSettingError,
    Reader,
    Section,
    raise_problems,
    read_table,
)
from kling_tui.downloads.filenames import TEMPLATE
from kling_tui.gateways import BUILT_IN, Endpoint, derive_endpoint
from kling_tui.gateways.id_patterns import PatternError, compile_id_pattern
from kling_tui.jobs import DEFAULT_PROFILE, Price
from kling_tui.sanitize import sanitize_line

CONFIG_VARIABLE = "KLING_TUI_CONFIG"
_SHORT_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,19}"
_INTERVAL = validators.number(0.1, 86_400)


class ConfigError(Exception):
    """The settings cannot be used as they are; its words tell a person what to do.

    Each of several problems has its line. No key is in them, nor the command that prints one.
    """


def _pattern(value: Any) -> Callable[[str], object]:
    try:
        return compile_id_pattern(validators.STRING(value))
    except PatternError as error:
        words = "a regular expression for the whole of an id, in the syntax of RE2"
        raise InvalidSettingError(f" {sanitize_line(str(error), 200)}; expected {words}") from error


def _endpoint(kind: str, table: Any) -> Endpoint:
    if kind in BUILT_IN:
        raise InvalidSettingError(" is built in; expected another name for an endpoint of yours")
    _check_name(kind, "an endpoint")
    known = {"shape": None, "path": None, **table} if isinstance(table, dict) else table
    return derive_endpoint(kind, **raise_problems(*read_table(known, _ENDPOINT)))


def _check_name(name: str, what: str) -> None:
    if not re.fullmatch(_SHORT_NAME, name):
        words = "a name of up to 20 letters, digits and .-_, the first of them no sign"
        raise InvalidSettingError(f" is no name of {what}; expected {words}")


def _by_name(read: Callable[[str, Any], Any], table: Any) -> dict[str, Any]:
    """Read a table whose entries are named by the person."""
    entries = table if isinstance(table, dict) else {}
    return raise_problems(*read_table(table, {name: partial(read, name) for name in entries}))


_ENDPOINT: Mapping[str, Reader] = {
    "shape": validators.Validator(
        " or ".join(f'"{kind}"' for kind in BUILT_IN),
        lambda value: isinstance(value, str) and value in BUILT_IN,
    ),
    "path": validators.text(
        'a path below gateway.url, such as "/wan/v1/wan-request-result"',
        r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~%+,=:@-]+)+",
    ),
    "title": lambda value: sanitize_line(validators.STRING(value), 60),
    "id_pattern": _pattern,
    "price": validators.price,
}


@dataclass(frozen=True, slots=True)
class ProfileConfig(Section):
    """Where a gateway is, and the key that it is asked with, which is sent nowhere else."""

    url: Annotated[str, validators.URL] = "https://gateway.pixazo.ai"
    """Without a slash at its end."""
    key: Annotated[str, validators.KEY] = field(default="", repr=False)
    key_command: Annotated[str, validators.COMMAND] = field(default="", repr=False)
    """A command line, started without a shell, whose first line of output is the key."""

    def conflicts(self) -> Iterator[tuple[set[str], str]]:
        """Yield a key that is given twice."""
        if self.key and self.key_command:
            yield {"key", "key_command"}, ".key_command is set; expected no key beside it"

    def exposes(self) -> str:
        """Return what is wrong with a URL over which others could read the key, "" if nothing."""
        if not validators.is_cleartext(self.url):
            return ""
        words = "expected https: by http the key would travel in the clear"
        words += ", which gateway.insecure = true allows"
        return f".url is {validators.URL.shown(self.url)}; {words}"


@dataclass(frozen=True, slots=True)
class GatewayConfig(ProfileConfig):
    """Where the gateway is, and how it is asked."""

    insecure: Annotated[bool, validators.BOOLEAN] = False
    """Whether keys may travel in the clear."""
    timeout: Annotated[float, validators.number(0.1, 600)] = 10.0
    """Seconds for one poll."""
    concurrency: Annotated[int, validators.whole(1, 256)] = 8
    """Polls in flight at once, of each profile."""

    def conflicts(self) -> Iterator[tuple[set[str], str]]:
        """Yield a URL over which others could read the key, and a key that is given twice."""
        if not self.insecure and (words := self.exposes()):
            yield {"url", "insecure"}, words
        yield from ProfileConfig.conflicts(self)


def _profile(name: str, table: Any) -> ProfileConfig:
    if name == DEFAULT_PROFILE:
        raise InvalidSettingError(
            " is what [gateway] sets; expected another name for a profile of yours"
        )
    _check_name(name, "a profile")
    profile: ProfileConfig = ProfileConfig.read(table)
    return profile


@dataclass(frozen=True, slots=True)
class PollConfig(Section):
    """How often a job is polled."""

    first: Annotated[float, _INTERVAL] = 5.0
    """Seconds between the polls of a young job."""
    slowest: Annotated[float, _INTERVAL] = 15.0
    """Seconds between the polls of an old one."""
    jitter: Annotated[float, validators.number(0, 0.9)] = 0.2
    """The part of an interval by which chance may change it."""

    def conflicts(self) -> Iterator[tuple[set[str], str]]:
        """Yield an interval that would shrink while a job grows old."""
        if self.slowest < self.first:
            words = f".slowest is {self.slowest:g}; expected poll.first ({self.first:g}) or more"
            yield {"first", "slowest"}, words


@dataclass(frozen=True, slots=True)
class PriceConfig(Section):
    """What a unit of each kind costs."""

    i2v: Annotated[Price, validators.price] = field(default=Price(Decimal("0.35"), 5.0))
    o1: Annotated[Price, validators.price] = field(default=Price(Decimal("0.90")))

    def of(self, kind: str) -> Price | None:
        """Return the price of a kind; None for a kind that has none."""
        return {"i2v": self.i2v, "o1": self.o1}.get(kind)


@dataclass(frozen=True, slots=True)
class JobsConfig(Section):
    """Where the tracked jobs are kept."""

    file: Annotated[str, validators.PATH] = ""
    """May start with ~; empty is the platform's state folder."""


@dataclass(frozen=True, slots=True)
class DownloadsConfig(Section):
    """Where results go."""

    dir: Annotated[str, validators.PATH] = ""
    """May start with ~; empty is the platform's videos or downloads folder."""
    name: Annotated[str, validators.TEMPLATE] = TEMPLATE
    """For the names of the files; the suffix is replaced by that of what comes."""
    auto: Annotated[bool, validators.BOOLEAN] = False
    """Whether a result is fetched as soon as its job has succeeded."""


@dataclass(frozen=True, slots=True)
class NotifyConfig(Section):
    """How the end of a job is made known."""

    bell: Annotated[bool, validators.BOOLEAN] = True
    desktop: Annotated[bool, validators.BOOLEAN] = False
    toast: Annotated[bool, validators.BOOLEAN] = True
    command: Annotated[tuple[str, ...], validators.ARGV] = field(default=(), repr=False)
    """A program and its arguments, started without a shell for each job that ends."""


@dataclass(frozen=True, slots=True)
class PreviewConfig(Section):
    """How videos are played in the terminal."""

    bytes_per_second: Annotated[int, validators.whole(0, 1_000_000_000)] = 0
    """The most that may be sent; 0 is 100,000 over SSH, and 1,000,000 elsewhere."""


@dataclass(frozen=True, slots=True)
class UiConfig(Section):
    """How the app looks and what it listens to."""

    theme: Annotated[str, validators.NAME] = "textual-dark"
    """Only the app knows which themes there are."""
    mouse: Annotated[bool, validators.BOOLEAN] = True
    output: Annotated[str, validators.text('"lean" or "stock"', "lean|stock")] = "lean"


@dataclass(frozen=True, slots=True)
class Config(Section):
    """All settings, each at its default where nothing else is said."""

    gateway: Annotated[GatewayConfig, GatewayConfig.read] = GatewayConfig()
    poll: Annotated[PollConfig, PollConfig.read] = PollConfig()
    price: Annotated[PriceConfig, PriceConfig.read] = PriceConfig()
    profile: Annotated[Mapping[str, ProfileConfig], partial(_by_name, _profile)] = field(
        default_factory=dict
    )
    """More gateways, or the same with other keys, by name."""
    endpoints: Annotated[Mapping[str, Endpoint], partial(_by_name, _endpoint)] = field(
        default_factory=dict
    )
    """More endpoints, by the kind of their jobs."""
    jobs: Annotated[JobsConfig, JobsConfig.read] = JobsConfig()
    downloads: Annotated[DownloadsConfig, DownloadsConfig.read] = DownloadsConfig()
    notify: Annotated[NotifyConfig, NotifyConfig.read] = NotifyConfig()
    preview: Annotated[PreviewConfig, PreviewConfig.read] = PreviewConfig()
    ui: Annotated[UiConfig, UiConfig.read] = UiConfig()
    keys: Annotated[Mapping[str, str], validators.names] = field(default_factory=dict)
    """From a binding's id to its key; only the app knows which ids there are."""

    def conflicts(self) -> Iterator[tuple[set[str], str]]:
        """Yield the URLs of profiles over which others could read a key."""
        for name, each in self.profile.items():
            if not self.gateway.insecure and (words := each.exposes()):
                yield {"gateway", "profile"}, f".profile.{name}{words}"

    @property
    def gateways(self) -> dict[str, GatewayConfig]:
        """All gateways by profile; how they are asked is the same for all."""
        more = {
            name: replace(self.gateway, url=each.url, key=each.key, key_command=each.key_command)
            for name, each in self.profile.items()
        }
        return {"": self.gateway, **more}


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
    file = sanitize_line(str(path))
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
        raise ConfigError(f"{file}: is not TOML: {sanitize_line(str(error))}") from error
    except (ValueError, RecursionError) as error:
        words = "a number in it is too long, or its brackets are nested too deep"
        raise ConfigError(f"{file}: cannot be read: {words}") from error
    except InvalidSettingError as error:
        lines = (f"{file}: {problem.removeprefix('.')}" for problem in error.problems)
        raise ConfigError("\n".join(lines)) from error
    return config


def section_of(profile: str) -> str:
    """Return the name of the section that sets a profile."""
    return f"profile.{profile}" if profile else "gateway"
