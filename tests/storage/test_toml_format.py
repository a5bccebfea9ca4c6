"""The format of job files: what is dumped can be loaded, and errors name the invalid value."""

import tomllib
from contextlib import suppress
from datetime import timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kling_tui.gateways.reply import MAX_KEPT_REPLY
from kling_tui.jobs import Exchange, Job, Price, Status, Transition, Video
from kling_tui.storage.revision import Revision
from kling_tui.storage.toml_format import CachedCodec, StoreError, dump, load
from tests.support.jobs import I2V_PRICE, JOBS, NOW, O1_PRICE, REQUEST, a_job, after

FILE = "jobs.toml"
HEAD = "version = 1\n"
JOB = '[[jobs]]\nid = "C1"\nkind = "i2v"\nadded_at = 2026-11-20T10:00:00Z\n'
FULL = Job(
    id=REQUEST,
    kind="o1",
    added_at=NOW,
    price=O1_PRICE,
    label='winter "lights" \\ [red]雪[/]',
    profile="studio",
    status=Status.SUCCEEDED,
    raw_status="COMPLETED",
    message="fine",
    problem="no answer",
    problem_since=after(50),
    queue_position=2,
    eta_seconds=45.5,
    percent=12.5,
    videos=(
        Video(
            url="https://cdn.test/1.mp4?cacheKey=a%20b&x-kcdn-pid=1",
            id="6eefbb94",
            duration=5.1,
            width=1280,
            height=720,
            content_type="video/mp4",
            file="/home/me/1.mp4",
        ),
        Video(url="https://cdn.test/2.mp4"),
    ),
    prompt="Take @Image1",
    aspect_ratio="16:9",
    processing_seconds=87.0,
    created_at=after(-10.25),
    updated_at=after(20),
    checked_at=after(30),
    ended_at=after(40),
    history=(
        Transition(after(1), Status.RUNNING, "IN_PROGRESS"),
        Transition(after(40), Status.SUCCEEDED),
    ),
    reply='{\n  "status": "COMPLETED",\n  "path": "C:\\\\x",\n  "quote": "\\""\n}',
    exchange=Exchange("POST", "/v1", 200, after(30), 0.21, ("content-type: application/json",)),
)


def load_error(text: str) -> str:
    """Return the error of a file without the file name and "nothing was changed"."""
    with pytest.raises(StoreError) as caught:
        load(text, FILE)
    message = str(caught.value)
    assert message.startswith(f"{FILE}: ")
    assert message.endswith("; nothing was changed")
    assert message.isprintable()
    return message.removeprefix(f"{FILE}: ").removesuffix("; nothing was changed")


