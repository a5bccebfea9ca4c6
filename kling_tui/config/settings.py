"""The schema of the config file: one struct for each section, with its defaults."""

import shlex
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from msgspec import field
from msgspec.structs import replace

from kling_tui.config import entries, urls, validators
from kling_tui.config.errors import InvalidSettingError, Problem
from kling_tui.config.tables import Conflict, EntriesValidator, Section, key_in_table
from kling_tui.downloads.filenames import TEMPLATE
from kling_tui.gateways import BUILT_IN, Endpoint
from kling_tui.jobs import DEFAULT_PROFILE, Price

_INTERVAL = validators.number(0.1, 86_400)
_IMAGES = validators.text(
    '"auto", "kitty", "sixel", "iterm2" or "blocks"', "auto|kitty|sixel|iterm2|blocks"
)


class ProfileConfig(Section, frozen=True):
    """A gateway's URL and its API key, which is sent to no other URL."""

    url: Annotated[str, validators.URL] = "https://gateway.pixazo.ai"
    """Without a trailing slash."""
    key: Annotated[str, validators.KEY] = ""
    key_command: Annotated[str, validators.COMMAND] = ""
    """A command line, started without a shell, whose first line of output is the key."""

    schema: ClassVar[Mapping[str, Any]] = {
        "not": {
            "required": ["key", "key_command"],
            "properties": {"key": {"pattern": r"\S"}, "key_command": {"minLength": 1}},
        }
    }

    def conflicts(self) -> Iterator[Conflict]:
        """Yield a key that is set twice."""
        if self.key and self.key_command:
            problem = Problem("key_command", "is set; expected no key beside it")
            yield Conflict(frozenset({"key", "key_command"}), problem)

    def cleartext_problem(self) -> Problem | None:
        """Return what is wrong with a URL over which others could read the key."""
        if not urls.is_cleartext(self.url):
            return None
        message = (
            f"is {validators.URL.describe(self.url)}; expected https: by http the key would travel"
            " in the clear, which gateway.insecure = true allows"
        )
        return Problem("url", message)


class GatewayConfig(ProfileConfig, frozen=True):
    """The default profile, and what applies to the polls of all profiles."""

    insecure: Annotated[bool, validators.BOOLEAN] = False
    """Whether keys may be sent over plain http."""
    timeout: Annotated[float, validators.number(0.1, 600)] = 10.0
    """Seconds for one poll."""
    concurrency: Annotated[int, validators.whole(1, 256)] = 8
    """Polls in flight at once, of each profile."""

    def conflicts(self) -> Iterator[Conflict]:
        """Yield a URL over which others could read the key, and a key that is set twice."""
        if not self.insecure and (problem := self.cleartext_problem()):
            yield Conflict(frozenset({"url", "insecure"}), problem)
        yield from ProfileConfig.conflicts(self)


def _profile(name: str, table: Any) -> ProfileConfig:
    if name == DEFAULT_PROFILE:
        message = "is what [gateway] sets; expected another name for a profile of yours"
        raise InvalidSettingError(Problem("", message))
    entries.check_name(name, "a profile")
    return ProfileConfig.from_table(table)


class PollConfig(Section, frozen=True):
    """How often a job is polled."""

    first: Annotated[float, _INTERVAL] = 5.0
    """Seconds between the polls of a new job."""
    slowest: Annotated[float, _INTERVAL] = 15.0
    """Seconds between the polls of an old one."""
    jitter: Annotated[float, validators.number(0, 0.9)] = 0.2
    """The fraction of an interval by which it is randomly varied."""

    def conflicts(self) -> Iterator[Conflict]:
        """Yield an interval that would become shorter with a job's age."""
        if self.slowest < self.first:
            message = f"is {self.slowest:g}; expected poll.first ({self.first:g}) or more"
            yield Conflict(frozenset({"first", "slowest"}), Problem("slowest", message))


class PriceConfig(Section, frozen=True):
    """The price of a unit of each kind."""

    i2v: Annotated[Price, entries.PRICE] = Price(Decimal("0.35"), 5.0)
    o1: Annotated[Price, entries.PRICE] = Price(Decimal("0.90"))

    def of(self, kind: str) -> Price | None:
        """Return the price of a kind; None for a kind without one."""
        return {"i2v": self.i2v, "o1": self.o1}.get(kind)


