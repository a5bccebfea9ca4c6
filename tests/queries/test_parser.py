"""Errors of queries: their positions and what they suggest."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kling_tui.jobs import Job
from kling_tui.queries import Names, QueryError, parse, part_before
from kling_tui.queries.fields import FIELDS
from kling_tui.queries.lexer import quoted
from tests.support.jobs import JOBS, NOW, RAW_TEXTS, a_job

NAMES = Names(("i2v", "o1"), ("default", "studio"))
PARTS = [
    *FIELDS, *(":", "=", "<", ">=", ",", '"', "-", "\\", " ", "\n", "$", "."),
    *("failed", "today", "2d", "0.5", "2026-11-20", "T10:00", "9999-12-31", "0001-01-01", "99999w"),
]  # fmt: skip
QUERIES = st.lists(st.sampled_from(PARTS), max_size=8).map("".join) | RAW_TEXTS


def error_of(query: str) -> QueryError:
    """Return the error of a query."""
    with pytest.raises(QueryError) as caught:
        parse(query, NAMES)
    return caught.value


@pytest.mark.parametrize(
    ("query", "position", "words"),
    [
        ("status:faild", 8, "'faild': did you mean failed? Expected new, queued, running, done"),
        ("fox status:queued,runing", 19, "'runing': did you mean running?"),
        ("-status:x", 9, "'x': expected new,"),
        ("is:expird", 4, "did you mean expired?"),
        ("reason:image size", 8, 'put a value of several words in quotes: reason:"image size"'),
        ("reason:other,out of credit fox", 14, 'in quotes: reason:"out of credit"'),
        ("status:no video", 8, 'put a value of several words in quotes: status:"no video"'),
        ("reason:image fox", 8, "'image': did you mean image_"),
        ("is:failed", 4, "did you mean status:failed?"),
        ("status:expired", 8, "did you mean is:expired?"),
        ("kind:i2", 6, "'i2': did you mean i2v? Expected i2v, o1"),
        ("profile:studoi", 9, "did you mean studio? Expected default, studio"),
        ("cost>lots", 6, "'lots': expected US dollars such as 0.5"),
        ("cost>1,000", 8, "> takes one value"),
        ("ended:2years", 7, "'2years': expected 30min, 12h, 2d, 1w, today, yesterday"),
        ("ended:2026-02-30", 7, "or a date such as 2026-11-20"),
        ("expires:soon", 9, "today, tomorrow"),
        ("label<5", 1, "label has no order; write label: or label="),
        ("stauts:failed", 1, "'stauts': did you mean status? To search for this text, put it in"),
        ("fox -lable:hero", 6, "did you mean label?"),
        ("end>2d", 1, "did you mean ended?"),
        ("state:failed", 1, "did you mean status?"),
        ('fox "in snow', 5, "this quote is not closed"),
        ('label:"in snow', 7, "this quote is not closed"),
        ('label:"a\\"', 7, "this quote is not closed"),
        ("status:", 8, "status: a value is missing; expected new"),
        ("label:", 7, 'expected a text, or "" for none'),
        ("status:failed,", 15, "a value is missing"),
        ("id:,a", 4, "a value is missing"),
        ("cost> 0.5", 6, "a value is missing"),
        ("cost > 0.5", 6, "write cost> without spaces"),
        ("fox cost >0.5", 10, "write cost>0.5 without spaces"),
        ("fox -", 5, "a word is missing after the dash"),
        ("- fox", 1, "a word is missing after the dash"),
        ("status:x lable:y", 8, "'x': expected"),
        ("lable:y status:x", 1, "did you mean label?"),
    ],
)
def test_error_names_the_position_and_what_is_expected(
    query: str, position: int, words: str
) -> None:
    """Positions count from 1, and belong to the first error."""
    error = error_of(query)
    assert error.position == position
    assert words in str(error)
    assert 0 <= error.start <= error.end <= len(query)


@pytest.mark.parametrize("query", ["kind:other", "profile:other"])
def test_every_name_is_allowed_where_none_are_known(query: str) -> None:
    """As for a query of an earlier run, before the jobs are read."""
    assert parse(query)


@given(QUERIES)
@example("ended:9999-12-31")
@example('"\\')
@example("cost:\u0663")
def test_any_text_is_a_query_or_a_query_error(text: str) -> None:
    """And a query can be applied."""
    try:
        query = parse(text, NAMES)
    except QueryError as caught:
        error = caught
    else:
        query.matches(a_job(ended_at=NOW), NOW)
        query.next_change(a_job(ended_at=NOW), NOW)
        return
    assert 0 <= error.start <= error.end <= len(text)
    assert str(error).isprintable()
    parse(part_before(text, error), NAMES)


@settings(max_examples=25)
@given(JOBS)
def test_every_text_of_a_job_can_be_written_as_a_value(job: Job) -> None:
    """In quotes if it needs them."""
    for field, value in (("label", job.label), ("id", job.id), ("prompt", job.prompt or "")):
        for operator in ":=":
            assert parse(f"{field}{operator}{quoted(value)}").matches(job, NOW)
