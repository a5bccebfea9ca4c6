"""The codec that formats and parses only the jobs that changed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kling_tui.jobs import Job
from kling_tui.storage.toml_format import CachedCodec, StoreError, dump, load
from tests.support.jobs import JOBS, NOW, a_job


@settings(max_examples=25)
@given(st.lists(st.lists(JOBS, max_size=4, unique_by=lambda job: job.id), max_size=4))
def test_cache_does_not_change_results(files: list[list[Job]]) -> None:
    """Whatever was written and loaded before, the result is that of `dump` and `load`."""
    writer, reader = CachedCodec(), CachedCodec()
    text = ""
    for jobs in files:
        text = writer.dump(jobs, old_text=text)
        assert text == dump(jobs)
        assert list(reader.load(text, "jobs.toml").values()) == jobs


def test_unchanged_job_is_the_same_object() -> None:
    """Only the jobs that changed are parsed again."""
    codec = CachedCodec()
    first = codec.load(dump([a_job("C1"), a_job("C2")]), "jobs.toml")
    second = codec.load(dump([a_job("C2"), a_job("C1", label="new")]), "jobs.toml")
    assert second["C2"] is first["C2"]
    assert second["C1"].label == "new"


def test_comments_beside_unchanged_jobs_are_kept() -> None:
    """The user may write comments into the file."""
    codec = CachedCodec()
    text = dump([a_job("C1"), a_job("C2")]).replace('id = "C1"', 'id = "C1"  # the first')
    jobs = codec.load(text, "jobs.toml")
    assert "# the first" in codec.dump(
        [jobs["C1"], replace(jobs["C2"], label="new")], old_text=text
    )


@pytest.mark.parametrize(
    "label",
    ['"""\n[[jobs]]\n"""', "'''\n\n[[jobs]]\nid = \"C3\"\n'''"],
)
def test_job_header_inside_a_string(label: str) -> None:
    """A string may contain what looks like the header of a job."""
    text = dump([a_job("C1")]) + (
        f'\n[[jobs]]\nid = "C2"\nkind = "i2v"\nadded_at = {NOW}\nprompt = {label}\n'
    )
    assert CachedCodec().load(text, "jobs.toml") == load(text, "jobs.toml")
    assert list(load(text, "jobs.toml")) == ["C1", "C2"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('id = "C2"', 'id = "C1"', "job 2: id: C1 is in the file twice"),
        ('id = "C2"', "id = 3", "job 2: id: expected text"),
        ('id = "C2"', "id = ", "line 16"),
    ],
)
def test_errors_have_the_position_in_the_whole_file(old: str, new: str, message: str) -> None:
    """Jobs are counted, and lines too, from the start of the file."""
    text = dump([a_job("C1"), a_job("C2")])
    with pytest.raises(StoreError, match=message):
        CachedCodec().load(text.replace(old, new), "jobs.toml")


def test_unchanged_text_is_taken_only_from_a_job_as_it_was_read() -> None:
    """Whatever the file says by now, a job is written as it is."""
    codec = CachedCodec()
    jobs = codec.load(dump([a_job("C1"), a_job("C2")]), "jobs.toml")
    changed = dump([a_job("C1", label="from an editor"), a_job("C2")]).replace("C2", "C1")
    assert codec.dump(jobs.values(), old_text=changed) == dump(jobs.values())


def test_two_jobs_in_one_part_of_the_file_are_both_read() -> None:
    """A user may write the header of a job with spaces."""
    text = dump([a_job("C1"), a_job("C2")])
    spaced = f"[[ jobs ]]\n{text.rpartition('[[jobs]]')[2]}"
    assert list(CachedCodec().load(text.rpartition("[[jobs]]")[0] + spaced, "")) == ["C1", "C2"]
