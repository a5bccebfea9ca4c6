"""Properties of jobs, and how reports and failed polls change them."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kling_tui.costs import cost_of
from kling_tui.jobs import (
    MAX_CLOCK_SKEW,
    MAX_HISTORY,
    Job,
    Report,
    Review,
    Status,
    Transition,
    Video,
)
from tests.support.jobs import (
    COUNTS,
    I2V_PRICE,
    JOBS,
    NONEMPTY_TEXTS,
    NOW,
    NUMBERS,
    STATUSES,
    TIMES,
    VIDEOS,
    a_job,
    after,
    changed_fields,
    seen,
)

CLIP = Video("https://cdn.test/1.mp4?k=1", id="6eefbb94", duration=5.1)
VIDEO = Video("https://cdn.test/1.mp4")
DONE = a_job(status=Status.SUCCEEDED, videos=(VIDEO,), ended_at=NOW)
REPORTS = st.builds(
    Report,
    status=STATUSES,
    raw_status=st.none() | NONEMPTY_TEXTS,
    message=st.none() | NONEMPTY_TEXTS,
    queue_position=st.none() | COUNTS,
    eta_seconds=st.none() | NUMBERS,
    videos=st.lists(VIDEOS, max_size=3).map(tuple),
    prompt=st.none() | NONEMPTY_TEXTS,
    aspect_ratio=st.none() | NONEMPTY_TEXTS,
    processing_seconds=st.none() | NUMBERS,
    created_at=st.none() | TIMES,
    updated_at=st.none() | TIMES,
    reply=st.none() | NONEMPTY_TEXTS,
)
UNFINISHED_JOBS = JOBS.filter(lambda job: not job.ended)
ENDED_JOBS = JOBS.filter(lambda job: job.ended)
examples = settings(max_examples=40)


@pytest.mark.parametrize("status", Status)
def test_only_succeeded_and_failed_jobs_have_ended(status: Status) -> None:
    """The job has ended exactly when its status has."""
    assert status.ended == (status in {"succeeded", "failed"})
    assert a_job(status=status).ended == status.ended


@pytest.mark.parametrize(("label", "name"), [("hero shot", "hero shot"), ("", "some-id")])
def test_name_is_the_label_or_else_the_id(label: str, name: str) -> None:
    """The id is shown only without a label."""
    assert a_job("some-id", label=label).name == name


@pytest.mark.parametrize(
    ("status", "position", "in_queue"),
    [
        (Status.QUEUED, None, True),
        (Status.QUEUED, 3, True),
        (Status.RUNNING, 2, True),
        (Status.RUNNING, 0, False),
        (Status.RUNNING, None, False),
        (Status.UNKNOWN, 2, False),
        (Status.SUCCEEDED, 2, False),
        (Status.FAILED, 2, False),
    ],
)
def test_job_is_queued_by_status_or_by_position_while_running(
    status: Status, position: int | None, *, in_queue: bool
) -> None:
    """Some endpoints report queued jobs as running, with a position above 0."""
    assert a_job(status=status, queue_position=position).in_queue is in_queue


@pytest.mark.parametrize(
    ("status", "history", "new"),
    [
        (Status.UNKNOWN, (), True),
        (Status.UNKNOWN, seen(Status.UNKNOWN), False),
        (Status.RUNNING, seen(Status.RUNNING), False),
        (Status.SUCCEEDED, (), False),
    ],
)
def test_job_is_new_until_a_poll_succeeds(
    status: Status, history: tuple[Transition, ...], *, new: bool
) -> None:
    """A status or a history makes it known, even if only edited into the file."""
    assert a_job(status=status, history=history).is_new is new


@pytest.mark.parametrize(
    ("lengths", "seconds"),
    [((), None), ((None,), None), ((5.0,), 5.0), ((5.1, 5.1), 10.2), ((None, 0.0), 0.0)],
)
def test_seconds_are_the_sum_over_all_videos(
    lengths: tuple[float | None, ...], seconds: float | None
) -> None:
    """Videos of unknown length are left out."""
    job = a_job(videos=tuple(Video("https://cdn.test", duration=length) for length in lengths))
    assert job.seconds == seconds


class TestElapsed:
    """The seconds that a job took, or has taken so far."""

    @pytest.mark.parametrize(
        ("created", "seconds"), [(None, 60.0), (after(-40), 100.0), (after(90), 0.0)]
    )
    def test_unfinished_job_counts_from_its_start(
        self, created: datetime | None, seconds: float
    ) -> None:
        """The start is the gateway's, or else the time at which it was tracked."""
        assert a_job(created_at=created).elapsed(after(60)) == seconds

    @pytest.mark.parametrize(
        ("changes", "seconds"),
        [
            ({"created_at": after(-300), "updated_at": after(-15.5)}, 284.5),
            ({"created_at": after(-300)}, 40.0),
            ({"created_at": after(-300), "updated_at": after(-300)}, 40.0),
            ({"created_at": after(-300), "updated_at": after(-400)}, 40.0),
            ({"processing_seconds": 87.0}, 40.0),
            ({"history": seen(Status.SUCCEEDED), "processing_seconds": 87.0}, 87.0),
            ({"history": seen(Status.SUCCEEDED)}, None),
            ({"history": (), "ended_at": None}, None),
            ({"ended_at": after(-5)}, 0.0),
        ],
    )
    def test_ended_job_uses_the_best_known_times(
        self, changes: dict[str, Any], seconds: float | None
    ) -> None:
        """The gateway's times come first, then observed times, then its processing time."""
        history = seen(Status.RUNNING, Status.SUCCEEDED)
        ended = a_job(status=Status.SUCCEEDED, history=history, ended_at=after(40))
        job = replace(ended, **changes)
        assert job.elapsed(after(100)) == seconds
        assert job.elapsed(after(10_000)) == seconds


