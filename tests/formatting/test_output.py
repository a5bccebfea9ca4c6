"""Jobs as JSON in the documented schema, and as aligned text."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from msgspec.structs import replace

from kling_tui.formatting.cells import truncate, width
from kling_tui.formatting.output import align_columns, job_as_json, jobs_as_lines
from kling_tui.jobs import Job, Price, Review, Status, Video
from tests.support.jobs import JOBS, NOW, O1_PRICE, REQUEST, TASK, a_job, after, seen

KEYS = [
    "id", "kind", "label", "profile", "status", "raw_status", "message", "failure_reason",
    "problem", "queue_position", "eta_seconds", "percent", "videos", "prompt", "aspect_ratio",
    "processing_seconds", "cost_usd",
    "added_at", "created_at", "updated_at", "checked_at", "ended_at", "unread", "review",
]  # fmt: skip
VIDEO_KEYS = {"url", "id", "duration", "width", "height", "content_type", "file"}
CLIP = Video("https://cdn.test/1.mp4?a=1&b=2", "6ee", 5.1, 1280, 720, "video/mp4")
COUNTS = {"queue_position", "width", "height"}
NUMBERS = {"eta_seconds", "percent", "processing_seconds", "duration"}
TIMES = {"added_at", "created_at", "updated_at", "checked_at", "ended_at"}
NEVER_NULL = {"kind", "label", "profile", "status", "videos", "added_at", "url"}


def check_types(job_json: dict[str, Any]) -> None:
    """Check that each value has the type of the schema."""
    for key, value in job_json.items():
        if value is None:
            assert key not in NEVER_NULL
        elif key in COUNTS:
            assert type(value) is int
        elif key in NUMBERS:
            assert type(value) in (int, float)
        elif key in TIMES:
            assert value.endswith("Z")
            assert datetime.fromisoformat(value).utcoffset() == timedelta(0)
        elif key == "unread":
            assert type(value) is bool
        elif key != "videos":
            assert type(value) is str


class TestJson:
    """The schema that scripts rely on."""

    def test_unknown_values_are_null(self) -> None:
        """Every key is present."""
        new = job_as_json(a_job())
        assert list(new) == KEYS
        set_values = {
            "id": TASK,
            "kind": "i2v",
            "label": "",
            "profile": "",
            "status": "unknown",
            "videos": [],
            "cost_usd": "0.35",
            "added_at": "2026-11-20T10:00:00Z",
            "unread": False,
        }
        assert new == dict.fromkeys(KEYS) | set_values

    def test_finished_job_has_all_values(self) -> None:
        """In plain JSON types."""
        job = Job(
            id=REQUEST,
            kind="o1",
            added_at=NOW,
            price=O1_PRICE,
            label="winter lights",
            profile="studio",
            status=Status.SUCCEEDED,
            raw_status="COMPLETED",
            message="fine",
            problem="no answer",
            queue_position=2,
            eta_seconds=45.0,
            percent=12.5,
            videos=(CLIP, Video("https://cdn.test/2.mp4", file="/home/me/2.mp4")),
            prompt="Take @Image1",
            aspect_ratio="16:9",
            processing_seconds=87.0,
            created_at=after(-60.5),
            updated_at=after(20),
            checked_at=after(30),
            ended_at=after(20),
            unread=True,
            review=Review.KEPT,
            history=seen(Status.SUCCEEDED),
            reply="{}",
        )
        assert json.loads(json.dumps(job_as_json(job))) == {
            "id": REQUEST,
            "kind": "o1",
            "label": "winter lights",
            "profile": "studio",
            "status": "succeeded",
            "raw_status": "COMPLETED",
            "message": "fine",
            "failure_reason": None,
            "problem": "no answer",
            "queue_position": 2,
            "eta_seconds": 45,
            "percent": 12.5,
            "videos": [
                {
                    "url": "https://cdn.test/1.mp4?a=1&b=2",
                    "id": "6ee",
                    "duration": 5.1,
                    "width": 1280,
                    "height": 720,
                    "content_type": "video/mp4",
                    "file": None,
                },
                dict.fromkeys(VIDEO_KEYS)
                | {"url": "https://cdn.test/2.mp4", "file": "/home/me/2.mp4"},
            ],
            "prompt": "Take @Image1",
            "aspect_ratio": "16:9",
            "processing_seconds": 87,
            "cost_usd": "0.90",
            "added_at": "2026-11-20T10:00:00Z",
            "created_at": "2026-11-20T09:58:59.500Z",
            "updated_at": "2026-11-20T10:00:20Z",
            "checked_at": "2026-11-20T10:00:30Z",
            "ended_at": "2026-11-20T10:00:20Z",
            "unread": True,
            "review": "kept",
        }

    @settings(max_examples=60)
    @given(JOBS)
    def test_any_job(self, job: Job) -> None:
        """Any job is valid JSON with all keys and the types of the schema."""
        job_json = json.loads(json.dumps(job_as_json(job), allow_nan=False))
        assert list(job_json) == KEYS
        check_types(job_json)
        assert job_json["status"] in {"queued", "running", "succeeded", "failed", "unknown"}
        for video in job_json["videos"]:
            assert video.keys() == VIDEO_KEYS
            check_types(video)

    @pytest.mark.parametrize(
        ("usd", "shown"),
        [
            ("0.9", "0.90"),
            ("0.350", "0.35"),
            ("1", "1.00"),
            ("1E+3", "1000.00"),
            ("0", "0.00"),
            ("0.125", "0.125"),
            ("0.1250", "0.125"),
            ("0.00000001", "0.00000001"),
            ("10000", "10000.00"),
            ("123456789012345.123456789012", "123456789012345.123456789012"),
            ("0.1234567890123", "0.123456789012"),
            ("1E-999999", "0.00"),
        ],
    )
    def test_money_is_exact_with_at_least_two_decimals(self, usd: str, shown: str) -> None:
        """Never in scientific notation."""
        assert job_as_json(a_job(price=Price(Decimal(usd))))["cost_usd"] == shown

    @pytest.mark.parametrize("usd", ["1E+999999", "1" * 5000, "9.99E+16"])
    def test_money_beyond_any_cost_is_short(self, usd: str) -> None:
        """Its digits could fill a megabyte; the text is still a number."""
        shown = job_as_json(a_job(price=Price(Decimal(usd))))["cost_usd"] or ""
        assert len(shown) < 20
        assert Decimal(shown) > 10**15

    def test_failed_job_has_the_reason(self) -> None:
        """It is "other" where it is not known, and null for jobs that have not failed."""
        job = a_job(status=Status.FAILED, message="Image pixel is invalid")
        assert job_as_json(job)["failure_reason"] == "image_size"
        assert job_as_json(replace(job, message="bad"))["failure_reason"] == "other"
        assert job_as_json(replace(job, status=Status.RUNNING))["failure_reason"] is None

    def test_cost_is_that_of_the_whole_job(self) -> None:
        """Without a price it is null."""
        job = a_job(status=Status.SUCCEEDED, videos=(replace(CLIP, duration=10.1),))
        assert job_as_json(job)["cost_usd"] == "0.70"
        assert job_as_json(replace(job, price=None))["cost_usd"] is None

    @pytest.mark.parametrize(("seconds", "shown"), [(45.0, 45), (45, 45), (0.0, 0), (5.1, 5.1)])
    def test_whole_numbers_have_no_decimal_point(self, seconds: float, shown: float) -> None:
        """Other numbers keep theirs."""
        value = job_as_json(a_job(eta_seconds=seconds))["eta_seconds"]
        assert (value, type(value)) == (shown, type(shown))

    def test_times_are_in_utc(self) -> None:
        """A time of another time zone is converted."""
        in_tokyo = NOW.astimezone(timezone(timedelta(hours=9)))
        assert job_as_json(a_job(added_at=in_tokyo))["added_at"] == "2026-11-20T10:00:00Z"


class TestLines:
    """The table of `list`."""

    def test_one_line_per_job_in_aligned_columns(self) -> None:
        """Below a heading."""
        jobs = [
            a_job("C1"),
            a_job(
                "C2-longer",
                label="hero shot",
                status=Status.SUCCEEDED,
                history=seen(Status.SUCCEEDED),
                videos=(CLIP, Video("https://cdn.test/2.mp4", duration=5.0)),
            ),
            a_job(
                "C3",
                kind="o1",
                price=None,
                status=Status.RUNNING,
                history=seen(Status.RUNNING),
                queue_position=2,
                added_at=after(-300),
            ),
            a_job("C4", status=Status.FAILED, history=seen(Status.FAILED), message="bad image"),
            a_job("C5", status=Status.RUNNING, history=seen(Status.RUNNING), problem="HTTP 502"),
        ]
        urls = "https://cdn.test/1.mp4?a=1&b=2 https://cdn.test/2.mp4"
        assert jobs_as_lines(jobs, after(65)) == [
            "STATUS     ID         KIND  COST    AGE    LABEL      RESULT",
            "○ new      C1         i2v   $0.35   1 min",
            "✓ done     C2-longer  i2v   ≈$0.70  1 min  hero shot  " + urls,
            "○ queued   C3         o1    ?       6 min             2nd in queue",
            "✗ failed   C4         i2v   $0.35   1 min             bad image",
            "● running  C5         i2v   $0.35   1 min             ! HTTP 502",
        ]

    def test_wide_and_combining_characters_keep_columns_aligned(self) -> None:
        """They take two cells and none."""
        failed = a_job("C1", status=Status.FAILED, history=seen(Status.FAILED), message="bad")
        lines = jobs_as_lines(
            [replace(failed, label=label) for label in ("雪の夜", "e\u0301tude")], NOW
        )
        assert lines[1:] == [
            "✗ failed  C1  i2v   $0.35  0 s  雪の夜  bad",
            "✗ failed  C1  i2v   $0.35  0 s  e\u0301tude   bad",
        ]

    def test_problem_does_not_hide_the_progress(self) -> None:
        """The reason of the failed poll comes after it."""
        job = a_job(status=Status.RUNNING, history=seen(Status.RUNNING), problem="HTTP 502")
        (line,) = jobs_as_lines([replace(job, queue_position=2)], NOW)[1:]
        assert line.endswith("  2nd in queue  ! HTTP 502")

    def test_known_reason_of_a_failure_is_named(self) -> None:
        """Before the gateway's message."""
        job = a_job(status=Status.FAILED, message="Image pixel is invalid")
        (line,) = jobs_as_lines([replace(job, history=seen(Status.FAILED))], NOW)[1:]
        assert line.endswith("  image size: Image pixel is invalid")

    def test_problem_of_an_ended_job_does_not_hide_its_result(self) -> None:
        """For example after a failed refresh."""
        job = a_job(status=Status.FAILED, message="bad image", problem="HTTP 502")
        assert jobs_as_lines([replace(job, history=seen(Status.FAILED))], NOW)[1].endswith(
            "bad image"
        )

    def test_no_jobs_give_a_heading_only(self) -> None:
        """`list` prints its own text in that case."""
        assert jobs_as_lines([], NOW) == ["STATUS  ID  KIND  COST  AGE  LABEL  RESULT"]

    @settings(max_examples=40)
    @given(JOBS)
    def test_any_job(self, job: Job) -> None:
        """Any job takes exactly one line."""
        lines = jobs_as_lines([job], datetime.now(UTC))
        assert len(lines) == 2
        assert "\n" not in lines[1]


@pytest.mark.parametrize(
    ("value", "cells"),
    [
        ("plain", 5), ("héron", 5), ("漢字", 4), ("हिन्दी", 3), ("தமிழ்", 3), ("👍🏽", 2),
        ("👨\u200d👩\u200d👧", 2), ("🇩🇪", 2), ("❤\ufe0f", 2), ("e\u0301", 1),
    ],
)  # fmt: skip
def test_texts_have_the_widths_that_the_app_uses(value: str, cells: int) -> None:
    """Columns after signs of any script are aligned, and no text is cut in a character."""
    assert width(value) == cells
    aligned = align_columns([[(value, "plain"), ("b", "plain")]])
    assert aligned == [f"{value}  b"]
    assert truncate(f"{value}xyz", cells + 2) == f"{value}x…"
    assert width(truncate(f"{value}xyz", max(1, cells))) <= max(1, cells)
