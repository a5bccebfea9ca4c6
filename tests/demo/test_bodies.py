"""Replies, field by field, against the two documents."""

from kling_tui.demo import (
    BLOOM,
    DUSK,
    LANTERNS,
    SILK,
    DemoGateway,
    DemoJob,
    Script,
    i2v,
    o1,
    v2,
    wan,
)
from kling_tui.demo.scripts import timeline
from tests.support.demo_client import DemoClient, ManualClock

TASK = "CjNQtmctxFMAAAAxxxxxx"
REQUEST = "a1b2c3d4-e5f6-7890-g1h2-i3j4k5l6m7n8"

UNIFIED = "klingai-video_019da2c4-7b1e-7c3a-9f52-6d0e8b41a7f3"
SIBLING = "wan-5d0c9e7a41b2f368"


def i2v_job(script: Script, age: float = 0) -> DemoJob:
    """Stage a script under the document's own task id."""
    return DemoJob(TASK, "i2v", "", age, script)


def o1_job(script: Script, age: float = 0) -> DemoJob:
    """Stage a script under the document's own request id."""
    return DemoJob(REQUEST, "o1", "", age, script)


def test_i2v_in_progress(gateway: DemoGateway, ask: DemoClient, clock: ManualClock) -> None:
    """A running task answers the document's "In Progress Response", whenever it is asked."""
    gateway.add_job(i2v_job(i2v.processing))
    clock.advance(30)
    body = ask.i2v(TASK).json()
    assert body.pop("request_id").startswith("C")
    assert body == {
        "code": 0,
        "message": "IN_PROGRESS",
        "data": {
            "task_id": TASK,
            "task_status": "processing",
            "task_status_msg": "Processing",
            "created_at": 1731498794000,
            "updated_at": 1731498794000,
        },
    }


def test_i2v_success(gateway: DemoGateway, ask: DemoClient) -> None:
    """A finished task answers the document's "Success Response"; times are milliseconds."""
    gateway.add_job(
        i2v_job(timeline((0, i2v.processing), (284.5, i2v.succeeded(DUSK))), age=300),
    )
    body = ask.i2v(TASK).json()
    (video,) = body["data"]["task_result"].pop("videos")
    assert body.pop("request_id").startswith("C")
    assert len(video.pop("id")) == 36
    assert video == {"url": f"{gateway.url}/clips/dusk.mp4?job={TASK}", "duration": "5.1"}
    assert body == {
        "code": 0,
        "message": "SUCCEED",
        "data": {
            "task_id": TASK,
            "task_status": "succeed",
            "task_status_msg": "",
            "task_info": {},
            "task_result": {},
            "created_at": 1731498494000,
            "updated_at": 1731498778500,
        },
    }


def test_i2v_failure_looks_well(gateway: DemoGateway, ask: DemoClient) -> None:
    """A failed task is HTTP 200, code 0 and "SUCCEED": only its status and reason tell."""
    gateway.add_job(i2v_job(i2v.failed("Image pixel is invalid")))
    reply = ask.i2v(TASK)
    body = reply.json()
    assert (reply.status_code, body["code"], body["message"]) == (200, 0, "SUCCEED")
    assert body["data"]["task_status"] == "failed"
    assert body["data"]["task_status_msg"] == "Image pixel is invalid"
    assert body["data"]["task_result"] == {}


def test_i2v_request_id(ask: DemoClient) -> None:
    """A reply's request id is stable, of a task id's shape, and not the task's id."""
    first, second = (ask.i2v(TASK).json()["request_id"] for _ in range(2))
    assert first == second != TASK
    assert len(first) == 22


def test_o1_in_progress(gateway: DemoGateway, ask: DemoClient) -> None:
    """A waiting request answers the document's "In Progress"."""
    gateway.add_job(o1_job(o1.in_progress(done=60, advances=(5, 20, 40)), age=15))
    assert ask.o1(REQUEST).json() == {
        "status": "IN_PROGRESS",
        "request_id": REQUEST,
        "queue_position": 2,
        "estimated_wait_seconds": 45,
    }


