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
        ("hero shot", "hero-shot-i2v-C1-1"),
        ("", "i2v-C1-1"),
        ("a/b: \x1b[31mc?", "a-b-31mc-i2v-C1-1"),
        ("it's $5 & more!", "it-s-5-more-i2v-C1-1"),
        ("…café", "café-i2v-C1-1"),
        ("cafe\u0301", "café-i2v-C1-1"),
        ("हिन्दी 镜头", "हिन्दी-镜头-i2v-C1-1"),
        ("🐆", "i2v-C1-1"),
        ("v1.2_final", "v1.2_final-i2v-C1-1"),
        ("ю" * 300, "ю" * 40 + "-i2v-C1-1"),
    ],
)
def test_default_template(label: str, stem: str) -> None:
    """The name can be typed without quotes; the label comes first, and is cut if it is long."""
    assert file_stem(TEMPLATE, a_job("C1", label=label), 1) == stem


@pytest.mark.parametrize(
    ("label", "kind", "job_id", "stem"),
    [
        ("snow leopard", "i2v", "842250903629086785", "snow-leopard-i2v-842250903629086785-1"),
        ("snow leopard", "wan", "wan-7f3a", "snow-leopard-wan-7f3a-1"),
        ("snow leopard", "o1", "kling-o1-382_a1b2", "snow-leopard-kling-o1-382_a1b2-1"),
        ("i2v leopard", "i2v", "C1", "i2v-leopard-C1-1"),
        ("I2V", "i2v", "C1", "I2V-C1-1"),
        ("C1", "i2v", "C1", "i2v-C1-1"),
        ("take C1", "i2v", "C1", "take-C1-i2v-1"),
        ("wander", "wan", "C1", "wander-wan-C1-1"),
        ("", "i2v", "C--x", "i2v-C--x-1"),
    ],
)
def test_the_default_template_repeats_no_part(
    label: str, kind: str, job_id: str, stem: str
) -> None:
    """A part whose words are in another one is left out; an id is never changed."""
    assert file_stem(TEMPLATE, a_job(job_id, label=label, kind=kind), 1) == stem


def test_a_template_of_the_user_is_followed() -> None:
    """Its spaces and repetitions are intended."""
    job = a_job("wan-1", label="snow leopard & cub", kind="wan")
    assert file_stem("{label} {kind} {id}", job, 1) == "snow leopard & cub wan wan-1"


@pytest.mark.parametrize("encoding", ["ascii", "iso8859-1", "utf-8", "gb18030", "euc-jp"])
@pytest.mark.parametrize("label", ["镜头 one", "café \udcff", "ю" * 300, "🐆", "\ud800", ""])
def test_a_name_fits_the_encoding_of_the_file_system(label: str, encoding: str) -> None:
    """Other characters are replaced, so that the file can be created in any locale."""
    job = a_job("C镜1", label=label)
    for stem in (
        file_stem(TEMPLATE, job, 1, encoding),
        file_stem("{label}", job, 1, encoding),
        partial_name(job, 1, encoding),
    ):
        assert 0 < len(stem.encode(encoding)) <= MAX_STEM_BYTES
    assert file_stem(TEMPLATE, a_job("C1", label="镜头"), 1, "ascii") == "i2v-C1-1"
    assert file_stem("{label}", a_job("C1", label="镜头 one"), 1, "iso8859-1") == "__ one"


def test_a_long_name_keeps_the_id_and_the_number() -> None:
    """Only the label is cut, so that the names of two videos differ."""
    job = a_job("b" * 75, label="ю" * 300, kind="v2")
    stem = file_stem(TEMPLATE, job, 12)
    assert stem.endswith(f"-v2-{'b' * 75}-12")
    assert len(stem.encode()) <= MAX_STEM_BYTES


@pytest.mark.parametrize("label", ["CON", "nul", "Com1", "LPT9", "aux.old", "com¹"])
def test_a_reserved_device_name_is_changed(label: str) -> None:
    """Network drives and memory cards refuse it, whatever its suffix."""
    assert file_stem("{label}", a_job("C1", label=label), 1) == f"_{label}"
    assert file_stem("{label}", a_job("C1", label=f"{label[:3]}sole"), 1) == f"{label[:3]}sole"


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
