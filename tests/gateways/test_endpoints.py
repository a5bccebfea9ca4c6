"""The table of endpoints: the built-in ones, and those that a config adds."""

import subprocess
import sys
from typing import Any

import pytest
from msgspec.structs import replace

from kling_tui.cli import bootstrap
from kling_tui.config.errors import ConfigError
from kling_tui.config.loading import parse
from kling_tui.demo import DemoGateway, DemoJob, Response
from kling_tui.gateways import BUILT_IN, Endpoints, price_of, with_not_polled_reason
from kling_tui.gateways.client import connect
from kling_tui.gateways.endpoints import guess_kind
from kling_tui.gateways.id_patterns import MAX_PATTERN_LENGTH
from kling_tui.jobs import Status
from tests.support.jobs import I2V_PRICE, O1_PRICE, a_job
from tests.support.polling import IDS, KEY, KINDS, finished_reply, recorded_reply
from tests.support.waiting import TIMEOUT

WAN = "wan-5d0c9e7a41b2f368"
PATHS = {kind: endpoint.path for kind, endpoint in BUILT_IN.items()}


def endpoints_with_wan(**settings: Any) -> Endpoints:
    """Return the table for a config that adds an endpoint ``wan``."""
    values = {"shape": "o1", "path": "/wan/v1/result"} | settings
    lines = "".join(f"{name} = {value!r}\n" for name, value in values.items())
    return bootstrap.endpoints(parse(f"[endpoints.wan]\n{lines}", "config.toml"))


def config_errors(lines: str, name: str = "wan") -> list[str]:
    """Return the error's lines for a config with an endpoint."""
    with pytest.raises(ConfigError) as caught:
        parse(f"[endpoints.{name}]\n{lines}\n", "config.toml")
    return str(caught.value).splitlines()


def test_built_in_endpoints_have_their_default_prices() -> None:
    """Without a config, the table has the built-in endpoints only."""
    endpoints = bootstrap.endpoints(parse("", "config.toml"))
    assert list(endpoints) == list(BUILT_IN)
    assert [endpoint.price for endpoint in endpoints.values()] == [I2V_PRICE, O1_PRICE, None]


@pytest.mark.parametrize("shape", KINDS)
def test_endpoint_has_the_requests_and_parser_of_its_shape(shape: str) -> None:
    """All that the config does not set is as in the built-in endpoint."""
    endpoints = endpoints_with_wan(shape=shape)
    assert list(endpoints) == [*BUILT_IN, "wan"]
    wan, built_in = endpoints["wan"], BUILT_IN[shape]
    assert (wan.kind, wan.title, wan.path, wan.price) == ("wan", "wan", "/wan/v1/result", None)
    assert (wan.parse, wan.id_field, wan.needs_key) == (
        built_in.parse, built_in.id_field, built_in.needs_key,
    )  # fmt: skip
    assert guess_kind(WAN, endpoints) is None


@pytest.mark.parametrize("shape", KINDS)
async def test_endpoint_is_polled_at_its_own_path(gateway: DemoGateway, shape: str) -> None:
    """Requests and reports are those of the built-in endpoint of its shape."""
    reply = Response(body=finished_reply(shape))
    gateway.add_job(DemoJob(IDS[shape], shape, "", 0, lambda *_: reply))  # type: ignore[arg-type]
    endpoints = endpoints_with_wan(shape=shape, path=PATHS[shape])
    async with connect(endpoints, gateway.url, KEY, TIMEOUT, through_proxies=False) as gateways:
        report = await gateways["wan"].poll(IDS[shape])
        other = await gateways[shape].poll(IDS[shape])
    assert replace(report, exchange=None) == replace(other, exchange=None)
    assert report.status is Status.SUCCEEDED
    assert len({(seen.method, seen.path, seen.body) for seen in gateway.requests}) == 1


async def test_replies_of_o1_siblings_are_parsed(gateway: DemoGateway) -> None:
    """Fields that only siblings of O1 send are read."""
    names = ("sibling_in_progress", "sibling_failed", "sibling_completed", "sibling_bare")
    reports = []
    async with connect(
        endpoints_with_wan(path="/wan-image-to-video/v1/wan-image-to-video-request-result"),
        gateway.url, KEY, TIMEOUT, through_proxies=False,
    ) as gateways:  # fmt: skip
        for name in names:
            reply = Response(
                body=recorded_reply("o1", name).replace(IDS["o1"].encode(), WAN.encode())
            )
            gateway.add_job(DemoJob(WAN, "wan", "", 0, lambda *_, reply=reply: reply))
            reports.append(await gateways["wan"].poll(WAN))
    assert [report.percent for report in reports] == [40.0, None, None, None]
    assert [report.eta_seconds for report in reports] == [30.0, None, None, None]
    assert reports[1].message == "NSFW content detected"
    assert reports[2].videos == reports[3].videos != ()