@pytest.mark.parametrize(
    ("changes", "remaining"),
    [
        ({}, 25.0),
        ({"eta_seconds": 0.0}, 0.0),
        ({"eta_seconds": 15.0}, 0.0),
        ({"eta_seconds": None}, None),
        ({"checked_at": None}, None),
        ({"status": Status.FAILED}, None),
        ({"checked_at": after(3_600)}, 45.0),
    ],
)
def test_remaining_time_counts_down_to_zero_and_never_grows(
    changes: dict[str, Any], remaining: float | None
) -> None:
    """It does not grow even if the system clock is set back."""
    job = a_job(status=Status.RUNNING, eta_seconds=45.0, checked_at=NOW)
    assert replace(job, **changes).remaining(after(20)) == remaining


@pytest.mark.parametrize(
    ("changes", "slow_after", "after_seconds", "slow"),
    [
        ({}, 300.0, 300, False),
        ({}, 300.0, 301, True),
        ({"queue_position": 9}, 300.0, 301, True),
        ({}, None, 2400, False),
        ({}, None, 2401, True),
        ({"created_at": after(100)}, 300.0, 301, False),
        ({"status": Status.SUCCEEDED}, 300.0, 9999, False),
        ({"status": Status.FAILED}, 300.0, 9999, False),
        ({"status": Status.UNKNOWN, "history": ()}, 300.0, 9999, False),
    ],
)
def test_job_is_slow_after_a_given_time_or_40_minutes(
    changes: dict[str, Any], slow_after: float | None, after_seconds: float, *, slow: bool
) -> None:
    """Ended and new jobs are never slow."""
    job = a_job(status=Status.RUNNING, history=seen(Status.RUNNING))
    assert replace(job, **changes).is_slow(after(after_seconds), slow_after) is slow


