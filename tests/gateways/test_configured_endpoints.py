"""Endpoints that a config adds: what each is made of, and that it is like any other."""

from typing import Any

import pytest

from kling_tui.cli import bootstrap
from kling_tui.config.settings import ConfigError, parse
from kling_tui.demo import DemoGateway, DemoJob, Response
from kling_tui.gateways import BUILT_IN, Endpoints, kind_of, price_of, with_not_polled_reason
from kling_tui.gateways.client import connect
from kling_tui.gateways.id_patterns import MAX_PATTERN_LENGTH
from kling_tui.jobs import Status
from tests.support.jobs import I2V_PRICE, O1_PRICE, a_job
from tests.support.polling import IDS, KEY, KINDS, finished_reply, recorded_reply
from tests.support.waiting import TIMEOUT

WAN = "wan-5d0c9e7a41b2f368"
PATHS = {kind: endpoint.path for kind, endpoint in BUILT_IN.items()}


def table(**settings: Any) -> Endpoints:
    """Return the table of a config with one endpoint more, ``wan``."""
    given = {"shape": "o1", "path": "/wan/v1/result"} | settings
    lines = "".join(f"{name} = {value!r}\n" for name, value in given.items())
    return bootstrap.endpoints(parse(f"[endpoints.wan]\n{lines}", "config.toml"))


def problems(lines: str, name: str = "wan") -> list[str]:
    """Return what is wrong with an endpoint of a config."""
    with pytest.raises(ConfigError) as caught:
        parse(f"[endpoints.{name}]\n{lines}\n", "config.toml")
    return str(caught.value).splitlines()


def test_without_a_config() -> None:
    """The built-in ones are entries of the same table, each at its price."""
    endpoints = bootstrap.endpoints(parse("", "config.toml"))
    assert list(endpoints) == list(BUILT_IN)
    assert [each.price for each in endpoints.values()] == [I2V_PRICE, O1_PRICE, None]


@pytest.mark.parametrize("shape", KINDS)
def test_it_is_as_its_shape_is(shape: str) -> None:
    """All that the config does not say is as at the built-in endpoint of its shape."""
    endpoints = table(shape=shape)
    assert list(endpoints) == [*BUILT_IN, "wan"]
    wan, model = endpoints["wan"], BUILT_IN[shape]
    assert (wan.kind, wan.title, wan.path, wan.price) == ("wan", "wan", "/wan/v1/result", None)
    assert (wan.parse, wan.id_field, wan.needs_key) == (
        model.parse, model.id_field, model.needs_key,
    )  # fmt: skip
    assert kind_of(WAN, endpoints) is None


@pytest.mark.parametrize("shape", KINDS)
async def test_it_is_asked_at_its_own_path(gateway: DemoGateway, shape: str) -> None:
    """At a sibling's path it is asked as the endpoint of its shape is, and read likewise."""
    reply = Response(body=finished_reply(shape))
    gateway.add_job(DemoJob(IDS[shape], shape, "", 0, lambda *_: reply))  # type: ignore[arg-type]
    endpoints = table(shape=shape, path=PATHS[shape])
    async with connect(endpoints, gateway.url, KEY, TIMEOUT, through_proxies=False) as gateways:
        own = await gateways["wan"].poll(IDS[shape])
        assert own == await gateways[shape].poll(IDS[shape])
    assert own.status is Status.SUCCEEDED
    assert len({(each.method, each.path, each.body) for each in gateway.requests}) == 1


async def test_the_demos_own(gateway: DemoGateway) -> None:
    """What siblings of O1 say in fields of their own is understood."""
    names = ("sibling_in_progress", "sibling_failed", "sibling_completed", "sibling_bare")
    found = []
    async with connect(
        table(path="/wan-image-to-video/v1/wan-image-to-video-request-result"),
        gateway.url, KEY, TIMEOUT, through_proxies=False,
    ) as gateways:  # fmt: skip
        for name in names:
            reply = Response(body=recorded_reply("o1", name))
            gateway.add_job(DemoJob(WAN, "wan", "", 0, lambda *_, reply=reply: reply))
            found.append(await gateways["wan"].poll(WAN))
    assert [each.percent for each in found] == [40.0, None, None, None]
    assert [each.eta_seconds for each in found] == [30.0, None, None, None]
    assert found[1].message == "NSFW content detected"
    assert found[2].videos == found[3].videos != ()


@pytest.mark.parametrize(
    ("pattern", "kind"),
    [
        ("wan-[0-9a-f]{16}", "wan"),
        ("(?i)WAN-.*", "wan"),
        ("wan", None),
        ("an-.+", None),
        ("", None),
        (r"\d+", None),
    ],
)
def test_a_pattern_is_for_the_whole_id(pattern: str, kind: str | None) -> None:
    """An id is of the endpoint where all of it fits."""
    assert kind_of(WAN, table(id_pattern=pattern)) == kind


