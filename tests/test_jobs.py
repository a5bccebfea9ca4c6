"""What jobs say about themselves, and what becomes of them when the gateway answers or does not."""

from dataclasses import fields, replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kling_tui.jobs import (
    MAX_HISTORY,
    Job,
    Report,
    Status,
    Transition,
    Video,
)
from tests.support.jobs import (
    COUNTS,
    I2V_PRICE,
    JOBS,
    NOW,
    NUMBERS,
    STATUSES,
    TIMES,
    VIDEOS,
    WORDS,
    a_job,
    after,
    seen,
)

CLIP = Video("https://cdn.test/1.mp4?k=1", id="6eefbb94", duration=5.1)
REPORTS = st.builds(
    Report,
    status=STATUSES,
    raw_status=st.none() | WORDS,
    message=st.none() | WORDS,
    queue_position=st.none() | COUNTS,
    eta_seconds=st.none() | NUMBERS,
    videos=st.lists(VIDEOS, max_size=3).map(tuple),
    prompt=st.none() | WORDS,
    aspect_ratio=st.none() | WORDS,
    processing_seconds=st.none() | NUMBERS,
    created_at=st.none() | TIMES,
    updated_at=st.none() | TIMES,
    reply=st.none() | WORDS,
)
any_jobs = settings(max_examples=40)


def changed(before: Job, job: Job) -> set[str]:
    """Return the names of the fields in which two jobs differ."""
    names = (field.name for field in fields(Job))
    return {name for name in names if getattr(before, name) != getattr(job, name)}


@pytest.mark.parametrize("status", Status)
def test_an_end(status: Status) -> None:
    """A job has ended when it succeeded or failed, and in no other state."""
    assert status.ended == (status in {"succeeded", "failed"})
    assert a_job(status=status).ended == status.ended


@pytest.mark.parametrize(("label", "name"), [("hero shot", "hero shot"), ("", "some-id")])
def test_name(label: str, name: str) -> None:
    """A person knows a job by its label, or else by its id."""
    assert a_job("some-id", label=label).name == name