class TestWithReport:
    """A job after a successful poll."""

    @examples
    @given(JOBS, REPORTS, TIMES)
    def test_fields_of_the_user_stay(self, job: Job, report: Report, at: datetime) -> None:
        """No report changes the identity, the label or the price."""
        now = job.with_report(report, at)
        assert not {"id", "kind", "added_at", "price", "label"} & changed_fields(job, now)

    @examples
    @given(UNFINISHED_JOBS, REPORTS, TIMES)
    def test_unfinished_job_takes_over_the_status(
        self, job: Job, report: Report, at: datetime
    ) -> None:
        """It has an end exactly if the report has one."""
        now = job.with_report(report, at)
        assert (now.status, now.checked_at, now.problem) == (report.status, at, None)
        assert (now.ended_at is not None) == report.status.ended

    @examples
    @given(UNFINISHED_JOBS, REPORTS, TIMES)
    def test_history_grows_by_one_when_the_status_changes(
        self, job: Job, report: Report, at: datetime
    ) -> None:
        """The first report begins the history."""
        once = job.with_report(report, at)
        same = (job.status, job.raw_status) == (report.status, report.raw_status)
        step = Transition(at, report.status, report.raw_status)
        assert once.history == (job.history if same and job.history else (*job.history, step))
        assert once.with_report(report, at).history == once.history

    @examples
    @given(JOBS, REPORTS, TIMES)
    def test_same_report_again_changes_nothing(
        self, job: Job, report: Report, at: datetime
    ) -> None:
        """Taking over a report is idempotent."""
        once = job.with_report(report, at)
        assert once.with_report(report, at) == once

    def test_every_field_of_a_report_is_taken_over(self) -> None:
        """The job has all values of the report."""
        report = Report(
            status=Status.SUCCEEDED,
            raw_status="succeed",
            message="fine",
            videos=(CLIP,),
            prompt="Take @Image1",
            aspect_ratio="16:9",
            processing_seconds=87.0,
            created_at=after(-100),
            updated_at=after(-16),
            reply="{}",
        )
        assert a_job().with_report(report, NOW) == a_job(
            status=Status.SUCCEEDED,
            raw_status="succeed",
            message="fine",
            videos=(CLIP,),
            prompt="Take @Image1",
            aspect_ratio="16:9",
            processing_seconds=87.0,
            created_at=after(-100),
            updated_at=after(-16),
            checked_at=NOW,
            ended_at=after(-16),
            history=(Transition(NOW, Status.SUCCEEDED, "succeed"),),
            reply="{}",
            unread=True,
        )

    @examples
    @given(JOBS, REPORTS, TIMES)
    def test_only_a_new_end_is_unread(self, job: Job, report: Report, at: datetime) -> None:
        """A later report about an ended job leaves it as it was."""
        unread = job.unread if job.ended else report.status.ended
        assert job.with_report(report, at).unread is unread
        seen = replace(job, unread=False)
        assert not seen.differs_from(job)

    def test_lasting_facts_stay_when_a_report_omits_them(self) -> None:
        """Message, queue position and estimate do not stay."""
        job = a_job(
            videos=(CLIP,),
            prompt="Take @Image1",
            aspect_ratio="16:9",
            processing_seconds=87.0,
            created_at=after(-9),
            updated_at=after(-8),
            message="Processing",
            queue_position=2,
            eta_seconds=45.0,
        )
        now = job.with_report(Report(status=Status.UNKNOWN), after(5))
        gone = {"message", "queue_position", "eta_seconds"}
        assert changed_fields(job, now) == gone | {"checked_at", "history"}
        assert (now.message, now.queue_position, now.eta_seconds) == (None, None, None)

    @pytest.mark.parametrize(
        ("updated", "ended"), [(None, NOW), (after(-16), after(-16)), (after(16), NOW)]
    )
    def test_end_is_the_gateways_unless_in_the_future(
        self, updated: datetime | None, ended: datetime
    ) -> None:
        """Otherwise the time of the poll is the end."""
        report = Report(status=Status.FAILED, updated_at=updated)
        job = a_job().with_report(report, NOW)
        assert job.ended_at == ended
        assert job.with_report(report, after(60)).ended_at == ended