def test_a_pattern_of_the_config_comes_first() -> None:
    """Of the kinds that an id looks like the last counts, so that any model may have an entry."""
    endpoints = table(shape="v2", path=PATHS["v2"], id_pattern="klingai-video_.*")
    assert kind_of(IDS["v2"], endpoints) == "wan"
    assert kind_of(f"hailuo-02_{IDS['o1']}", endpoints) == "v2"


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+b", "(a|a)*b", "(.*)*(.*)*(.*)*b", "(a?){200}a{200}b", "(" * 90 + "a+" + ")*" * 90],
)
def test_no_pattern_takes_long(pattern: str) -> None:
    """What would keep another engine busy for ever is decided at once, on the longest id too."""
    assert kind_of("a" * 199 + "c", table(id_pattern=pattern)) is None


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("[", "cannot be read: missing ]: ["),
        (r"(a)\\1", "cannot be read: invalid escape sequence"),
        ("(?=a)a", "cannot be read: invalid perl operator: (?="),
        ("((a{200}){200}){200}", "cannot be read: invalid repetition size"),
        ("x" * (MAX_PATTERN_LENGTH + 1), f"is longer than {MAX_PATTERN_LENGTH} characters"),
    ],
)
def test_a_pattern_that_cannot_be(
    pattern: str, words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """It is named with what is wrong, and nothing is written beside that."""
    (problem,) = problems(f'shape = "o1"\npath = "/x"\nid_pattern = "{pattern}"')
    assert problem.startswith(f"config.toml: endpoints.wan.id_pattern {words}")
    assert problem.endswith(
        "expected a regular expression for the whole of an id, in the syntax of RE2"
    )
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("lines", "words"),
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
def test_what_does_not_fit_is_named(lines: str, words: str) -> None:
    """The error names the endpoint, the setting, and what was expected."""
    (problem,) = problems(lines)
    assert problem.startswith(f"config.toml: endpoints.wan.{words}")


@pytest.mark.parametrize(
    ("name", "words"),
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
def test_names(name: str, words: str) -> None:
    """A name stands in the table, in options and in names of files, and means one endpoint."""
    (problem,) = problems('shape = "o1"\npath = "/x"', name)
    assert problem.startswith(f"config.toml: endpoints.{words}")


def test_a_title_is_harmless() -> None:
    """Whatever stands in the file, the title is one line that only prints."""
    wan = table(title="a")["wan"]
    assert wan.title == "a"
    text = '[endpoints.wan]\nshape = "o1"\npath = "/x"\ntitle = "a\\u001b[31m\\nb"\n'
    assert parse(text, "config.toml").endpoints["wan"].title == "a[31m b"


def test_its_price_is_its_own() -> None:
    """The price of its jobs is in its entry; without one nobody knows it."""
    assert price_of(WAN, "wan", table()) is None
    text = '[endpoints.wan]\nshape = "v2"\npath = "/x"\nprice = { usd = "0.9" }\n'
    priced = bootstrap.endpoints(parse(text, "config.toml"))
    assert priced["wan"].price is not None
    assert str(priced["wan"].price.usd) == "0.9"
    assert price_of(IDS["v2"], "wan", priced) == priced["wan"].price
    assert price_of(IDS["v2"], "v2", priced) == I2V_PRICE


def test_an_endpoint_that_is_gone() -> None:
    """Its live jobs say that nobody asks about them; what has ended needs nobody."""
    job = a_job(WAN, kind="wan", status=Status.RUNNING, percent=40.0)
    shown = with_not_polled_reason(job, BUILT_IN, [""])
    assert shown.problem == "not polled: the config has no endpoint 'wan' any more"
    assert (shown.status, shown.percent) == (job.status, job.percent)
    assert with_not_polled_reason(job, table(), [""]) == job
    ended = a_job(WAN, kind="wan", status=Status.SUCCEEDED)
    assert with_not_polled_reason(ended, BUILT_IN, [""]) == ended


def test_a_profile_that_is_gone() -> None:
    """Its jobs are shown as they last were too, and no other gateway is asked about them."""
    job = a_job(profile="studio", status=Status.RUNNING, percent=40.0)
    shown = with_not_polled_reason(job, BUILT_IN, ["", "lab"])
    assert shown.problem == "not polled: the config has no profile 'studio' any more"
    assert (shown.status, shown.percent) == (job.status, job.percent)
    assert with_not_polled_reason(job, BUILT_IN, ["", "studio"]) == job
