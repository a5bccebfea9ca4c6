"""Names of jobs, where labels are equal and where they are not."""

from hypothesis import given
from hypothesis import strategies as st

from kling_tui.formatting.ansi import job_row, uncolored
from kling_tui.formatting.names import JobNames
from kling_tui.formatting.render_context import RenderContext
from kling_tui.jobs import Job
from tests.support.jobs import JOBS, NOW, a_job


def test_a_label_alone_is_the_name_while_no_other_job_has_it() -> None:
    """A job without a label is named by its id, and so are all others without one."""
    jobs = [a_job("id-1", label="hero"), a_job("id-2", label="fox"), a_job("id-3"), a_job("id-4")]
    assert list(map(JobNames(jobs).name, jobs)) == ["hero", "fox", "id-3", "id-4"]


def test_equal_labels_are_followed_by_the_end_of_the_id() -> None:
    """By as many characters as distinguish these jobs, four at least."""
    short = [a_job("842250903629086785", label="fox"), a_job("842250903629081111", label="fox")]
    long = [a_job("1-00001", label="owl"), a_job("2-00001", label="owl")]
    names = JobNames([*short, *long])
    assert [*map(names.name, short)] == ["fox #6785", "fox #1111"]
    assert [*map(names.name, long)] == ["owl #1-00001", "owl #2-00001"]


def test_several_jobs_of_one_batch_are_named_by_it() -> None:
    """Otherwise only their number is given."""
    one, other = a_job("1", label="campaign/1"), a_job("2", label="campaign/2")
    alone = a_job("3", label="fox")
    names = JobNames([one, other, alone])
    assert names.name_or_count([one]) == "campaign/1"
    assert names.name_or_count([one, other]) == "2 jobs of campaign"
    assert names.name_or_count([one, alone]) == names.name_or_count([alone, alone]) == "2 jobs"


def test_names_change_with_the_labels() -> None:
    """After one of two equal labels is gone, the other needs no suffix."""
    one, other = a_job("id-1", label="fox"), a_job("id-2", label="fox")
    names = JobNames([one, other])
    assert names.name(one) == "fox #id-1"
    names.update([one])
    assert names.name(one) == "fox"


@given(st.lists(JOBS, unique_by=lambda job: job.id, max_size=6), st.sampled_from(["", "fox"]))
def test_names_of_labelled_jobs_differ(jobs: list[Job], label: str) -> None:
    """Whatever the ids are."""
    labelled = [a_job(job.id, label=label) for job in jobs]
    assert len(set(map(JobNames(labelled).name, labelled))) == len(labelled)


def test_a_narrow_row_keeps_the_suffix() -> None:
    """The label gives way, because the suffix is what distinguishes the rows."""
    jobs = [
        a_job(f"84225090362908{n}", label="a campaign with a long name/shot 3") for n in (7654, 8)
    ]
    context = RenderContext(NOW, names=JobNames(jobs))
    assert "a campai… #7654" in job_row(jobs[0], context, 60, uncolored)
