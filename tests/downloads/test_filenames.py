"""File names are safe, whatever a label, an id or a template contains."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kling_tui.downloads.filenames import (
    FIELDS,
    MAX_STEM_BYTES,
    TEMPLATE,
    file_stem,
    partial_name,
    template_error,
)
from kling_tui.sanitize import sanitize_line
from tests.support.jobs import JOBS, RAW_TEXTS, a_job

PIECES = st.sampled_from([*(f"{{{field}}}" for field in FIELDS), "../", "-", ".mp4", "{{", "a b"])
TEMPLATES = st.lists(PIECES | RAW_TEXTS, max_size=6).map("".join)
HOSTILE = st.sampled_from(
    ["../../etc/passwd", "..", ".", "-rf", "CON", "a/b\\c", "é" * 300, "\0", "~"]
)


def is_safe(name: str, folder: Path) -> bool:
    """Return whether a name stays in its folder, and can be displayed and typed."""
    inside = (folder / name).parent == folder and "/" not in name and "\\" not in name
    short = 0 < len(name.encode()) <= MAX_STEM_BYTES
    return inside and short and sanitize_line(name) == name and name[0] not in ".- "


@settings(max_examples=300)
@given(JOBS, HOSTILE | RAW_TEXTS, HOSTILE | RAW_TEXTS, st.integers(1, 50), TEMPLATES)
def test_any_name_is_safe(tmp_path_factory, job, label, job_id, n, template) -> None:  # type: ignore[no-untyped-def]
    """Any text as label, id or template gives a file name within the folder."""
    job = a_job(job_id, label=label, kind=job.kind)
    folder = tmp_path_factory.getbasetemp()
    assert is_safe(file_stem(TEMPLATE, job, n), folder)
    assert is_safe(partial_name(job, n), folder)
    if template_error(template) is None:
        assert is_safe(file_stem(template, job, n), folder)


@pytest.mark.parametrize(
    ("label", "stem"),
    [
        ("hero shot", "hero shot-i2v-C1-1"),
        ("", "i2v-C1-1"),
        ("a/b: \x1b[31mc?", "a_b_ [31mc_-i2v-C1-1"),
        ("…café", "…café-i2v-C1-1"),
        ("cafe\u0301", "café-i2v-C1-1"),
        ("ю" * 300, "ю" * 40 + "-i2v-C1-1"),
    ],
)
def test_default_template(label: str, stem: str) -> None:
    """The label comes first; unsafe characters are replaced, and long labels truncated."""
    assert file_stem(TEMPLATE, a_job("C1", label=label), 1) == stem


@pytest.mark.parametrize(
    ("template", "stem"),
    [("{id}", "C1"), ("{id}.MP4", "C1"), ("{n}.webm", "2"), ("a b.avi", "a b.avi"), ("..", "video"),
     ("", "video"), ("{{{kind}}}", "{i2v}")],
)  # fmt: skip
def test_a_video_suffix_in_a_template_is_removed(template: str, stem: str) -> None:
    """The suffix comes from the video's content."""
    assert template_error(template) is None
    assert file_stem(template, a_job("C1", label="x"), 2) == stem


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{title}", "has {title}"),
        ("{}", "has {}"),
        ("{id!r}", "has {id}"),
        ("{id:>9999999}", "has {id}"),
        ("{id.__class__}", "has {id.__class__}"),
        ("{id", "a brace that is not closed"),
        ("}", "a brace that is not closed"),
        ("../{id}", "leads into another folder"),
        ("a\\{id}", "leads into another folder"),
    ],
)
def test_an_invalid_template_has_an_error_message(template: str, message: str) -> None:
    """The message names the field, or the problem."""
    assert message in (template_error(template) or "")


def test_a_partial_name_depends_on_the_video_only() -> None:
    """Changing the label does not prevent a download from being resumed."""
    job = a_job("C1", label="one")
    assert partial_name(job, 1) == partial_name(a_job("C1", label="two"), 1)
    others = {partial_name(job, 2), partial_name(a_job("C_1"), 1), partial_name(a_job("C/1"), 1)}
    assert len({partial_name(job, 1), *others}) == 4
