"""The lines below the posters of the clip wall."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kling_tui.formatting import captions
from kling_tui.formatting.cells import width
from kling_tui.formatting.names import JobNames
from kling_tui.jobs import Job, Review, Status
from tests.support.jobs import JOBS, a_job, clip

DONE = a_job(status=Status.SUCCEEDED, label="hero shot", videos=(clip(5.1),))
KEPT, REJECTED = (replace(DONE, review=review) for review in Review)


def shown(job: Job, cells: int) -> str:
    """Return the line of facts as text."""
    return "".join(text for text, _ in captions.facts(job, 0, cells))


@pytest.mark.parametrize(
    ("job", "cells", "line"),
    [
        (DONE, 24, "i2v  5.1 s  $0.35       "),
        (KEPT, 24, "i2v  5.1 s  $0.35   kept"),
        (REJECTED, 24, "5.1 s  $0.35    rejected"),
        (REJECTED, 16, "$0.35   rejected"),
        (REJECTED, 10, "  rejected"),
        (REJECTED, 5, "reje…"),
        (replace(DONE, videos=(clip(),), price=None), 10, "i2v  ?    "),
    ],
)
def test_facts_fit_with_the_review_at_the_right(job: Job, cells: int, line: str) -> None:
    """The kind is left out first."""
    assert shown(job, cells) == line


def test_a_job_with_several_videos_numbers_them() -> None:
    """The name gives way to the number."""
    job = replace(DONE, videos=(clip(5.0), clip(5.0)))
    assert captions.title(job, 1, JobNames(), 24) == "hero shot 2/2"
    assert captions.title(job, 1, JobNames(), 10) == "hero… 2/2"
    assert captions.title(DONE, 0, JobNames(), 24) == "hero shot"


@given(JOBS, st.integers(1, 60))
def test_any_result_has_captions_of_the_given_width(job: Job, cells: int) -> None:
    """Whatever its names are."""
    for number in range(len(job.videos)):
        assert width(shown(job, cells)) == cells
        assert width(captions.title(job, number, JobNames([job]), cells)) <= max(cells, 5)