@pytest.mark.parametrize("field", ["created_at", "updated_at"])
@pytest.mark.parametrize(
    ("ahead", "known"),
    [
        (MAX_CLOCK_SKEW, True),
        (MAX_CLOCK_SKEW + timedelta(seconds=1), False),
        (timedelta(days=27_000), False),
    ],
)
def test_time_far_ahead_is_unknown(field: str, ahead: timedelta, known: bool) -> None:  # noqa: FBT001
    """A gateway's clock may be ahead, but not by years; an earlier report's time stays."""
    running = Report(status=Status.RUNNING, created_at=after(-9), updated_at=after(-8))
    changes: dict[str, Any] = {field: NOW + ahead}
    report = replace(running, **changes)
    assert getattr(a_job().with_report(report, NOW), field) == (NOW + ahead if known else None)
    job = a_job().with_report(running, NOW).with_report(report, NOW)
    assert getattr(job, field) == getattr(report if known else running, field)


class TestFinalEnd:
    """A job that has ended, after another poll."""

    @examples
    @given(ENDED_JOBS, REPORTS, TIMES)
    def test_contradiction_is_a_problem_and_changes_nothing_else(
        self, job: Job, report: Report, at: datetime
    ) -> None:
        """The status, the cost and the time of the end stay, whatever a gateway says later."""
        now = job.with_report(report, at)
        assert (now.status, now.ended_at, now.history) == (job.status, job.ended_at, job.history)
        if job.videos or job.status is Status.FAILED:
            assert cost_of(now) == cost_of(job)
        if report.status is job.status:
            assert now.problem is None
        else:
            assert changed_fields(job, now) <= {"problem", "problem_since"}
            assert str(report.raw_status or report.status) in str(now.problem)

    @pytest.mark.parametrize(
        ("report", "words"),
        [
            (Report(status=Status.RUNNING, raw_status="IN_PROGRESS"), "reports IN_PROGRESS, after"),
            (Report(status=Status.UNKNOWN, raw_status="thawing"), "reports thawing, after"),
            (
                Report(status=Status.FAILED, message="upstream restarting", conclusive=False),
                "reports failed: upstream restarting, after",
            ),
        ],
    )
    def test_problem_names_the_contradiction(self, report: Report, words: str) -> None:
        """It says what to do about it, and the next poll that agrees ends it."""
        now = DONE.with_report(report, after(5))
        assert words in str(now.problem)
        assert "succeeded; to poll it again, remove and add it" in str(now.problem)
        agreed = Report(status=Status.SUCCEEDED, videos=(VIDEO,))
        assert now.with_report(agreed, after(9)) == replace(DONE, checked_at=after(9))

    @pytest.mark.parametrize(
        ("links", "expected"), [("xy", "xy"), ("x", "x2"), ("", "12"), ("xyz", "xy")]
    )
    def test_links_are_renewed_and_nothing_else(self, links: str, expected: str) -> None:
        """Neither the number of videos nor their files and lengths change."""
        videos = tuple(
            Video(f"https://cdn.test/{number}", duration=5.1, file=f"/{number}.mp4")
            for number in "12"
        )
        renewed = tuple(Video(f"https://cdn.test/{link}", duration=9.0) for link in links)
        job = replace(DONE, videos=videos)
        now = job.with_report(Report(status=Status.SUCCEEDED, videos=renewed), after(5))
        assert "".join(video.url[-1] for video in now.videos) == expected
        assert [replace(video, url="") for video in now.videos] == [
            replace(video, url="") for video in videos
        ]

    def test_link_that_was_missing_is_taken_over(self) -> None:
        """A success may have been confirmed without one."""
        job = replace(DONE, videos=())
        assert job.with_report(Report(status=Status.SUCCEEDED, videos=(VIDEO,)), NOW) == replace(
            DONE, checked_at=NOW
        )

    def test_report_in_doubt_renews_no_link(self) -> None:
        """The next one may not be in doubt."""
        report = Report(status=Status.SUCCEEDED, videos=(CLIP,), conclusive=False)
        assert DONE.with_report(report, NOW).videos == DONE.videos