class JobsConfig(Section, frozen=True):
    """The file of the tracked jobs."""

    file: Annotated[str, validators.PATH] = ""
    """May start with ~ and contain $NAME; empty is the platform's state folder."""


class DownloadsConfig(Section, frozen=True):
    """Where results are saved, and under which names."""

    dir: Annotated[str, validators.PATH] = ""
    """May start with ~ and contain $NAME; empty is the platform's videos or downloads folder."""
    name: Annotated[str, validators.TEMPLATE] = TEMPLATE
    """The template of file names; the suffix is replaced by that of the downloaded file."""
    auto: Annotated[bool, validators.BOOLEAN] = False
    """Whether a result is downloaded as soon as its job has succeeded."""


class PushConfig(Section, frozen=True):
    """Messages to a service that shows them on a phone or in a chat."""

    url: Annotated[str, validators.PUSH_URL] = ""
    """A secret: whoever knows it can send messages, and with ntfy read them."""
    url_command: Annotated[str, validators.COMMAND] = ""
    """A command line, started without a shell, whose first line of output is the URL."""
    format: Annotated[str, validators.PUSH_FORMAT] = "ntfy"
    headers_command: Annotated[str, validators.COMMAND] = ""
    """A command line whose lines of output are headers, such as "Authorization: Bearer …"."""
    quiet: Annotated[str, validators.QUIET_HOURS] = ""
    """Hours of local time in which nothing is sent, such as "22:00-08:00"."""
    links: Annotated[bool, validators.BOOLEAN] = False
    """Whether messages have the URLs of results, which anybody can download with them."""
    insecure: Annotated[bool, validators.BOOLEAN] = False
    """Whether the URL may be plain http to another machine."""

    schema: ClassVar[Mapping[str, Any]] = {
        "not": {
            "required": ["url", "url_command"],
            "properties": {"url": {"minLength": 1}, "url_command": {"minLength": 1}},
        }
    }

    def conflicts(self) -> Iterator[Conflict]:
        """Yield a URL that is set twice, that others could read, or that has no topic."""
        if self.url and self.url_command:
            problem = Problem("url_command", "is set; expected no url beside it")
            yield Conflict(frozenset({"url", "url_command"}), problem)
        names = frozenset({"url", "format", "insecure"})
        if self.url and (message := self.url_problem(self.url)):
            yield Conflict(names, Problem("url", message))

    def url_problem(self, url: str) -> str:
        """Return why a URL, which is not shown, does not go with the other settings; else ""."""
        if urls.is_cleartext(url) and not self.insecure:
            return (
                "is plain http (not shown); expected https: by http others could read it, which"
                " notify.push.insecure = true allows"
            )
        if self.format == "ntfy" and not urls.has_ntfy_topic(url):
            return "has no topic (not shown); expected one as in https://ntfy.sh/TOPIC"
        return ""

    @property
    def configured(self) -> bool:
        """Whether there is anything to send messages to."""
        return bool(self.url or shlex.split(self.url_command))


class NotifyConfig(Section, frozen=True):
    """How the user is notified of the end of a job."""

    bell: Annotated[bool, validators.BOOLEAN] = True
    desktop: Annotated[bool, validators.BOOLEAN] = False
    toast: Annotated[bool, validators.BOOLEAN] = True
    command: Annotated[tuple[str, ...], validators.ARGV] = ()
    """A program and its arguments, started without a shell for each job that ends."""
    push: Annotated[PushConfig, PushConfig.from_table] = PushConfig()


class BudgetConfig(Section, frozen=True):
    """What may be spent, in US dollars; 0 is no limit."""

    per_day: Annotated[Decimal, validators.BUDGET] = Decimal(0)
    per_month: Annotated[Decimal, validators.BUDGET] = Decimal(0)
    per_label: Annotated[Decimal | Mapping[str, Decimal], entries.budget_per_label] = Decimal(0)
    """For every label, or by label."""
    warn_at: Annotated[Decimal, validators.SHARE] = Decimal("0.8")
    """The share of a limit at which the app warns."""