class TestRoundTrip:
    """Loading what was dumped gives the same jobs."""

    @settings(
        max_examples=60,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(st.lists(JOBS, max_size=4, unique_by=lambda job: job.id))
    def test_any_jobs_in_their_order(self, jobs: list[Job]) -> None:
        """Jobs with any text in them come back unchanged."""
        loaded = list(load(dump(jobs), FILE).values())
        assert loaded == jobs
        # Which jobs are equal does not depend on it.
        assert [job.exchange for job in loaded] == [job.exchange for job in jobs]

    def test_every_field(self) -> None:
        """A job with all fields comes back unchanged, and so does a new one."""
        loaded = load(dump([FULL, a_job()]), FILE)
        assert loaded == {FULL.id: FULL, a_job().id: a_job()}
        assert loaded[FULL.id].exchange == FULL.exchange

    def test_longest_texts_are_not_cut(self) -> None:
        """The longest prompt, URL and reply that a gateway can send are kept."""
        long = a_job(
            prompt="p" * 10_000,
            videos=(Video("https://cdn.test/" + "u" * 7_900),),
            reply="{\n" * (MAX_KEPT_REPLY // 2),
        )
        assert load(dump([long]), FILE) == {long.id: long}

    def test_prices_are_exact(self) -> None:
        """A price keeps every digit."""
        for usd in ("0.35", "0.90", "10000", "0.3333333333333333333333333333", "0"):
            job = a_job(price=Price(Decimal(usd), 5.0))
            price = load(dump([job]), FILE)[job.id].price
            assert price is not None
            assert str(price.usd) == usd

    def test_no_jobs(self) -> None:
        """A file without jobs can be loaded."""
        assert load(dump([]), FILE) == {}
        assert load(HEAD, FILE) == {}


class TestLayout:
    """The text that `dump` returns."""

    def test_unknown_fields_are_left_out(self) -> None:
        """A new job takes a few lines."""
        table = tomllib.loads(dump([a_job(label="hero shot")]))
        assert table == {
            "version": 1,
            "jobs": [
                {
                    "id": a_job().id,
                    "kind": "i2v",
                    "added_at": NOW,
                    "price": {"usd": "0.35", "per_seconds": 5.0},
                    "label": "hero shot",
                    "status": "unknown",
                }
            ],
        }

    def test_header_and_job_tables(self) -> None:
        """The first line says which program the file belongs to."""
        lines = dump([a_job("C1"), a_job("C2")]).splitlines()
        assert lines[0].startswith("# The jobs that kling-tui tracks.")
        assert lines.count("[[jobs]]") == 2

    def test_replies_are_multiline_strings(self) -> None:
        """A reply keeps its line ends."""
        assert '\n  "status": "COMPLETED",\n' in dump([FULL]).replace('\\"', '"')


class TestEditedFiles:
    """Files that the user wrote or changed."""

    def test_required_fields_are_enough(self) -> None:
        """A job needs an id, a kind and a time."""
        assert load(HEAD + JOB, FILE) == {"C1": Job(id="C1", kind="i2v", added_at=NOW)}

    def test_times_with_other_offsets(self) -> None:
        """They are converted to UTC."""
        text = HEAD + JOB.replace("10:00:00Z", "15:30:00+05:30")
        added = load(text, FILE)["C1"].added_at
        assert (added, added.utcoffset()) == (NOW, timedelta(0))

    def test_integers_are_accepted_as_numbers(self) -> None:
        """A number needs no decimal point."""
        text = HEAD + JOB + 'eta_seconds = 45\nprice = { usd = "0.35", per_seconds = 5 }\n'
        job = load(text, FILE)["C1"]
        assert (job.eta_seconds, job.price) == (45.0, I2V_PRICE)
        assert isinstance(job.eta_seconds, float)

    @pytest.mark.parametrize(("name", "profile"), [("studio", "studio"), ("default", "")])
    def test_default_profile_may_be_named(self, name: str, profile: str) -> None:
        """The profile of [gateway] is called default, as on the command line."""
        assert load(HEAD + JOB + f'profile = "{name}"\n', FILE)["C1"].profile == profile

    def test_control_characters_are_removed(self) -> None:
        """Text in the file cannot send escapes to the terminal."""
        text = HEAD + JOB + 'label = "\\u001b[31mred\\u202e"\nreply = "{\\n\\u0007}"\n'
        job = load(text, FILE)["C1"]
        assert (job.label, job.reply) == ("[31mred", "{\n}")

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "version: missing"),
            ("# only a comment\n", "version: missing"),
            ("version = 0\n", "version: expected 1, found 0"),
            ('version = "1"\n', "version: expected 1, found '1'"),
            ("version = true\n", "version: expected 1, found True"),
            (HEAD + "jobs = 3\n", "jobs: expected [[jobs]] tables, found 3"),
            (HEAD + "jobs = [3]\n", "job 1: expected a table, found 3"),
            (HEAD + '[jobs]\nid = "C1"\n', "jobs: expected [[jobs]] tables, found {'id': 'C1'}"),
            (HEAD + JOB.replace("jobs", "job"), "job: no such key"),
            (HEAD + JOB + JOB, "job 2: id: C1 is in the file twice"),
            (HEAD + JOB + "lable = 1\n", "job 1: lable: no such key"),
            (HEAD + JOB + '"\\u001b[2J" = 1\n', "job 1: [2J: no such key"),
            (HEAD + JOB + "[[jobs]]\n", "job 2: id: missing"),
            (HEAD + JOB + '[[jobs]]\nid = "C2"\n', "job 2: kind: missing"),
            (HEAD + JOB + '[[jobs]]\nid = "C2"\nkind = "o1"\n', "job 2: added_at: missing"),
        ],
    )
    def test_missing_unknown_and_duplicate_fields(self, text: str, message: str) -> None:
        """The error has the number of the job."""
        assert load_error(text) == message

    @pytest.mark.parametrize(
        ("key", "value", "expected"),
        [
            ("id", "1", "text"),
            ("id", '""', "text that is not empty"),
            ("id", '"\\u200b"', "text that is not empty"),
            ("kind", "true", "text"),
            ("kind", '" "', "text that is not empty"),
            ("label", "[]", "text"),
            ("prompt", "1.5", "text"),
            ("reply", "{}", "text"),
            ("status", '"done"', "one of queued, running, succeeded, failed, unknown"),
            ("review", '"maybe"', "one of kept, rejected"),
            ("status", "[]", "one of queued, running, succeeded, failed, unknown"),
            ("queue_position", '"2"', "a whole number from 0"),
            ("queue_position", "2.0", "a whole number from 0"),
            ("queue_position", "true", "a whole number from 0"),
            ("queue_position", "-1", "a whole number from 0"),
            ("percent", "100.1", "a number from 0 to 100"),
            ("eta_seconds", '"45"', "a number from 0"),
            ("eta_seconds", "-0.1", "a number from 0"),
            ("eta_seconds", "nan", "a number from 0"),
            ("eta_seconds", "inf", "a number from 0"),
            ("eta_seconds", "1e300", "a number from 0"),
            pytest.param("eta_seconds", "1" + "0" * 400, "a number from 0", id="googol"),
            ("processing_seconds", "false", "a number from 0"),
            ("added_at", "2026-11-20", "a date and time with its offset"),
            ("added_at", "2026-11-20T10:00:00", "a date and time with its offset"),
            ("added_at", '"2026-11-20T10:00:00Z"', "a date and time with its offset"),
            ("added_at", "1700000000", "a date and time with its offset"),
            ("ended_at", "0001-01-01T00:00:00+14:00", "a date and time with its offset"),
            ("checked_at", "9999-12-31T23:59:59Z", "a date and time with its offset"),
            ("price", '"0.35"', "a table"),
            ("videos", "{}", "a list"),
            ("history", '"x"', "a list"),
        ],
    )
    def test_invalid_values(self, key: str, value: str, expected: str) -> None:
        """The error has the number of the job, the key and what was expected."""
        lines = [line for line in JOB.splitlines() if not line.startswith(f"{key} = ")]
        second = "\n".join([*lines, f"{key} = {value}"]).replace("C1", "C2")
        message = load_error(HEAD + JOB + second)
        assert message.startswith(f"job 2: {key}: expected {expected}")
        assert ", found " in message

    @pytest.mark.parametrize(
        ("line", "message"),
        [
            ("videos = [{}]", "videos: 1: url: missing"),
            ("videos = [3]", "videos: 1: expected a table, found 3"),
            (
                'videos = [{ url = "x" }, { url = "" }]',
                "videos: 2: url: expected text that is not empty, found ''",
            ),
            (
                'videos = [{ url = "x", duration = "5.1" }]',
                "videos: 1: duration: expected a number from 0 to 1,000,000,000, found '5.1'",
            ),
            ('videos = [{ url = "x", size = 1 }]', "videos: 1: size: no such key"),
            ('history = [{ status = "failed" }]', "history: 1: at: missing"),
            ("price = {}", "price: usd: missing"),
            ("price = { usd = 0.35 }", 'price: usd: expected US dollars as text, like "0.35"'),
        ],
    )
    def test_invalid_values_in_lists_and_tables(self, line: str, message: str) -> None:
        """The error has the path to the value."""
        assert load_error(f"{HEAD}{JOB}{line}\n").startswith(f"job 1: {message}")

    @pytest.mark.parametrize("usd", ["", "free", "$1", "NaN", "Infinity", "-0.35", "1e30", "10001"])
    def test_invalid_prices(self, usd: str) -> None:
        """A price is a decimal number of dollars within limits."""
        message = load_error(f'{HEAD}{JOB}price = {{ usd = "{usd}" }}\n')
        assert message.startswith("job 1: price: usd: expected US dollars")

    @pytest.mark.parametrize("seconds", ["0", "-5", "1e-300", "86401", '"5"'])
    def test_invalid_units_of_a_price(self, seconds: str) -> None:
        """A unit is a duration of more than 0 seconds."""
        message = load_error(f'{HEAD}{JOB}price = {{ usd = "0.35", per_seconds = {seconds} }}\n')
        assert message.startswith(
            "job 1: price: per_seconds: expected a number from 0.001 to 86,400"
        )

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (HEAD + JOB + "label = hero\n", "at line 6, column 9"),
            (HEAD + JOB + 'label = "hero\n', "at line 6"),
            (HEAD + JOB + 'id = "C2"\n', "at line 6"),
            (HEAD + JOB + 'label = "\x1b"\n', "at line 6"),
            (HEAD + "<<<<<<< HEAD\n" + JOB, "at line 2, column 1"),
            ("version = 1\n[[jobs]", "at line 2"),
            pytest.param("x = " + "[" * 5_000, "too deep", id="brackets"),
            pytest.param("x = " + "1" * 5_000, "too long", id="digits"),
            pytest.param(HEAD + JOB + "label = 0x" + "f" * 5_000, "too long", id="hexadecimal"),
        ],
    )
    def test_invalid_toml(self, text: str, message: str) -> None:
        """The error has the line, or says what is too much for the parser."""
        assert message in load_error(text)

    @settings(max_examples=60)
    @given(st.data())
    def test_any_damage_is_a_store_error(self, data: st.DataObject) -> None:
        """A file with a piece cut out or inserted can be loaded or is a StoreError."""
        text = dump([FULL, a_job()])
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, len(text)))
        with suppress(StoreError):
            load(text[:start] + data.draw(st.text(max_size=3)) + text[end:], FILE)


