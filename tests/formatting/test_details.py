"""The fields of the detail pane."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kling_tui.downloads import Progress
from kling_tui.formatting import results, text
from kling_tui.formatting.details import detail_fields
from kling_tui.formatting.render_context import RenderContext
from kling_tui.gateways import BUILT_IN, with_not_polled_reason
from kling_tui.jobs import Job, Review, Source, Status, Transition, Video
from kling_tui.previews import Specs
from tests.support.jobs import JOBS, NOW, O1_PRICE, REQUEST, TIMES, a_job, after, seen


def fields(
    job: Job, next_at: datetime | None = None, seconds: float = 20, **typical: float
) -> list[tuple[str, str]]:
    """Return names and values without styles, `seconds` after `NOW`."""
    durations = {Source(kind): duration for kind, duration in typical.items()}
    slow_after = {source: 3 * duration for source, duration in durations.items()}
    shown = detail_fields(job, RenderContext(after(seconds), durations, slow_after), next_at)
    return [(name, "".join(text for text, _ in spans)) for name, spans in shown if spans]


def value(name: str, job: Job, **arguments: Any) -> str | None:
    """Return the value of one field; None if it is not shown."""
    return dict(fields(job, **arguments)).get(name)


def moment(seconds: float) -> str:
    """Return a time as shown 20 seconds after `NOW`."""
    return text.moment(after(seconds), after(20))


def test_new_job_has_no_empty_fields() -> None:
    """Only what is known is shown."""
    assert fields(a_job("C1")) == [
        ("status", "○ new"),
        ("cost", "$0.35  estimated as 5 s at $0.35"),
        ("id", "C1"),
        ("kind", "i2v  Kling AI I2V"),
        ("tracked", moment(0)),
    ]


def test_finished_job_shows_everything_known() -> None:
    """Two videos, one of them downloaded."""
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
    assert fields(job, next_at=after(30)) == [
        ("status", "✓ done  1:27"),
        ("message", "fine"),
        ("problem", "HTTP 502  for 15 s"),
        ("", "the gateway or the model failed or took too long. The job itself is not affected"),
        ("video 1", "https://cdn.test/1.mp4  5.1 s  1280×720  video/mp4  6ee"),
        ("file", "/home/me/1.mp4"),
        ("", results.NO_PREVIEW),
        ("video 2", "https://cdn.test/2.mp4"),
        ("expires", f"in 29 d  {text.local(after(2 + 30 * 86_400), NOW)}"),
        ("cost", "$0.90  $0.90 per generation"),
        ("label", "winter lights"),
        ("id", REQUEST),
        ("kind", "o1  Kling O1"),
        ("tracked", moment(0)),
        ("ended", moment(2)),
        ("created", moment(-100)),
        ("updated", moment(-13)),
        ("checked", moment(1)),
        ("history", f"{text.local(after(-86_400 * 3), NOW)}  running  IN_PROGRESS"),
        ("", f"{text.local(after(2), NOW)}  succeeded  "),
        ("aspect", "16:9"),
        ("processing", "87 s"),
        ("prompt", "Take @Image1"),
    ]


@pytest.mark.parametrize("review", Review)
def test_a_review_stands_beside_the_status(review: Review) -> None:
    """In its colour."""
    job = a_job(status=Status.SUCCEEDED, videos=(Video("x"),), review=review)
    assert value("status", job) == f"✓ done  —  {review}"
    (_, spans), *_ = detail_fields(job, RenderContext(NOW), None)
    assert spans[-1] == (f"  {review}", str(review))


def test_each_time_is_shown_once() -> None:
    """The last poll of a finished job is usually that which found its end."""
    job = a_job(status=Status.SUCCEEDED, history=seen(Status.SUCCEEDED), ended_at=after(5))
    same = replace(job, updated_at=after(5), checked_at=after(5), created_at=NOW)
    shown = [name for name, _ in fields(same)]
    assert {"tracked", "ended"} <= set(shown)
    assert not {"created", "updated", "checked"} & set(shown)
    assert value("checked", replace(same, checked_at=after(6))) == moment(6)


RUNNING = a_job(status=Status.RUNNING, history=seen(Status.RUNNING), checked_at=NOW)


@pytest.mark.parametrize(
    ("seconds", "shown"), [(25, text.time_of_day(after(25))), (20, "now"), (-60, "now")]
)
def test_next_poll_is_shown_while_there_is_one(seconds: float, shown: str) -> None:
    """An ended job has none."""
    assert value("next poll", RUNNING, next_at=after(seconds)) == shown
    assert value("next poll", RUNNING) is None
    ended = a_job(status=Status.FAILED, history=seen(Status.FAILED))
    assert value("next poll", ended, next_at=after(seconds)) is None


def test_progress_uses_the_typical_duration_of_the_kind() -> None:
    """Without one, there is no field."""
    assert value("progress", RUNNING, i2v=80.0) == "~1 min left"
    assert value("progress", RUNNING, o1=80.0) is None


def test_slow_job_shows_what_is_usual() -> None:
    """It also says that the job may still finish."""
    late = replace(RUNNING, added_at=after(-1000))
    assert value("slow", RUNNING, i2v=80.0) is None
    assert value("slow", late, i2v=80.0) == (
        "similar jobs take 1 min; this one may still finish and be billed"
    )
    assert value("slow", replace(late, added_at=after(-3000))) == (
        "most jobs take minutes; this one may still finish and be billed"
    )


@pytest.mark.parametrize(
    ("status", "style"), [(Status.FAILED, "failed"), (Status.RUNNING, "plain")]
)
def test_message_of_a_failed_job_is_styled_as_failure(status: Status, style: str) -> None:
    """That of a live job is plain."""
    job = a_job(status=status, history=seen(status), message="bad image")
    assert ("message", (("bad image", style),)) in detail_fields(job, RenderContext(NOW), None)


def test_only_result_urls_are_links() -> None:
    """A URL in the prompt is not."""
    job = a_job(videos=(Video("https://cdn.test/1.mp4?a=[b]"),), prompt="https://cdn.test/no")
    spans = [span for _, spans in detail_fields(job, RenderContext(NOW), None) for span in spans]
    assert [text for text, style in spans if style == "link"] == ["https://cdn.test/1.mp4?a=[b]"]


def test_profile_is_shown_where_there_are_several() -> None:
    """It is also shown for a job of a profile that is no longer in the config."""
    job = a_job(profile="studio")
    assert value("profile", a_job()) is None
    assert value("profile", job) == "studio"
    assert dict(detail_fields(a_job(), RenderContext(NOW, profiles=["", "studio"]), None))[
        "profile"
    ] == (("default", "plain"),)


def test_job_of_a_removed_endpoint_keeps_its_status() -> None:
    """The problem says why it is not polled."""
    assert value("kind", a_job(kind="v3", price=None)) == "v3  no such endpoint in the config"
    job = a_job(kind="v3", status=Status.RUNNING, problem="no answer", problem_since=NOW)
    assert value("status", job) == "● running"
    assert value("problem", job) == "not polled: the config has no endpoint 'v3' any more"
    assert value("problem", replace(job, status=Status.SUCCEEDED)) == "no answer  for 20 s"
    assert value("cost", a_job(price=None)) == "?  no known price"


@settings(max_examples=60)
@given(JOBS, TIMES, st.none() | TIMES)
def test_any_job(job: Job, now: datetime, next_at: datetime | None) -> None:
    """Every known value is shown, and every name fits in its column."""
    shown = list(detail_fields(job, RenderContext(now, {job.source: 80.0}), next_at))
    all_text = "\n".join(part for _, spans in shown for part, _ in spans)
    problem = with_not_polled_reason(job, BUILT_IN, [""]).problem
    values = (job.id, job.kind, job.label, job.message, problem, job.prompt, job.aspect_ratio)
    urls = (video.url for video in job.videos)
    assert all(value in all_text for value in (*values, *urls, text.raw_status(job)) if value)
    assert all(len(name) < 11 for name, _ in shown)


def test_known_failure_is_explained_below_the_message() -> None:
    """With what it means and whether to retry; a failure that is not known has no explanation."""
    job = a_job(status=Status.FAILED, message="Failure to pass the risk control system")
    meaning = "the content filter rejected the prompt or an image"
    assert fields(job)[1:3] == [
        ("message", "Failure to pass the risk control system"),
        ("reason", f"{meaning}. Retry: only with another prompt or image"),
    ]
    assert value("reason", replace(job, message="bad luck")) is None
    assert value("reason", replace(job, status=Status.RUNNING)) is None


def test_known_problem_of_a_poll_is_explained_below_it() -> None:
    """It says nothing about the job."""
    job = replace(RUNNING, problem="account out of credit (402)", problem_since=NOW)
    shown = fields(job)
    index = [name for name, _ in shown].index("problem")
    assert shown[index + 1] == (
        "",
        "the account has no credit left. The job itself is not affected",
    )


def test_failed_job_says_that_it_is_usually_not_billed() -> None:
    """In the explanation of its cost."""
    shown = value("cost", a_job(status=Status.FAILED)) or ""
    assert shown.endswith("; failed jobs are usually not billed")


DONE = a_job(status=Status.SUCCEEDED, videos=(Video("https://cdn.test/1.mp4"),), ended_at=NOW)
FILE = Path("/home/me/clip.mp4")


@pytest.mark.parametrize(
    ("progress", "shown"),
    [
        (Progress(FILE, waiting=True), "waiting to download"),
        (Progress(FILE), "0 B"),
        (Progress(FILE, 12_300_000, None, 4e6), "12.3 MB, 4.0 MB/s"),
        (Progress(FILE, 30, 120, 15.0), "━━──────  30 B of 120 B, 15 B/s, 6 s left"),
        (
            Progress(FILE, 30, 120, 0.0, "the line was cut"),
            "━━──────  retrying: the line was cut",
        ),
    ],
)
def test_download_shows_progress_and_target(progress: Progress, shown: str) -> None:
    """Waiting, running, and retrying."""
    context = RenderContext(NOW, downloads={DONE.id: progress})
    by_name = {
        name: "".join(part for part, _ in spans)
        for name, spans in detail_fields(DONE, context, None)
    }
    assert by_name["download"] == shown
    assert by_name["to"] == str(FILE)


def test_downloaded_file_shows_its_properties() -> None:
    """Or why it cannot be read, or how to install preview; nothing until it was read."""
    file = "/home/me/clip.mp4"
    downloaded = DONE.with_file(0, file)
    specs = Specs(1280, 720, "h264", 4_200_000, 5.1, 24.0)
    broken = "has no picture in it"
    for clip_info, shown, style in (
        ({file: specs}, "1280×720  5.1 s  24 fps  h264  4.2 MB", "muted"),
        ({file: Specs(1, 2, "vp9", 3)}, "1×2  vp9  3 B", "muted"),
        ({file: broken}, broken, "problem"),
        (None, results.NO_PREVIEW, "muted"),
    ):
        assert ("", ((shown, style),)) in detail_fields(
            downloaded, RenderContext(NOW), None, clip_info
        )
    assert ("", ()) in detail_fields(downloaded, RenderContext(NOW), None, {})


def test_missing_file_shows_where_it_was() -> None:
    """Its disk may only have to be mounted; until then its result still expires."""
    missing = DONE.with_file(0, None, missing_file="/disk/clip.mp4")
    fields = list(detail_fields(missing, RenderContext(NOW), None, {}))
    shown = fields.index(("missing", (("/disk/clip.mp4", "problem"),)))
    assert fields[shown + 1] == ("", (("deleted, or its disk is not mounted", "muted"),))
    assert "expires" in dict(fields)
    assert "missing" not in dict(
        detail_fields(missing.with_file(0, "/clip.mp4"), RenderContext(NOW), None, {})
    )


def test_failed_download_shows_the_reason_until_the_file_exists() -> None:
    """Once downloaded, neither the error nor the expiry is shown."""
    context = RenderContext(NOW, download_errors={DONE.id: "the result is gone"})
    failed = dict(detail_fields(DONE, context, None))
    assert failed["download"] == (("the result is gone", "problem"),)
    downloaded = dict(detail_fields(DONE.with_file(0, "/home/me/clip.mp4"), context, None))
    assert "download" not in downloaded
    assert "expires" not in downloaded


@pytest.mark.parametrize(
    ("days", "shown", "style"),
    [(1, "in 29 d", "plain"), (27, "in 3 d", "problem"), (29.9, "in 2 h", "problem"),
     (30, "expired", "problem"), (90, "expired", "problem")],
)  # fmt: skip
def test_expiry_is_marked_three_days_before(days: float, shown: str, style: str) -> None:
    """And after it."""
    by_name = dict(detail_fields(DONE, RenderContext(after(days * 86_400)), None))
    assert by_name["expires"][0] == (shown, style)
