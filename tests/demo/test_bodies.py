"""Response bodies, field by field, as in the API documents."""

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

V2 = "klingai-video_019da2c4-7b1e-7c3a-9f52-6d0e8b41a7f3"
WAN = "wan-5d0c9e7a41b2f368"


def i2v_job(script: Script, age: float = 0) -> DemoJob:
    """Return a job with the document's task id."""
    return DemoJob(TASK, "i2v", "", age, script)


def o1_job(script: Script, age: float = 0) -> DemoJob:
    """Return a job with the document's request id."""
    return DemoJob(REQUEST, "o1", "", age, script)


def test_i2v_in_progress(gateway: DemoGateway, client: DemoClient, clock: ManualClock) -> None:
    """It is the document's "In Progress Response", at any time."""
    gateway.add_job(i2v_job(i2v.processing))
    clock.advance(30)
    body = client.i2v(TASK).json()
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


def test_i2v_success(gateway: DemoGateway, client: DemoClient) -> None:
    """It is the document's "Success Response"; times are in milliseconds."""
    gateway.add_job(
        i2v_job(timeline((0, i2v.processing), (284.5, i2v.succeeded(DUSK))), age=300),
    )
    body = client.i2v(TASK).json()
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


def test_i2v_failure_differs_in_its_status_only(gateway: DemoGateway, client: DemoClient) -> None:
    """HTTP 200, code 0 and "SUCCEED" are as for a success."""
    gateway.add_job(i2v_job(i2v.failed("Image pixel is invalid")))
    reply = client.i2v(TASK)
    body = reply.json()
    assert (reply.status_code, body["code"], body["message"]) == (200, 0, "SUCCEED")
    assert body["data"]["task_status"] == "failed"
    assert body["data"]["task_status_msg"] == "Image pixel is invalid"
    assert body["data"]["task_result"] == {}


def test_i2v_request_id_is_not_the_task_id(client: DemoClient) -> None:
    """It is stable, and formatted like a task id."""
    first, second = (client.i2v(TASK).json()["request_id"] for _ in range(2))
    assert first == second != TASK
    assert len(first) == 22


def test_o1_in_progress(gateway: DemoGateway, client: DemoClient) -> None:
    """It is the document's "In Progress"."""
    gateway.add_job(o1_job(o1.in_progress(done=60, advances=(5, 20, 40)), age=15))
    assert client.o1(REQUEST).json() == {
        "status": "IN_PROGRESS",
        "request_id": REQUEST,
        "queue_position": 2,
        "estimated_wait_seconds": 45,
    }


def test_o1_completed(gateway: DemoGateway, client: DemoClient) -> None:
    """It is the document's "Completed", with the properties of the file."""
    script = timeline(
        (0, o1.in_progress(done=87)), (87, o1.completed(LANTERNS, "Take @Image1 as the start"))
    )
    gateway.add_job(o1_job(script, age=100))
    body = client.o1(REQUEST).json()
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


def test_o1_duration_may_be_fractional(gateway: DemoGateway, client: DemoClient) -> None:
    """It is a number, as in the file."""
    gateway.add_job(o1_job(o1.completed(BLOOM, "")))
    assert client.o1(REQUEST).json()["video"]["duration"] == 10.1


def test_o1_failed(gateway: DemoGateway, client: DemoClient) -> None:
    """It is the document's "Failed"."""
    gateway.add_job(o1_job(o1.failed("Invalid image URL provided in prompt")))
    reply = client.o1(REQUEST)
    assert reply.status_code == 200
    assert reply.json() == {
        "status": "FAILED",
        "request_id": REQUEST,
        "error": "Invalid image URL provided in prompt",
    }


def test_v2_bodies(gateway: DemoGateway, client: DemoClient, clock: ManualClock) -> None:
    """Queued, running, and succeeded with a list of URLs; times are ISO 8601 in UTC."""
    script = timeline((0, v2.queued), (10, v2.processing), (30, v2.completed(DUSK, BLOOM)))
    gateway.add_job(DemoJob(V2, "v2", "", 0, script))
    about = {"request_id": V2, "created_at": "2024-11-13T11:53:14.000Z"}
    live = about | {"output": None, "error": None}
    assert client.v2(V2).json() == live | {"status": "QUEUED"}
    clock.advance(10)
    assert client.v2(V2).json() == live | {"status": "PROCESSING"}
    clock.advance(20)
    urls = [f"{gateway.url}/clips/{name}.mp4?job={V2}" for name in ("dusk", "bloom")]
    assert client.v2(V2).json() == live | {
        "status": "COMPLETED",
        "output": {"media_url": urls},
        "completed_at": "2024-11-13T11:53:44.000Z",
    }


def test_wan_bodies(gateway: DemoGateway, client: DemoClient, clock: ManualClock) -> None:
    """Running with percentage and seconds left, succeeded with ``output_url``, and failed."""
    script = timeline((0, wan.processing(done=40)), (40, wan.completed(SILK)))
    gateway.add_job(DemoJob(WAN, "wan", "", 0, script))
    clock.advance(10)
    about = {"request_id": WAN}
    assert client.wan(WAN).json() == about | {
        "status": "PROCESSING",
        "progress_percent": 25,
        "estimated_remaining_seconds": 30,
    }
    clock.advance(30)
    url = f"{gateway.url}/clips/silk.mp4?job={WAN}"
    assert client.wan(WAN).json() == about | {"status": "COMPLETED", "output_url": url}
    gateway.add_job(DemoJob(WAN, "wan", "", 0, wan.failed("no")))
    body = client.wan(WAN).json()
    assert (body["status"], body["error_message"]) == ("FAILED", "no")