@pytest.mark.parametrize(
    ("status", "position", "waits"),
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
def test_in_queue(status: Status, position: int | None, *, waits: bool) -> None:
    """A job waits by its word, or by a position above 0 in whatever is called in progress."""
    assert a_job(status=status, queue_position=position).in_queue is waits


@pytest.mark.parametrize(
    ("status", "history", "new"),
    [
        (Status.UNKNOWN, (), True),
        (Status.UNKNOWN, seen(Status.UNKNOWN), False),
        (Status.RUNNING, seen(Status.RUNNING), False),
        (Status.SUCCEEDED, (), False),
    ],
)
def test_new(status: Status, history: tuple[Transition, ...], *, new: bool) -> None:
    """A job is new until something is known of it, be it only from a file edited by hand."""
    assert a_job(status=status, history=history).is_new is new


@pytest.mark.parametrize(
    ("lengths", "seconds"),
    [((), None), ((None,), None), ((5.0,), 5.0), ((5.1, 5.1), 10.2), ((None, 0.0), 0.0)],
)
def test_seconds(lengths: tuple[float | None, ...], seconds: float | None) -> None:
    """The length of a job is that of all its videos, as far as it is known."""
    job = a_job(videos=tuple(Video("https://cdn.test", duration=length) for length in lengths))
    assert job.seconds == seconds


class TestElapsed:
    """How long a job took, or has taken so far."""

    @pytest.mark.parametrize(
        ("created", "seconds"), [(None, 60.0), (after(-40), 100.0), (after(90), 0.0)]
    )
    def test_while_it_lives(self, created: datetime | None, seconds: float) -> None:
        """It grows from the start by the gateway's clock, else from when it was tracked."""
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
    def test_once_it_has_ended(self, changes: dict[str, Any], seconds: float | None) -> None:
        """The gateway's own times count, else what was seen, else what the gateway worked."""
        history = seen(Status.RUNNING, Status.SUCCEEDED)
        known = a_job(status=Status.SUCCEEDED, history=history, ended_at=after(40))
        job = replace(known, **changes)
        assert job.elapsed(after(100)) == seconds
        assert job.elapsed(after(10_000)) == seconds


@pytest.mark.parametrize(
    ("changes", "left"),
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
def test_left(changes: dict[str, Any], left: float | None) -> None:
    """An estimate runs down to nothing, and never grows, not even if the clock is set back."""
    job = a_job(status=Status.RUNNING, eta_seconds=45.0, checked_at=NOW)
    assert replace(job, **changes).remaining(after(20)) == left


@pytest.mark.parametrize(
    ("changes", "usual", "after_seconds", "slow"),
    [
        ({}, 100.0, 300, False),
        ({}, 100.0, 301, True),
        ({"queue_position": 9}, 100.0, 301, True),
        ({}, None, 2400, False),
        ({}, None, 2401, True),
        ({"created_at": after(100)}, 100.0, 301, False),
        ({"status": Status.SUCCEEDED}, 100.0, 9999, False),
        ({"status": Status.FAILED}, 100.0, 9999, False),
        ({"status": Status.UNKNOWN, "history": ()}, 100.0, 9999, False),
    ],
)
def test_slow(
    changes: dict[str, Any], usual: float | None, after_seconds: float, *, slow: bool
) -> None:
    """A live job is slow that takes three times what is usual, or 40 min where nothing is known."""
    job = a_job(status=Status.RUNNING, history=seen(Status.RUNNING))
    assert replace(job, **changes).is_slow(after(after_seconds), usual) is slow


class TestReported:
    """A job after the gateway answered."""

    @any_jobs
    @given(JOBS, REPORTS, TIMES)
    def test_what_a_person_decided_stays(self, job: Job, report: Report, at: datetime) -> None:
        """No reply changes whose job it is, what it is called and what it costs."""
        now = job.with_report(report, at)
        assert not {"id", "kind", "added_at", "price", "label"} & changed(job, now)
        assert (now.status, now.checked_at, now.problem) == (report.status, at, None)
        assert (now.ended_at is not None) == report.status.ended

    @any_jobs
    @given(JOBS, REPORTS, TIMES)
    def test_history_grows_by_changes(self, job: Job, report: Report, at: datetime) -> None:
        """History begins with the first reply, and grows by one where the state has changed."""
        once = job.with_report(report, at)
        same = (job.status, job.raw_status) == (report.status, report.raw_status)
        step = Transition(at, report.status, report.raw_status)
        assert once.history == (job.history if same and job.history else (*job.history, step))
        assert once.with_report(report, at).history == once.history

    @any_jobs
    @given(JOBS, REPORTS, TIMES)
    def test_the_same_again(self, job: Job, report: Report, at: datetime) -> None:
        """The same reply a second time tells nothing more."""
        once = job.with_report(report, at)
        assert once.with_report(report, at) == once

    def test_every_field_is_kept(self) -> None:
        """All that a reply says of a job is known of the job."""
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
        )

    def test_what_a_shorter_reply_leaves_out_stays_known(self) -> None:
        """Facts that do not change are kept; what was said of the moment is not."""
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
        assert changed(job, now) == gone | {"checked_at", "history"}
        assert (now.message, now.queue_position, now.eta_seconds) == (None, None, None)

    @pytest.mark.parametrize(
        ("updated", "ended"), [(None, NOW), (after(-16), after(-16)), (after(16), NOW)]
    )
    def test_when_it_ended(self, updated: datetime | None, ended: datetime) -> None:
        """It ended when the gateway says, unless that lies ahead; else when it was noticed."""
        report = Report(status=Status.FAILED, updated_at=updated)
        job = a_job().with_report(report, NOW)
        assert job.ended_at == ended
        assert job.with_report(report, after(60)).ended_at == ended

    def test_an_end_taken_back(self) -> None:
        """A job that lives after all has not ended."""
        job = a_job(status=Status.FAILED, ended_at=NOW, history=seen(Status.FAILED))
        assert job.with_report(Report(status=Status.RUNNING), after(5)).ended_at is None

    def test_downloads_are_remembered(self) -> None:
        """Each video stays where it was downloaded to, also under a fresh link."""
        held = (replace(CLIP, file="/a.mp4"), Video("https://cdn.test/2", file="/b.mp4"))
        fresh = tuple(Video(f"https://cdn.test/{letter}") for letter in "xyz")
        job = a_job(videos=held)
        now = job.with_report(Report(status=Status.SUCCEEDED, videos=fresh), NOW)
        assert [video.url[-1] for video in now.videos] == ["x", "y", "z"]
        assert [video.file for video in now.videos] == ["/a.mp4", "/b.mp4", None]
        fewer = job.with_report(Report(status=Status.SUCCEEDED, videos=fresh[:1]), NOW)
        assert [video.file for video in fewer.videos] == ["/a.mp4"]


class TestMissed:
    """A job after a poll that failed."""

    @any_jobs
    @given(JOBS, WORDS, TIMES)
    def test_nothing_else_changes(self, job: Job, problem: str, at: datetime) -> None:
        """A poll that failed says nothing about the job."""
        missed = job.with_poll_error(problem, at)
        assert changed(job, missed) <= {"problem", "problem_since"}
        assert missed.problem == problem

    def test_since_the_first_of_them(self) -> None:
        """A problem is as old as the first of the same failures in a row; an answer ends it."""
        missed = a_job().with_poll_error("no answer", NOW).with_poll_error("no answer", after(5))
        assert (missed.problem, missed.problem_since) == ("no answer", NOW)
        other = missed.with_poll_error("HTTP 502", after(9))
        assert (other.problem, other.problem_since) == ("HTTP 502", after(9))
        answered = missed.with_report(Report(status=Status.RUNNING), after(10))
        assert (answered.problem, answered.problem_since) == (None, None)
        assert answered.with_poll_error("no answer", after(15)).problem_since == after(15)


RUNNING = Report(status=Status.RUNNING, raw_status="processing", eta_seconds=45.0)


@pytest.mark.parametrize(
    ("changes", "news"),
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
def test_news(changes: dict[str, Any], *, news: bool) -> None:
    """Another time, estimate or wording of the same is no news; all else is."""
    before = a_job().with_report(RUNNING, NOW)
    assert before.with_report(replace(RUNNING, **changes), after(5)).differs_from(before) is news


def test_a_problem_is_news() -> None:
    """So is its end, but not that it lasts."""
    job = a_job().with_report(RUNNING, NOW)
    missed = job.with_poll_error("no answer", NOW)
    assert missed.differs_from(job)
    assert not missed.with_poll_error("no answer", after(5)).differs_from(missed)
    assert missed.with_report(RUNNING, after(5)).differs_from(missed)


def test_a_job_keeps_its_price() -> None:
    """The price is fixed when a job is tracked."""
    assert a_job().with_report(RUNNING, NOW).price == I2V_PRICE


def test_history_has_an_end() -> None:
    """A gateway that changes its words at every poll fills neither memory nor the file."""
    job = a_job()
    for number in range(MAX_HISTORY * 2):
        job = job.with_report(Report(status=Status.UNKNOWN, raw_status=f"word {number}"), NOW)
    assert len(job.history) == MAX_HISTORY
    assert job.history[-1].raw_status == f"word {MAX_HISTORY * 2 - 1}"


VIDEO = Video("https://cdn.test/1.mp4")
DONE = a_job(status=Status.SUCCEEDED, videos=(VIDEO,), ended_at=NOW)


class TestExpiry:
    """Results go 30 days after the end, by the word of the models' maker."""

    @pytest.mark.parametrize(
        ("days", "soon", "expired"),
        [(0, False, False), (26.9, False, False), (27, True, False), (29.9, True, False),
         (30, False, True), (99, False, True)],
    )  # fmt: skip
    def test_in_the_last_days(self, days: float, soon: bool, expired: bool) -> None:  # noqa: FBT001
        """Three days before, it is time to fetch them."""
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
    def test_of_nothing(self, job: Job) -> None:
        """What is here, or never was, does not go."""
        assert job.expires_at is None
        assert not job.expires_soon(after(29 * 86_400))
        assert not job.is_expired(after(99 * 86_400))


class TestFiles:
    """Where videos were downloaded to."""

    def test_all_of_them(self) -> None:
        """A job is downloaded once each of its videos is."""
        job = replace(DONE, videos=(VIDEO, VIDEO))
        assert job.awaits_download
        assert job.with_file(1, "/b.mp4").awaits_download
        assert job.with_file(1, "/b.mp4").with_file(0, "/a.mp4").downloaded
        assert job.with_file(1, "/b.mp4").with_file(1, None) == job

    @pytest.mark.parametrize(
        ("known", "fresh", "files"),
        [
            ("a1 b2", "a b", "1 2"),
            ("a1 b2", "b a", "2 1"),
            ("a1 b2", "b", "2"),
            ("a1 b", "c a", "- 1"),
            ("a1", "c", "1"),
            ("-1", "a", "1"),
            ("a1", "-", "1"),
            ("-1 -2", "- - -", "1 2 -"),
        ],
    )
    def test_are_kept_by_later_polls(self, known: str, fresh: str, files: str) -> None:
        """A video is known again by its id, or else by its place."""

        def videos(words: str) -> tuple[Video, ...]:
            return tuple(
                Video("u", id=word[0].strip("-") or None, file=word[1:] or None)
                for word in words.split()
            )

        job = replace(DONE, videos=videos(known))
        report = Report(status=Status.SUCCEEDED, videos=videos(fresh))
        found = [video.file or "-" for video in job.with_report(report, NOW).videos]
        assert " ".join(found) == files
