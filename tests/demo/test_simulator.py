"""Jobs that a test stages, jobs that nobody staged, and how time runs for them."""

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
    simulator,
)
from kling_tui.demo.scripts import timeline
from tests.support.demo_client import DemoClient, ManualClock

TASK = "CjNQtmctxFMAAAAxxxxxx"


def test_a_script_may_answer_anything(
    gateway: DemoGateway, ask: DemoClient, clock: ManualClock
) -> None:
    """Status, headers and bytes go out as the script made them, at the time it wants."""

    def script(job: DemoJob, moment: Moment) -> Response:
        if moment.elapsed < 5:
            return Response(418, {"X-Odd": "yes"}, b"\x00\xff" + job.label.encode())
        return json_response({"elapsed": moment.elapsed, "url": moment.url})

    gateway.add_job(DemoJob("any id", "i2v", "teapot", 2, script))
    first = ask.i2v("any id")
    assert (first.status_code, first.headers["X-Odd"]) == (418, "yes")
    assert first.content == b"\x00\xffteapot"
    assert "Content-Type" not in first.headers
    clock.advance(3)
    assert ask.i2v("any id").json() == {"elapsed": 5, "url": gateway.url}


def test_staging_again_replaces(gateway: DemoGateway, ask: DemoClient, clock: ManualClock) -> None:
    """A job staged later begins then, less its age; one with the same id goes away."""
    clock.advance(100)
    gateway.add_job(DemoJob(TASK, "i2v", "one", 10, lambda _, at: json_response(at.elapsed)))
    gateway.add_job(DemoJob(TASK, "i2v", "two", 20, lambda _, at: json_response(at.elapsed)))
    clock.advance(1)
    assert ask.i2v(TASK).json() == 21
    labels = [job["label"] for job in ask.http.get("/").json()["jobs"]]
    assert labels[-1] == "two"
    assert "one" not in labels


def test_the_same_moment_gives_the_same_bytes(ask: DemoClient) -> None:
    """While the clock stands, so does the answer."""
    assert ask.i2v(TASK).content == ask.i2v(TASK).content


def test_speed_shortens_all(clock: ManualClock) -> None:
    """At ten times the speed, jobs and waits take a tenth, and times in replies agree."""
    script = timeline((0, i2v.processing), (40, i2v.succeeded(DUSK)))
    request = "a1b2c3d4-e5f6-7890-g1h2-i3j4k5l6m7n8"
    jobs = [
        DemoJob(TASK, "i2v", "", 10, script),
        DemoJob(request, "o1", "", 0, o1.in_progress(done=50)),
    ]
    with DemoGateway(clock=clock, speed=10, jobs=jobs) as gateway:
        ask = DemoClient(gateway.url)
        with ask.http:
            assert ask.o1(request).json()["estimated_wait_seconds"] == 5
            clock.advance(2.9)
            assert ask.i2v(TASK).json()["data"]["task_status"] == "processing"
            clock.advance(0.2)
            task = ask.i2v(TASK).json()["data"]
    assert task["task_status"] == "succeed"
    assert task["updated_at"] - task["created_at"] == 4000
    assert task["updated_at"] == 1731498797000


@pytest.mark.parametrize("speed", [0, -1, float("nan"), float("inf")])
def test_time_must_run(speed: float) -> None:
    """A speed at which demo time would stand, go back or have no measure is refused."""
    with pytest.raises(ValueError, match="speed"):
        DemoGateway(speed=speed)


def test_time_runs_from_the_start(clock: ManualClock) -> None:
    """Jobs do not grow older between the making of a gateway and its start."""
    job = DemoJob(TASK, "i2v", "", 3, lambda _, at: json_response(at.elapsed))
    gateway = DemoGateway(clock=clock, jobs=[job])
    clock.advance(50)
    with gateway:
        ask = DemoClient(gateway.url)
        with ask.http:
            assert ask.i2v(TASK).json() == 3


def i2v_fate(ask: DemoClient, task_id: str) -> str:
    """Tell the state of a task."""
    return str(ask.i2v(task_id).json()["data"]["task_status"])


def test_realistic_ids_start_jobs(ask: DemoClient, clock: ManualClock) -> None:
    """Any id of a real one's shape is a job that starts when first asked for, and ends."""
    ids = [f"Cj{number:02}WevH1IAAAAAAHmgsw" for number in range(60)]
    assert {i2v_fate(ask, task) for task in ids} == {"submitted"}
    clock.advance(19.9)
    assert {i2v_fate(ask, task) for task in ids} == {"processing"}
    clock.advance(25)
    assert {"processing", "succeed"} <= {i2v_fate(ask, task) for task in ids}
    clock.advance(25.2)
    fates = [i2v_fate(ask, task) for task in ids]
    assert set(fates) == {"succeed", "failed"}
    assert fates.count("succeed") > 3 * fates.count("failed")


def test_realistic_o1_ids_start_jobs(ask: DemoClient, clock: ManualClock) -> None:
    """O1 ids need not be hexadecimal; these jobs wait in line first."""
    ids = [f"a1b2c3d4-e5f6-78{number:02}-g1h2-i3j4k5l6m7n8" for number in range(40)]
    assert {ask.o1(job_id).json()["queue_position"] for job_id in ids} == {3}
    clock.advance(19.9)
    assert {ask.o1(job_id).json()["queue_position"] for job_id in ids} == {0}
    clock.advance(50.2)
    fates = {ask.o1(job_id).json()["status"] for job_id in ids}
    assert fates == {"COMPLETED", "FAILED"}


def test_an_improvised_fate_is_stable(clock: ManualClock) -> None:
    """Another gateway makes the same of the same id, whatever this process hashes it to."""
    told = []
    for _ in range(2):
        with DemoGateway(clock=clock) as gateway:
            ask = DemoClient(gateway.url)
            with ask.http:
                ask.i2v("842250903629086785")
                clock.advance(70.1)
                told.append(ask.i2v("842250903629086785").json()["data"]["task_result"])
    (first,), (second,) = (result["videos"] for result in told)
    assert first["id"] == second["id"]
    assert first["duration"] == second["duration"] == f"{BLOOM.seconds}"


def test_the_oldest_improvised_job_is_forgotten(
    ask: DemoClient, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bounded number of such jobs is kept: the first to go is the one that came first."""
    monkeypatch.setattr(simulator, "MAX_GENERATED_JOBS", 3)
    ids = [f"84225090362908678{number}" for number in range(4)]
    for task in ids[:3]:
        i2v_fate(ask, task)
    clock.advance(70.1)
    assert i2v_fate(ask, ids[3]) == "submitted"
    assert i2v_fate(ask, ids[1]) in {"succeed", "failed"}
    assert i2v_fate(ask, ids[0]) == "submitted"