class TestWithPollError:
    """A job after a failed poll."""

    @examples
    @given(JOBS, NONEMPTY_TEXTS, TIMES)
    def test_only_the_problem_changes(self, job: Job, problem: str, at: datetime) -> None:
        """A failed poll says nothing about the job."""
        missed = job.with_poll_error(problem, at)
        assert changed_fields(job, missed) <= {"problem", "problem_since"}
        assert missed.problem == problem

    def test_problem_starts_with_the_first_failure_in_a_row(self) -> None:
        """Another problem starts again, and a successful poll ends it."""
        missed = a_job().with_poll_error("no answer", NOW).with_poll_error("no answer", after(5))
        assert (missed.problem, missed.problem_since) == ("no answer", NOW)
        other = missed.with_poll_error("HTTP 502", after(9))
        assert (other.problem, other.problem_since) == ("HTTP 502", after(9))
        answered = missed.with_report(Report(status=Status.RUNNING), after(10))
        assert (answered.problem, answered.problem_since) == (None, None)
        assert answered.with_poll_error("no answer", after(15)).problem_since == after(15)


RUNNING = Report(status=Status.RUNNING, raw_status="processing", eta_seconds=45.0)


@pytest.mark.parametrize(
    ("changes", "differs"),
    [
        ({}, False),
        ({"eta_seconds": 40.0, "updated_at": NOW, "reply": "{}"}, False),
        ({"raw_status": "running"}, True),
        ({"status": Status.SUCCEEDED}, True),
        ({"queue_position": 2}, True),
        ({"message": "Processing"}, True),
        ({"videos": (CLIP,)}, True),
    ],
)
def test_differs_only_by_more_than_times_estimates_and_raw_reply(
    changes: dict[str, Any], *, differs: bool
) -> None:
    """Such differences alone are not reported."""
    before = a_job().with_report(RUNNING, NOW)
    assert before.with_report(replace(RUNNING, **changes), after(5)).differs_from(before) is differs


def test_new_or_solved_problem_is_a_difference() -> None:
    """That it lasts is none."""
    job = a_job().with_report(RUNNING, NOW)
    missed = job.with_poll_error("no answer", NOW)
    assert missed.differs_from(job)
    assert not missed.with_poll_error("no answer", after(5)).differs_from(missed)
    assert missed.with_report(RUNNING, after(5)).differs_from(missed)


def test_what_the_user_does_with_a_job_is_no_difference() -> None:
    """Commands would print it again: a label, a review, a download, or a link renewed for that."""
    job = a_job().with_report(replace(RUNNING, status=Status.SUCCEEDED, videos=(CLIP,)), NOW)
    downloaded = job.with_file(0, "/videos/fox.mp4")
    renewed = replace(CLIP, url="https://cdn.test/later")
    changes = {"label": "fox", "review": Review.KEPT, "price": None, "videos": (renewed,)}
    edited = [replace(job, **{name: value}) for name, value in changes.items()]
    assert not any(each.differs_from(job) for each in (downloaded, *edited))


def test_price_stays_as_tracked() -> None:
    """A report does not change it."""
    assert a_job().with_report(RUNNING, NOW).price == I2V_PRICE


def test_history_is_limited() -> None:
    """A gateway that changes its status at every poll fills neither memory nor the file."""
    job = a_job()
    for number in range(MAX_HISTORY * 2):
        job = job.with_report(Report(status=Status.UNKNOWN, raw_status=f"word {number}"), NOW)
    assert len(job.history) == MAX_HISTORY
    assert job.history[-1].raw_status == f"word {MAX_HISTORY * 2 - 1}"


