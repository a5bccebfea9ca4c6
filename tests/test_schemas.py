"""The JSON Schemas in docs/ agree with the validators, and with what commands print."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator, Draft202012Validator

from docs.schemas import config_schema, job_schema, schemas
from kling_tui.cli.live_config import app_setting_errors
from kling_tui.config.errors import ConfigError
from kling_tui.config.loading import parse
from kling_tui.formatting.output import job_as_json
from kling_tui.gateways import BUILT_IN
from kling_tui.jobs import Report
from tests.support.documented_gateway import DocumentedGateway, Reply
from tests.support.hostile_jobs import hostile_jobs
from tests.support.jobs import a_job
from tests.support.polling import RECORDED_REPLIES, poll_reply, recorded_reply
from tests.support.terminal import Account

ROOT = Path(__file__).parents[1]
EXAMPLE = (ROOT / "config.example.toml").read_text("utf-8")
CONFIG_SCHEMA = config_schema()
CONFIG = Draft7Validator(CONFIG_SCHEMA)
JOB = Draft202012Validator(job_schema())
REPLIES = sorted(RECORDED_REPLIES.glob("*/*.json"))
NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)


def accepted_by_kling_tui(text: str) -> bool:
    """Return whether kling-tui starts with a config."""
    try:
        return not app_setting_errors(parse(text, "config.toml"))
    except ConfigError:
        return False


def uncommented(text: str) -> Iterator[str]:
    """Yield each commented setting of the example in its section, and each commented entry."""
    section = entry = ""
    for line in [*text.splitlines(), ""]:
        setting = re.fullmatch(r"# (\w+ = .+)", line)
        if header := re.fullmatch(r"(# )?(\[.+\])", line):
            section = f"{header[2]}\n"
            entry = section if header[1] else ""
        elif setting and entry:
            entry += f"{setting[1]}\n"
        elif setting and is_toml(setting[1]):
            yield f"{section}{setting[1]}\n"
        elif not line and entry:
            yield entry
            entry = ""


def is_toml(text: str) -> bool:
    """Return whether a text is TOML."""
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


def settings_in(schema: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the dotted name and the schema of each setting; `*` is the name of an entry."""
    entries = schema.get("additionalProperties")
    children = dict(schema.get("properties", {}))
    if isinstance(entries, dict):
        children["*"] = entries
    for name, child in children.items():
        below = f"{path}.{name}" if path else name
        if child.keys() & {"properties", "additionalProperties"}:
            yield from settings_in(child, below)
        else:
            yield below, child


SETTINGS = dict(settings_in(CONFIG_SCHEMA))


@pytest.mark.parametrize("name", schemas())
def test_files_are_up_to_date(name: str) -> None:
    """After a change of settings, comments of the example or fields: python -m docs.schemas."""
    assert (ROOT / "docs" / name).read_text("utf-8") == schemas()[name]


def test_schemas_are_valid() -> None:
    """By the drafts that they name."""
    for validator, schema in ((CONFIG, CONFIG_SCHEMA), (JOB, job_schema())):
        validator.check_schema(schema)
        assert schema["$schema"] == validator.META_SCHEMA["$schema"]


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_described_and_has_a_type(name: str) -> None:
    """An editor shows what it is; only settings in inline tables share their table's comment."""
    setting = SETTINGS[name]
    assert setting.keys() & {"type", "enum"}
    described = setting if "price" not in name else setting | {"description": "as its table"}
    assert described.get("description")


def test_every_field_of_a_job_is_described() -> None:
    """By its row in docs/json.md."""
    schema = job_schema()
    for each in (schema, schema["$defs"]["VideoJson"]):
        assert all(field.get("description") for field in each["properties"].values())


@pytest.mark.parametrize("name", [name for name in SETTINGS if "default" in SETTINGS[name]])
def test_defaults_are_valid(name: str) -> None:
    """An editor that fills in the default makes no mistake."""
    assert Draft7Validator(SETTINGS[name]).is_valid(SETTINGS[name]["default"])


class TestExample:
    """The example config, from which users copy."""

    def test_is_accepted(self) -> None:
        """As it is."""
        CONFIG.validate(tomllib.loads(EXAMPLE))

    def test_names_the_schema_in_its_first_line(self) -> None:
        """As the plugins of editors expect it, relative to the file."""
        directive, _, path = EXAMPLE.splitlines()[0].partition(" ")
        assert directive == "#:schema"
        assert json.loads((ROOT / path).read_text("utf-8")) == CONFIG_SCHEMA

    @pytest.mark.parametrize("text", list(uncommented(EXAMPLE)))
    def test_commented_examples_are_accepted(self, text: str) -> None:
        """By the schema, and by kling-tui."""
        CONFIG.validate(tomllib.loads(text))
        assert accepted_by_kling_tui(text)