@pytest.mark.parametrize(
    ("pattern", "kind"),
    [
        ("wan-[0-9a-f]{16}", "wan"),
        ("(?i)WAN-.*", "wan"),
        ("wan", None),
        ("an-.+", None),
        ("", None),
        (r"\d+", None),
        ("wan|other", None),
        ("other|wan-.*", "wan"),
        ("wan-[0-9a-f]{15}", None),
        ("wan-[0-9a-f]{17}", None),
        ("[uvw]an-[0-9][a-z][0-9a-f]{14}", "wan"),
    ],
)
def test_id_pattern_must_match_the_whole_id(pattern: str, kind: str | None) -> None:
    """A match of a part of the id does not count."""
    assert guess_kind(WAN, endpoints_with_wan(id_pattern=pattern)) == kind


def test_configured_id_pattern_wins_over_built_in_formats() -> None:
    """Of several kinds that match, the last one counts."""
    endpoints = endpoints_with_wan(shape="v2", path=PATHS["v2"], id_pattern="klingai-video_.*")
    assert guess_kind(IDS["v2"], endpoints) == "wan"
    assert guess_kind(f"hailuo-02_{IDS['o1']}", endpoints) == "v2"


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+b", "(a|a)*b", "(.*)*(.*)*(.*)*b", "(a?){200}a{200}b", "(" * 90 + "a+" + ")*" * 90],
)
def test_id_pattern_matches_in_linear_time(pattern: str) -> None:
    """Patterns that make other engines hang do not, for the longest id either."""
    assert guess_kind("a" * 199 + "c", endpoints_with_wan(id_pattern=pattern)) is None


@pytest.mark.parametrize(
    ("pattern", "loaded"), [("wan-[0-9a-f]{16}", False), ("wan-[0-9a-f]+", True)]
)
def test_pattern_of_a_fixed_length_loads_no_other_engine(*, pattern: str, loaded: bool) -> None:
    """The commands of users with such patterns start as fast as without."""
    code = (
        "import sys; from kling_tui.gateways.id_patterns import compile_id_pattern;"
        f"assert compile_id_pattern({pattern!r})({WAN!r}); print('pydantic_core' in sys.modules)"
    )
    ended = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip() == str(loaded)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("[", "cannot be read: unclosed character class"),
        ("[9-0]", "cannot be read: invalid character class range"),
        ("a)|(b", "cannot be read: unopened group"),
        ("(?x)a # comment", "cannot be read: unclosed group"),
        (r"(a)\\1", "cannot be read: backreferences are not supported"),
        ("(?=a)a", "cannot be read: look-around"),
        ("((a{200}){200}){200}", "cannot be read: Compiled regex exceeds size limit"),
        ("x" * (MAX_PATTERN_LENGTH + 1), f"is longer than {MAX_PATTERN_LENGTH} characters"),
    ],
)
def test_invalid_id_pattern_is_a_config_error(
    pattern: str, reason: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """The error says what is wrong; nothing else is printed."""
    (error,) = config_errors(f'shape = "o1"\npath = "/x"\nid_pattern = "{pattern}"')
    assert error.startswith(f"config.toml: endpoints.wan.id_pattern {reason}")
    assert error.endswith(
        "expected a regular expression for the whole of an id,"
        " without backreferences and lookarounds"
    )
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ('path = "/x"', 'shape is missing; expected "i2v" or "o1" or "v2"'),
        ('shape = "o1"', "path is missing; expected a path below gateway.url"),
        ('shape = "o2"\npath = "/x"', "shape is 'o2'; expected"),
        ('shape = ["o1"]\npath = "/x"', "shape is an array; expected"),
        *(
            (f'shape = "o1"\npath = "{path}"', "path is ")
            for path in ("", "/", "x", "//evil.test/x", "/x/", "/x?a=1", "/a b", "/a/../b", "/..",
                         "@evil.test/x", "/x#y", "/\\\\evil.test", "http://evil.test/x")
        ),
        ('shape = "o1"\npath = "/x"\ntitle = 7', "title is 7; expected a string"),
        ('shape = "o1"\npath = "/x"\nid_pattern = 7', "id_pattern is 7; expected a string"),
        ('shape = "o1"\npath = "/x"\nprice = 0.25', "price is a number; expected a table"),
        ('shape = "o1"\npath = "/x"\nprice = {}', "price.usd is missing; expected US dollars"),
        ('shape = "o1"\npath = "/x"\npattern = ""', "pattern is not a setting; did you mean id_"),
    ],
)  # fmt: skip
def test_invalid_setting_is_a_config_error(lines: str, message: str) -> None:
    """The error names the endpoint, the setting and what was expected."""
    (error,) = config_errors(lines)
    assert error.startswith(f"config.toml: endpoints.wan.{message}")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("o1", "o1 is built in; expected another name"),
        ("v2", "v2 is built in; expected another name"),
        ('"a b"', "'a b' is no name of an endpoint; expected a name of up to 20"),
        ('""', "'' is no name"),
        ("x" * 21, f"{'x' * 21} is no name"),
        ('"\\u001b[31m"', r"'\x1b[31m' is no name"),
        ("-x", "-x is no name"),
    ],
)
def test_invalid_name_is_a_config_error(name: str, message: str) -> None:
    """A name is short, has no special characters, and is not that of a built-in endpoint."""
    (error,) = config_errors('shape = "o1"\npath = "/x"', name)
    assert error.startswith(f"config.toml: endpoints.{message}")