class TestExpiry:
    """When results can no longer be downloaded."""

    @pytest.mark.parametrize(
        ("days", "soon", "expired"),
        [(0, False, False), (26.9, False, False), (27, True, False), (29.9, True, False),
         (30, False, True), (99, False, True)],
    )  # fmt: skip
    def test_results_expire_after_30_days_with_a_warning_for_3(
        self, days: float, *, soon: bool, expired: bool
    ) -> None:
        """The days count from the end of the job."""
        now = after(days * 86_400)
        assert (DONE.expires_soon(now), DONE.is_expired(now)) == (soon, expired)

    @pytest.mark.parametrize(
        "job",
        [
            DONE.with_file(0, "/clip.mp4"),
            replace(DONE, videos=()),
            replace(DONE, status=Status.RUNNING),
            replace(DONE, ended_at=None),
        ],
    )
    def test_nothing_to_download_never_expires(self, job: Job) -> None:
        """Downloaded, missing and unfinished results do not expire."""
        assert job.expires_at is None
        assert not job.expires_soon(after(29 * 86_400))
        assert not job.is_expired(after(99 * 86_400))


class TestFiles:
    """The paths of downloaded videos."""

    def test_job_is_downloaded_once_all_videos_are(self) -> None:
        """One video without a file still awaits its download."""
        job = replace(DONE, videos=(VIDEO, VIDEO))
        assert job.awaits_download
        assert job.with_file(1, "/b.mp4").awaits_download
        assert job.with_file(1, "/b.mp4").with_file(0, "/a.mp4").downloaded
        assert job.with_file(1, "/b.mp4").with_file(1, None) == job

    @pytest.mark.parametrize(
        ("before", "reported", "links"),
        [
            ("a b", "a1 b2", "1 2"),
            ("a b", "b2 a1", "1 2"),
            ("a b", "b2", "- 2"),
            ("a b", "c3 a1", "1 3"),
            ("a", "c3", "3"),
            ("-", "a1", "1"),
            ("a", "-1", "1"),
            ("- -", "-1 -2 -3", "1 2"),
        ],
    )
    def test_videos_are_matched_by_id_or_else_by_position(
        self, before: str, reported: str, links: str
    ) -> None:
        """Ids are letters, links are digits, and - is none."""

        def videos(notation: str) -> tuple[Video, ...]:
            return tuple(
                Video(entry[1:] or "-", id=entry[0].strip("-") or None)
                for entry in notation.split()
            )

        job = replace(DONE, videos=videos(before))
        report = Report(status=Status.SUCCEEDED, videos=videos(reported))
        assert " ".join(video.url for video in job.with_report(report, NOW).videos) == links


@pytest.mark.parametrize(
    ("label", "batch"),
    [
        ("campaign/shot 3", "campaign"),
        ("campaign / shot 3", "campaign"),
        ("campaign/day 2/shot 3", "campaign"),
        ("campaign", ""),
        ("campaign/", ""),
        ("/shot 3", ""),
        ("https://cdn.test/1.png", ""),
        ("", ""),
    ],
)
def test_the_batch_is_what_is_before_the_first_slash_of_the_label(label: str, batch: str) -> None:
    """Where there is something on both sides; a URL is no batch."""
    assert a_job(label=label).batch == batch


@pytest.mark.parametrize(
    ("label", "renamed", "alone"),
    [
        ("campaign/shot 3", "new/shot 3", "shot 3"),
        ("campaign / shot 3", "new/ shot 3", "shot 3"),
        ("campaign/day/shot 3", "new/day/shot 3", "day/shot 3"),
    ],
)
def test_a_label_keeps_what_is_after_the_name_of_its_batch(
    label: str, renamed: str, alone: str
) -> None:
    """In another batch, and in none."""
    job = a_job(label=label)
    assert job.label_in_batch("new") == renamed
    assert job.label_in_batch("") == alone