BROKEN = {
    "an unknown section": "[gatway]\ntimeout = 3",
    "an unknown setting": "[gateway]\ntimout = 3",
    "a wrong type": '[gateway]\ninsecure = "no"',
    "a number out of range": "[gateway]\nconcurrency = 257",
    "a URL with a query": '[gateway]\nurl = "https://gateway.pixazo.ai?key=x"',
    "a key that is set twice": '[gateway]\nkey = "a"\nkey_command = "pass show pixazo"',
    "a missing price": "[price]\ni2v = { per_seconds = 5 }",
    "a price in words": '[price]\no1 = { usd = "0,90" }',
    "an unknown field of a file name": '[downloads]\nname = "{title}.mp4"',
    "a command line in place of an array": '[notify]\ncommand = "say done"',
    "a push URL without a scheme": '[notify.push]\nurl = "ntfy.sh/topic"',
    "a push URL with a user": '[notify.push]\nurl = "https://me:secret@ntfy.sh/topic"',
    "a push URL that is set twice": """
        [notify.push]
        url = "https://ntfy.sh/topic"
        url_command = "pass show push"
        """,
    "an unknown choice": '[ui]\noutput = "leen"',
    "a reserved name of a profile": '[profile.default]\nkey = "a"',
    "an endpoint without a path": '[endpoints.wan]\nshape = "o1"',
    "an endpoint with the name of a built-in one": '[endpoints.o1]\nshape = "o1"\npath = "/x"',
    "an unknown sort order": '[views.Mine]\nsort = "size"',
    "a view with a long name": f"[views.{'n' * 25}]\nreverse = true",
    "a key of no action": '[keys]\nqiut = "ctrl+q"',
    "an empty key": '[keys]\nquit = ""',
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_broken_files_are_rejected(text: str) -> None:
    """By the schema, and by kling-tui."""
    assert not CONFIG.is_valid(tomllib.loads(text))
    assert not accepted_by_kling_tui(text)


@pytest.mark.parametrize("name", SETTINGS)
def test_values_of_other_types_are_rejected(name: str) -> None:
    """No setting is a date, and none allows any value."""
    text = ".".join("x" if part == "*" else part for part in name.split(".")) + " = 2026-11-20"
    assert not CONFIG.is_valid(tomllib.loads(text))
    assert not accepted_by_kling_tui(text)


def invalid_values(setting: Mapping[str, Any]) -> Iterator[object]:
    """Yield values beyond the limits of a setting, that are no choice of it, or no text."""
    if "minimum" in setting:
        yield from (setting["minimum"] - 1, setting["maximum"] + 1)
    if "enum" in setting:
        yield "no such choice"
    if "pattern" in setting:
        yield "\0"


INVALID = [(name, value) for name, setting in SETTINGS.items() for value in invalid_values(setting)]


@pytest.mark.parametrize(("name", "value"), INVALID)
def test_invalid_values_are_rejected(name: str, value: object) -> None:
    """By the schema, and by kling-tui."""
    config: dict[str, Any] = {}
    set_in(config, name, value, entry="x")
    assert not CONFIG.is_valid(config)
    assert not accepted_by_kling_tui(tomli_w.dumps(config))


def set_in(config: dict[str, Any], name: str, value: object, entry: str) -> None:
    """Set the value of a setting by its dotted name, in which `*` stands for an entry."""
    *tables, last = (entry if part == "*" else part for part in name.split("."))
    for each in tables:
        config = config.setdefault(each, {})
    config[last] = value


def values_near(setting: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Return values of which many are just valid or just invalid for a setting."""
    texts = st.text(st.sampled_from("{}:!idn/\\ \t\n\0\x7f\x85\xa0aZ0é'\"-.,|"), max_size=6)
    chosen = [True, 0, "", "lean", "0.35", "{id}-{n:}.mp4", "http://localhost/a", "a\n", "~/$HOME"]
    chosen += [*setting.get("enum", ()), setting.get("default", 1), float("nan"), 2**70]
    for limit in (setting.get("minimum", 0), setting.get("maximum", 0)):
        chosen += [limit, limit - 0.001, limit + 0.001, int(limit) - 1, int(limit) + 1]
    scalars = st.sampled_from(chosen) | texts
    patterns = [setting["pattern"]] if "pattern" in setting else []
    matching = [st.from_regex(re.compile(pattern)) for pattern in patterns]
    tables = st.dictionaries(st.sampled_from(["usd", "per_seconds", "x"]), scalars, max_size=2)
    return st.one_of(scalars, *matching, st.lists(scalars, max_size=3), tables)


NAMES = st.sampled_from(["x", "default", "o1", "a b", "é", "-x", "a" * 21, "n" * 25, " ", "\n"])


@st.composite
def configs(draw: st.DrawFn) -> dict[str, Any]:
    """Return tables in which up to three settings of one section have some value."""
    section = draw(st.sampled_from(sorted(CONFIG_SCHEMA["properties"])))
    names = sorted(name for name in SETTINGS if name.split(".")[0] == section)
    config: dict[str, Any] = {}
    entry = draw(NAMES)
    for name in draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True)):
        set_in(config, name, draw(values_near(SETTINGS[name])), entry)
    return config


@pytest.mark.slow
@given(configs())
def test_the_schema_rejects_nothing_that_is_valid(config: dict[str, Any]) -> None:
    """What an editor marks as wrong, kling-tui rejects."""
    text = tomli_w.dumps(config)
    if not CONFIG.is_valid(tomllib.loads(text)):
        assert not accepted_by_kling_tui(text)


class TestJobs:
    """Jobs as `list --json` and `watch --json` print them."""

    @pytest.mark.parametrize("file", REPLIES, ids=lambda file: f"{file.parent.name}-{file.stem}")
    async def test_jobs_of_recorded_replies(self, file: Path) -> None:
        """Whatever the gateway has reported."""
        kind = file.parent.name
        result = await poll_reply(kind, recorded_reply(kind, file.stem))
        job = a_job(kind=kind)
        if isinstance(result, Report):
            job = job.with_report(result, NOW)
        else:
            job = job.with_poll_error(str(result), NOW)
        JOB.validate(json.loads(json.dumps(job_as_json(job))))

    def test_hostile_jobs(self) -> None:
        """With the strangest texts, numbers and times."""
        for job in hostile_jobs(NOW, "https://cdn.test/1.mp4"):
            JOB.validate(json.loads(json.dumps(job_as_json(job))))

    @pytest.mark.parametrize(
        ("field", "value"),
        [("status", "done"), ("added_at", None), ("cost_usd", 0.35), ("videos", [{}]), ("id", 1)],
    )
    def test_wrong_fields_are_rejected(self, field: str, value: object) -> None:
        """The schema says something about each field."""
        assert not JOB.is_valid({**job_as_json(a_job()), field: value})

    def test_unknown_fields_are_accepted(self) -> None:
        """Later versions may add fields."""
        assert JOB.is_valid({**job_as_json(a_job()), "new": 1})

    @pytest.mark.slow
    def test_printed_jobs_of_recorded_replies(self, tmp_path: Path) -> None:
        """All that `watch --json` and `list --json` print about them."""
        account = Account(tmp_path)
        ids = {file: f"CjI17WevH1IAAAAAAHm{number:03}" for number, file in enumerate(REPLIES)}
        with DocumentedGateway() as gateway:
            account.environment["PIXAZO_API_KEY"] = "any"
            poll = "[poll]\nfirst = 0.1\nslowest = 0.1\njitter = 0\n"
            account.configure(f'[gateway]\nurl = "{gateway.url}"\n{poll}')
            for file, job_id in ids.items():
                kind = file.parent.name
                account.run("add", "--kind", kind, job_id)
                gateway.script(job_id, Reply(200, {}, file.read_bytes()))
            watched = account.run("watch", "--json", "--timeout", "3").stdout.splitlines()
            listed = account.run("list", "--json").stdout
        jobs = [*map(json.loads, watched), *json.loads(listed)]
        assert {job["id"] for job in jobs} == set(ids.values())
        assert {job["status"] for job in jobs} >= {"running", "succeeded", "failed"}
        for job in jobs:
            JOB.validate(job)


def test_the_command_prints_the_files(tmp_path: Path) -> None:
    """For users who have no checkout: the wheel has the files."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    packaged = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    for name, text in schemas().items():
        assert packaged[f"docs/{name}"] == f"kling_tui/schemas/{name}"
        assert Account(tmp_path).run("schema", name.partition(".")[0]).stdout == text


def test_kinds_of_recorded_replies_are_all_kinds() -> None:
    """No reply shape is left out."""
    assert {file.parent.name for file in REPLIES} == set(BUILT_IN)
