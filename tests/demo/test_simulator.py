"""Added and generated jobs, and how demo time runs for them."""

import json

import pytest

from kling_tui.demo import (
    BLOOM,
    DUSK,
    DemoGateway,
    DemoJob,
    Moment,
    Response,
    i2v,
    json_response,
    o1,
)
from kling_tui.demo.generated_jobs import generate_job
from kling_tui.demo.scripts import timeline
from kling_tui.demo.simulator import JobSimulator
from tests.support.demo_client import DemoClient, ManualClock

TASK = "CjNQtmctxFMAAAAxxxxxx"


def test_a_script_may_return_any_response(
    gateway: DemoGateway, client: DemoClient, clock: ManualClock
) -> None:
    """Status, headers and body are sent unchanged."""

    def script(job: DemoJob, moment: Moment) -> Response:
        if moment.elapsed < 5:
            return Response(418, {"X-Odd": "yes"}, b"\x00\xff" + job.label.encode())
        return json_response({"elapsed": moment.elapsed, "url": moment.url})

    gateway.add_job(DemoJob("any id", "i2v", "teapot", 2, script))
    first = client.i2v("any id")
    assert (first.status_code, first.headers["X-Odd"]) == (418, "yes")
    assert first.content == b"\x00\xffteapot"
    assert "Content-Type" not in first.headers
    clock.advance(3)
    assert client.i2v("any id").json() == {"elapsed": 5, "url": gateway.url}


def test_a_job_replaces_one_with_its_id(
    gateway: DemoGateway, client: DemoClient, clock: ManualClock
) -> None:
    """It begins when it is added, less its age."""
    clock.advance(100)
    gateway.add_job(DemoJob(TASK, "i2v", "one", 10, lambda _, at: json_response(at.elapsed)))
    gateway.add_job(DemoJob(TASK, "i2v", "two", 20, lambda _, at: json_response(at.elapsed)))
    clock.advance(1)
    assert client.i2v(TASK).json() == 21
    labels = [job["label"] for job in client.http.get("/").json()["jobs"]]
    assert labels[-1] == "two"
    assert "one" not in labels


def test_the_same_moment_gives_the_same_response(client: DemoClient) -> None:
    """Two polls without a change of the clock."""
    assert client.i2v(TASK).content == client.i2v(TASK).content


def test_speed_shortens_jobs_and_waits(clock: ManualClock) -> None:
    """Times in responses are consistent with it."""
    script = timeline((0, i2v.processing), (40, i2v.succeeded(DUSK)))
    request = "a1b2c3d4-e5f6-7890-g1h2-i3j4k5l6m7n8"
    jobs = [
        DemoJob(TASK, "i2v", "", 10, script),
        DemoJob(request, "o1", "", 0, o1.in_progress(done=50)),
    ]
    with DemoGateway(clock=clock, speed=10, jobs=jobs) as gateway:
        client = DemoClient(gateway.url)
        with client.http:
            assert client.o1(request).json()["estimated_wait_seconds"] == 5
            clock.advance(2.9)
            assert client.i2v(TASK).json()["data"]["task_status"] == "processing"
            clock.advance(0.2)
            task = client.i2v(TASK).json()["data"]
    assert task["task_status"] == "succeed"
    assert task["updated_at"] - task["created_at"] == 4000
    assert task["updated_at"] == 1731498797000


@pytest.mark.parametrize("speed", [0, -1, float("nan"), float("inf")])
def test_an_invalid_speed_is_an_error(speed: float) -> None:
    """It must be positive and finite."""
    with pytest.raises(ValueError, match="speed"):
        DemoGateway(speed=speed)


def test_demo_time_begins_with_start(clock: ManualClock) -> None:
    """Jobs do not age between the creation of a gateway and its start."""
    job = DemoJob(TASK, "i2v", "", 3, lambda _, at: json_response(at.elapsed))
    gateway = DemoGateway(clock=clock, jobs=[job])
    clock.advance(50)
    with gateway:
        client = DemoClient(gateway.url)
        with client.http:
            assert client.i2v(TASK).json() == 3


def i2v_status(client: DemoClient, task_id: str) -> str:
    """Return the status of a task."""
    return str(client.i2v(task_id).json()["data"]["task_status"])


def test_polling_a_plausible_i2v_id_generates_a_job(client: DemoClient, clock: ManualClock) -> None:
    """It starts with the first poll, and ends."""
    ids = [f"Cj{number:02}WevH1IAAAAAAHmgsw" for number in range(60)]
    assert {i2v_status(client, task) for task in ids} == {"submitted"}
    clock.advance(19.9)
    assert {i2v_status(client, task) for task in ids} == {"processing"}
    clock.advance(25)
    assert {"processing", "succeed"} <= {i2v_status(client, task) for task in ids}
    clock.advance(25.2)
    statuses = [i2v_status(client, task) for task in ids]
    assert set(statuses) == {"succeed", "failed"}
    assert statuses.count("succeed") > 3 * statuses.count("failed")


def test_polling_a_plausible_o1_id_generates_a_job(client: DemoClient, clock: ManualClock) -> None:
    """The id need not be hexadecimal; the job is queued first."""
    ids = [f"a1b2c3d4-e5f6-78{number:02}-g1h2-i3j4k5l6m7n8" for number in range(40)]
    assert {client.o1(job_id).json()["queue_position"] for job_id in ids} == {3}
    clock.advance(19.9)
    assert {client.o1(job_id).json()["queue_position"] for job_id in ids} == {0}
    clock.advance(50.2)
    statuses = {client.o1(job_id).json()["status"] for job_id in ids}
    assert statuses == {"COMPLETED", "FAILED"}


def test_a_generated_job_is_the_same_for_the_same_id(clock: ManualClock) -> None:
    """It does not depend on the gateway or on the process."""
    results = []
    for _ in range(2):
        with DemoGateway(clock=clock) as gateway:
            client = DemoClient(gateway.url)
            with client.http:
                client.i2v("842250903629086785")
                clock.advance(70.1)
                results.append(client.i2v("842250903629086785").json()["data"]["task_result"])
    (first,), (second,) = (result["videos"] for result in results)
    assert first["id"] == second["id"]
    assert first["duration"] == second["duration"] == f"{BLOOM.seconds}"


def test_the_oldest_generated_job_is_dropped(clock: ManualClock) -> None:
    """Their number is limited; polling a dropped one starts it again."""
    simulated = JobSimulator([], generate_job, speed=1.0, clock=clock, max_generated_jobs=3)

    def status(task_id: str) -> str:
        response = simulated.poll("i2v", task_id, generate=True)
        assert response is not None
        return str(json.loads(response.body)["data"]["task_status"])

    simulated.start("http://127.0.0.1:1")
    ids = [f"84225090362908678{number}" for number in range(4)]
    for task in ids[:3]:
        status(task)
    clock.advance(70.1)
    assert status(ids[3]) == "submitted"
    assert status(ids[1]) in {"succeed", "failed"}
    assert status(ids[0]) == "submitted"