def test_o1_completed(gateway: DemoGateway, ask: DemoClient) -> None:
    """A finished request answers the document's "Completed", with the file's own figures."""
    script = timeline(
        (0, o1.in_progress(done=87)), (87, o1.completed(LANTERNS, "Take @Image1 as the start"))
    )
    gateway.add_job(o1_job(script, age=100))
    body = ask.o1(REQUEST).json()
    assert isinstance(body["video"]["duration"], int)
    assert body == {
        "status": "COMPLETED",
        "request_id": REQUEST,
        "video": {
            "url": f"{gateway.url}/clips/lanterns.mp4?job={REQUEST}",
            "duration": 5,
            "width": 720,
            "height": 1280,
            "content_type": "video/mp4",
        },
        "metadata": {
            "prompt_used": "Take @Image1 as the start",
            "aspect_ratio": "9:16",
            "processing_time_seconds": 87,
        },
    }


def test_o1_broken_seconds(gateway: DemoGateway, ask: DemoClient) -> None:
    """A length that is no whole number is told as it is, as a number."""
    gateway.add_job(o1_job(o1.completed(BLOOM, "")))
    assert ask.o1(REQUEST).json()["video"]["duration"] == 10.1


def test_o1_failed(gateway: DemoGateway, ask: DemoClient) -> None:
    """A failed request answers the document's "Failed"."""
    gateway.add_job(o1_job(o1.failed("Invalid image URL provided in prompt")))
    reply = ask.o1(REQUEST)
    assert reply.status_code == 200
    assert reply.json() == {
        "status": "FAILED",
        "request_id": REQUEST,
        "error": "Invalid image URL provided in prompt",
    }


def test_unified_bodies(gateway: DemoGateway, ask: DemoClient, clock: ManualClock) -> None:
    """A job waits, runs and ends with a list of results; times are ISO 8601 in UTC."""
    script = timeline((0, v2.queued), (10, v2.processing), (30, v2.completed(DUSK, BLOOM)))
    gateway.add_job(DemoJob(UNIFIED, "v2", "", 0, script))
    about = {"request_id": UNIFIED, "created_at": "2024-11-13T11:53:14.000Z"}
    live = about | {"output": None, "error": None}
    assert ask.v2(UNIFIED).json() == live | {"status": "QUEUED"}
    clock.advance(10)
    assert ask.v2(UNIFIED).json() == live | {"status": "PROCESSING"}
    clock.advance(20)
    urls = [f"{gateway.url}/clips/{name}.mp4?job={UNIFIED}" for name in ("dusk", "bloom")]
    assert ask.v2(UNIFIED).json() == live | {
        "status": "COMPLETED",
        "output": {"media_url": urls},
        "completed_at": "2024-11-13T11:53:44.000Z",
    }


def test_a_siblings_bodies(gateway: DemoGateway, ask: DemoClient, clock: ManualClock) -> None:
    """A job runs with its percent and the seconds left, and ends with a link of its own field."""
    script = timeline((0, wan.processing(done=40)), (40, wan.completed(SILK)))
    gateway.add_job(DemoJob(SIBLING, "wan", "", 0, script))
    clock.advance(10)
    about = {"request_id": SIBLING}
    assert ask.wan(SIBLING).json() == about | {
        "status": "PROCESSING",
        "progress_percent": 25,
        "estimated_remaining_seconds": 30,
    }
    clock.advance(30)
    url = f"{gateway.url}/clips/silk.mp4?job={SIBLING}"
    assert ask.wan(SIBLING).json() == about | {"status": "COMPLETED", "output_url": url}
    gateway.add_job(DemoJob(SIBLING, "wan", "", 0, wan.failed("no")))
    body = ask.wan(SIBLING).json()
    assert (body["status"], body["error_message"]) == ("FAILED", "no")