class PreviewConfig(Section, frozen=True):
    """How videos are shown in the terminal."""

    bytes_per_second: Annotated[int, validators.whole(0, 1_000_000_000)] = 0
    """The maximum output rate; 0 is 100,000 over SSH, and 1,000,000 elsewhere."""
    images: Annotated[str, _IMAGES] = "auto"
    """The protocol for still pictures; "auto" asks the terminal, "blocks" is none."""


class UiConfig(Section, frozen=True):
    """Appearance and input of the app."""

    theme: Annotated[str, validators.NAME] = "textual-dark"
    """The app checks whether the theme exists."""
    mouse: Annotated[bool, validators.BOOLEAN] = True
    output: Annotated[str, validators.text('"lean" or "stock"', "lean|stock")] = "lean"


class ViewConfig(Section, frozen=True):
    """A named filter with a sort order."""

    filter: Annotated[str, validators.FILTER] = ""
    """The app parses it, and checks whether the sort order exists."""
    sort: Annotated[str, validators.NAME] = "live"
    reverse: Annotated[bool, validators.BOOLEAN] = False
    key: Annotated[str, validators.DIGIT] = ""
    """"1" to "9"; "" for the first that is free."""


def _view(name: str, table: Any) -> ViewConfig:
    entries.check_view_name(name)
    return ViewConfig.from_table(table)


class Config(Section, frozen=True):
    """All settings, with their defaults."""

    gateway: Annotated[GatewayConfig, GatewayConfig.from_table] = GatewayConfig()
    poll: Annotated[PollConfig, PollConfig.from_table] = PollConfig()
    price: Annotated[PriceConfig, PriceConfig.from_table] = PriceConfig()
    profile: Annotated[
        Mapping[str, ProfileConfig],
        EntriesValidator(_profile, names=entries.names_except(DEFAULT_PROFILE)),
    ] = field(default_factory=dict)
    """More accounts or gateways, by name."""
    endpoints: Annotated[
        Mapping[str, Endpoint],
        EntriesValidator(entries.endpoint, entries.ENDPOINT, entries.names_except(*BUILT_IN)),
    ] = field(default_factory=dict)
    """More endpoints, by the kind of their jobs."""
    jobs: Annotated[JobsConfig, JobsConfig.from_table] = JobsConfig()
    downloads: Annotated[DownloadsConfig, DownloadsConfig.from_table] = DownloadsConfig()
    notify: Annotated[NotifyConfig, NotifyConfig.from_table] = NotifyConfig()
    budget: Annotated[BudgetConfig, BudgetConfig.from_table] = BudgetConfig()
    preview: Annotated[PreviewConfig, PreviewConfig.from_table] = PreviewConfig()
    ui: Annotated[UiConfig, UiConfig.from_table] = UiConfig()
    views: Annotated[
        Mapping[str, ViewConfig], EntriesValidator(_view, names=entries.VIEW_NAMES)
    ] = field(default_factory=dict)
    """Views of the table, by name."""
    keys: Annotated[
        Mapping[str, str], EntriesValidator(lambda _, key: validators.NAME(key), validators.NAME)
    ] = field(default_factory=dict)
    """Keys by binding id; the app checks whether both exist."""

    def conflicts(self) -> Iterator[Conflict]:
        """Yield the URLs of profiles over which others could read a key, and a key of two views."""
        for name, profile in self.profile.items():
            if not self.gateway.insecure and (problem := profile.cleartext_problem()):
                problem = problem.below(f"profile.{name}")
                yield Conflict(frozenset({"gateway", "profile"}), problem)
        taken: dict[str, str] = {}
        for name, view in self.views.items():
            other = taken.setdefault(view.key, name) if view.key else name
            if other != name:
                message = f'is "{view.key}", the key of {other!r}; expected another for each view'
                problem = Problem("key", message).below(key_in_table(name)).below("views")
                yield Conflict(frozenset({"views"}), problem)

    @property
    def gateways(self) -> dict[str, GatewayConfig]:
        """All gateways by profile, "" for the default; they differ in URL and key only."""
        others = {
            name: replace(
                self.gateway, url=profile.url, key=profile.key, key_command=profile.key_command
            )
            for name, profile in self.profile.items()
        }
        return {"": self.gateway, **others}


def section_of(profile: str) -> str:
    """Return the name of the config section of a profile."""
    return f"profile.{profile}" if profile else "gateway"