def test_title_is_sanitised() -> None:
    """The title is one printable line."""
    wan = endpoints_with_wan(title="a")["wan"]
    assert wan.title == "a"
    text = '[endpoints.wan]\nshape = "o1"\npath = "/x"\ntitle = "a\\u001b[31m\\nb"\n'
    assert parse(text, "config.toml").endpoints["wan"].title == "a[31m b"


def test_price_is_that_of_the_endpoint() -> None:
    """Without a price in its section, the price is not known."""
    assert price_of(WAN, "wan", endpoints_with_wan()) is None
    text = '[endpoints.wan]\nshape = "v2"\npath = "/x"\nprice = { usd = "0.9" }\n'
    priced = bootstrap.endpoints(parse(text, "config.toml"))
    assert priced["wan"].price is not None
    assert str(priced["wan"].price.usd) == "0.9"
    assert price_of(IDS["v2"], "wan", priced) == priced["wan"].price
    assert price_of(IDS["v2"], "v2", priced) == I2V_PRICE


def test_job_of_a_removed_endpoint_says_why_it_is_not_polled() -> None:
    """Unfinished jobs have the reason as their problem; ended jobs need none."""
    job = a_job(WAN, kind="wan", status=Status.RUNNING, percent=40.0)
    shown = with_not_polled_reason(job, BUILT_IN, [""])
    assert shown.problem == "not polled: the config has no endpoint 'wan' any more"
    assert (shown.status, shown.percent) == (job.status, job.percent)
    assert with_not_polled_reason(job, endpoints_with_wan(), [""]) == job
    ended = a_job(WAN, kind="wan", status=Status.SUCCEEDED)
    assert with_not_polled_reason(ended, BUILT_IN, [""]) == ended


def test_job_of_a_removed_profile_says_why_it_is_not_polled() -> None:
    """The job is shown as it was last, and polled by no other profile."""
    job = a_job(profile="studio", status=Status.RUNNING, percent=40.0)
    shown = with_not_polled_reason(job, BUILT_IN, ["", "lab"])
    assert shown.problem == "not polled: the config has no profile 'studio' any more"
    assert (shown.status, shown.percent) == (job.status, job.percent)
    assert with_not_polled_reason(job, BUILT_IN, ["", "studio"]) == job


@pytest.mark.parametrize(
    ("job_id", "kind"),
    [
        (IDS["i2v"], "i2v"),
        ("CjI17WevH1IAAAAAAHmgsw", "i2v"),
        ("842250903629086785", "i2v"),
        (IDS["o1"], "o1"),
        ("A1B2C3D4-E5F6-7890-abcd-ef0123456789", "o1"),
        (IDS["v2"], "v2"),
        ("kling-o1-reference-image-to-video-382_123e4567-e89b-42d3-a456-426614174000", "v2"),
        (f"veo-3.1-fast_{IDS['o1']}", "v2"),
        (f"_{IDS['o1']}", None),
        (f"a/b_{IDS['o1']}", None),
        ("٣" * 18, None),
        ("take-12", None),
        ("", None),
    ],
)
def test_kind_is_guessed_by_id_format(job_id: str, kind: str | None) -> None:
    """The documents' examples and all formats that were seen are recognised."""
    assert guess_kind(job_id, BUILT_IN) == kind
