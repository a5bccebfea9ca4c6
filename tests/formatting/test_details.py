"""Everything known about a job, in names and values."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kling_tui.downloads import Progress
from kling_tui.formatting import text
from kling_tui.formatting.columns import RenderContext
from kling_tui.formatting.details import detail_fields
from kling_tui.gateways import BUILT_IN, with_not_polled_reason
from kling_tui.jobs import Job, Source, Status, Transition, Video
from kling_tui.previews import Specs
from tests.support.jobs import JOBS, NOW, O1_PRICE, REQUEST, TIMES, a_job, after, seen


def told(
    job: Job, next_at: datetime | None = None, seconds: float = 20, **usual: float
) -> list[tuple[str, str]]:
    """Return the names and values that there are, without their looks."""
    known = detail_fields(
        job,
        RenderContext(after(seconds), {Source(kind): each for kind, each in usual.items()}),
        next_at,
    )
    return [(name, "".join(words for words, _ in spans)) for name, spans in known if spans]


def value(name: str, job: Job, **arguments: Any) -> str | None:
    """Return what is told under a name, None where nothing is."""
    return dict(told(job, **arguments)).get(name)


def moment(seconds: float) -> str:
    """Return a moment as it is told 20 seconds after `NOW`."""
    return text.moment(after(seconds), after(20))


def test_a_new_job() -> None:
    """Of a job that is new there is little to tell, and no empty lines."""
    assert told(a_job("C1")) == [
        ("status", "○ new"),
        ("cost", "$0.35  $0.35 for 5 s, while the length is not known"),
        ("id", "C1"),
        ("kind", "i2v  Kling AI I2V"),
        ("tracked", moment(0)),
    ]


def test_a_job_that_is_done() -> None:
    """All that is known is told."""
    job = Job(
        id=REQUEST,
        kind="o1",
        added_at=NOW,
        price=O1_PRICE,
        label="winter lights",
        status=Status.SUCCEEDED,
        raw_status="COMPLETED",
        message="fine",
        problem="HTTP 502",
        problem_since=after(5),
        videos=(
            Video("https://cdn.test/1.mp4", "6ee", 5.1, 1280, 720, "video/mp4", "/home/me/1.mp4"),
            Video("https://cdn.test/2.mp4"),
        ),
        prompt="Take @Image1",
        aspect_ratio="16:9",
        processing_seconds=87.0,
        created_at=after(-100),
        updated_at=after(-13),
        checked_at=after(1),
        ended_at=after(2),
        history=(
            Transition(after(-86_400 * 3), Status.RUNNING, "IN_PROGRESS"),
            Transition(after(2), Status.SUCCEEDED),
        ),
    )
    assert told(job, next_at=after(30)) == [
        ("status", "✓ done  COMPLETED  1:27"),
        ("message", "fine"),
        ("problem", "HTTP 502  for 15 s"),
        ("video 1", "https://cdn.test/1.mp4"),
        ("", "5.1 s  1280×720  video/mp4  6ee"),
        ("file", "/home/me/1.mp4"),
        ("", text.NO_PREVIEW),
        ("video 2", "https://cdn.test/2.mp4"),
        ("expires", f"in 29 d  {text.local(after(2 + 30 * 86_400), NOW)}"),
        ("cost", "$0.90  $0.90 a generation"),
        ("label", "winter lights"),
        ("id", REQUEST),
        ("kind", "o1  Kling O1"),
        ("prompt", "Take @Image1"),
        ("aspect", "16:9"),
        ("processing", "87 s"),
        ("tracked", moment(0)),
        ("created", moment(-100)),
        ("updated", moment(-13)),
        ("checked", moment(1)),
        ("ended", moment(2)),
        ("history", f"{text.local(after(-86_400 * 3), NOW)}  running  IN_PROGRESS"),
        ("", f"{text.local(after(2), NOW)}  succeeded  "),
    ]


RUNNING = a_job(status=Status.RUNNING, history=seen(Status.RUNNING), checked_at=NOW)


@pytest.mark.parametrize(
    ("seconds", "words"), [(25, text.time_of_day(after(25))), (20, "now"), (-60, "now")]
)
def test_next_poll(seconds: float, words: str) -> None:
    """The next poll is told while there is one."""
    assert value("next poll", RUNNING, next_at=after(seconds)) == words
    assert value("next poll", RUNNING) is None
    ended = a_job(status=Status.FAILED, history=seen(Status.FAILED))
    assert value("next poll", ended, next_at=after(seconds)) is None


def test_progress() -> None:
    """A live job tells how far it is, by what is usual for its kind if need be."""
    assert value("progress", RUNNING, i2v=80.0) == "~1 min left"
    assert value("progress", RUNNING, o1=80.0) is None


def test_slow() -> None:
    """A job that takes long says what is usual, and that it is not lost."""
    late = replace(RUNNING, added_at=after(-1000))
    assert value("slow", RUNNING, i2v=80.0) is None
    assert value("slow", late, i2v=80.0) == (
        "jobs of its kind take 1 min; it may still finish, and be billed"
    )
    assert value("slow", replace(late, added_at=after(-3000))) == (
        "most jobs take minutes; it may still finish, and be billed"
    )


@pytest.mark.parametrize(("status", "look"), [(Status.FAILED, "failed"), (Status.RUNNING, "plain")])
def test_why_it_failed(status: Status, look: str) -> None:
    """The message of a job that failed is the reason, and looks like it."""
    job = a_job(status=status, history=seen(status), message="bad image")
    assert ("message", (("bad image", look),)) in detail_fields(job, RenderContext(NOW), None)


def test_links() -> None:
    """Only a result's address is a link."""
    job = a_job(videos=(Video("https://cdn.test/1.mp4?a=[b]"),), prompt="https://cdn.test/no")
    spans = [span for _, spans in detail_fields(job, RenderContext(NOW), None) for span in spans]
    assert [words for words, look in spans if look == "link"] == ["https://cdn.test/1.mp4?a=[b]"]