def test_older_versions_can_read_the_file() -> None:
    """They allow no other keys: what was added since is in comments, and they drop it."""
    text = CachedCodec().dump([a_job()], Revision().next(created=True))
    assert Revision.parse(text)
    assert tomllib.loads(text).keys() == {"version", "jobs"}
    assert load(text, FILE) == {a_job().id: a_job()}


def test_header_does_not_invite_comments() -> None:
    """A save writes a changed job again; the label is where a note is kept."""
    assert "Comments are lost when it saves; use label" in dump([])


def test_times_are_saved_in_utc() -> None:
    """The offset of a time is not kept, but the moment is."""
    there = NOW.astimezone(timezone(timedelta(hours=-8)))
    job = a_job(added_at=there)
    assert load(dump([job]), FILE)[job.id].added_at == NOW


def test_equal_words_times_and_prices_are_in_memory_once() -> None:
    """Of thousands of jobs, they would take more memory than all else."""
    jobs = [
        a_job(job_id, raw_status="running", checked_at=after(1), ended_at=after(1))
        for job_id in ("C1", "C2")
    ]
    one, other = load(dump(jobs), "jobs.toml").values()
    assert one.kind is other.kind
    assert one.raw_status is other.raw_status
    assert one.price is other.price
    assert one.checked_at is one.ended_at


def test_prices_keep_their_digits() -> None:
    """Equal numbers may be written differently."""
    prices = [Price(Decimal("0.9")), Price(Decimal("0.90"))]
    jobs = [a_job(f"C{number}", price=price) for number, price in enumerate(prices)]
    loaded = load(dump(jobs), "jobs.toml").values()
    assert [str(job.price.usd) for job in loaded if job.price] == ["0.9", "0.90"]