def test_profile() -> None:
    """It is told where there are several, and of a job that is of one that has gone."""
    job = a_job(profile="studio")
    assert value("profile", a_job()) is None
    assert value("profile", job) == "studio"
    assert dict(detail_fields(a_job(), RenderContext(NOW, profiles=["", "studio"]), None))[
        "profile"
    ] == (("default", "plain"),)


def test_a_kind_of_elsewhere() -> None:
    """A job whose endpoint is not in the config is shown as it last was, with the reason."""
    assert value("kind", a_job(kind="v3", price=None)) == "v3  an endpoint not known here"
    job = a_job(kind="v3", status=Status.RUNNING, problem="no answer", problem_since=NOW)
    assert value("status", job) == "● running"
    assert value("problem", job) == "not polled: the config has no endpoint 'v3' any more"
    assert value("problem", replace(job, status=Status.SUCCEEDED)) == "no answer  for 20 s"
    assert value("cost", a_job(price=None)) == "?  no price is known for this job"


@settings(max_examples=60)
@given(JOBS, TIMES, st.none() | TIMES)
def test_any_job(job: Job, now: datetime, next_at: datetime | None) -> None:
    """Of any job all that it holds is told, each under a name that fits beside it."""
    known = list(detail_fields(job, RenderContext(now, {job.source: 80.0}), next_at))
    words = "\n".join(word for _, spans in known for word, _ in spans)
    problem = with_not_polled_reason(job, BUILT_IN, [""]).problem
    held = (job.id, job.kind, job.label, job.message, problem, job.prompt, job.aspect_ratio)
    links = (video.url for video in job.videos)
    assert all(each in words for each in (*held, *links, job.raw_status) if each)
    assert all(len(name) < 11 for name, _ in known)


def test_cost_of_a_failed_job() -> None:
    """It is said that nobody knows whether it is billed."""
    story = value("cost", a_job(status=Status.FAILED)) or ""
    assert story.endswith("; a failed job may be free")


DONE = a_job(status=Status.SUCCEEDED, videos=(Video("https://cdn.test/1.mp4"),), ended_at=NOW)
HERE = Path("/home/me/clip.mp4")


@pytest.mark.parametrize(
    ("progress", "words"),
    [
        (Progress(HERE, waiting=True), "waits to be fetched"),
        (Progress(HERE), "0 B"),
        (Progress(HERE, 12_300_000, None, 4e6), "12.3 MB, 4.0 MB/s"),
        (Progress(HERE, 30, 120, 15.0), "━━──────  30 B of 120 B, 15 B/s, 6 s left"),
        (
            Progress(HERE, 30, 120, 0.0, "the line was cut"),
            "━━──────  tried again: the line was cut",
        ),
    ],
)
def test_a_download(progress: Progress, words: str) -> None:
    """How far it is, and where it goes."""
    context = RenderContext(NOW, downloads={DONE.id: progress})
    told = {
        name: "".join(each for each, _ in spans)
        for name, spans in detail_fields(DONE, context, None)
    }
    assert told["download"] == words
    assert told["to"] == str(HERE)


def test_what_a_file_is() -> None:
    """By its own word, or why it cannot be shown, or how it could be; nothing until it is read."""
    file = "/home/me/clip.mp4"
    here = DONE.with_file(0, file)
    specs = Specs(1280, 720, "h264", 4_200_000, 5.1, 24.0)
    broken = "has no picture in it"
    for clips, words, look in (
        ({file: specs}, "1280×720  5.1 s  24 fps  h264  4.2 MB", "muted"),
        ({file: Specs(1, 2, "vp9", 3)}, "1×2  vp9  3 B", "muted"),
        ({file: broken}, broken, "problem"),
        (None, text.NO_PREVIEW, "muted"),
    ):
        assert ("", ((words, look),)) in detail_fields(here, RenderContext(NOW), None, clips)
    assert ("", ()) in detail_fields(here, RenderContext(NOW), None, {})


def test_a_download_that_failed() -> None:
    """Why, until the result is here."""
    context = RenderContext(NOW, download_errors={DONE.id: "the result is gone"})
    told = dict(detail_fields(DONE, context, None))
    assert told["download"] == (("the result is gone", "problem"),)
    here = dict(detail_fields(DONE.with_file(0, "/home/me/clip.mp4"), context, None))
    assert "download" not in here
    assert "expires" not in here


@pytest.mark.parametrize(
    ("days", "words", "look"),
    [(1, "in 29 d", "plain"), (27, "in 3 d", "problem"), (29.9, "in 2 h", "problem"),
     (30, "expired", "problem"), (90, "expired", "problem")],
)  # fmt: skip
def test_until_when_a_result_can_be_fetched(days: float, words: str, look: str) -> None:
    """It is marked when it is about to go, and when it has gone."""
    told = dict(detail_fields(DONE, RenderContext(after(days * 86_400)), None))
    assert told["expires"][0] == (words, look)
