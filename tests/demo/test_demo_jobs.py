"""The jobs of the demo: what they respond, and when."""

import itertools
import re

import httpx
import pytest

from kling_tui.demo import DEMO_JOBS, DemoGateway
from tests.support.demo_client import DemoClient, ManualClock

IDS = {job.label: (job.kind, job.id) for job in DEMO_JOBS}

TIMELINES = {
    "hero shot": [(0, "submitted"), (2, "processing"), (36, "succeed")],
    "rooftop dusk": [
        (0, "IN_PROGRESS 4"),
        (4, "IN_PROGRESS 3"),
        (10, "IN_PROGRESS 2"),
        (18, "IN_PROGRESS 1"),
        (29, "IN_PROGRESS 0"),
        (100, "COMPLETED"),
    ],
    "paper boats": [(0, "IN_PROGRESS 0"), (12, "COMPLETED")],
    "boxing ring": [(0, "processing"), (15, "failed")],
    "neon lotus": [(0, "processing"), (7, "upscaling"), (25, "processing"), (43, "succeed")],
    "brand anthem": [(0, "processing"), (20, "429"), (28, "processing"), (66, "succeed")],
    "lantern festival": [(0, "processing"), (46, "502"), (56, "processing"), (88, "succeed")],
    "desert drive": [(0, "IN_PROGRESS 0"), (54, "FAILED")],
    "glass harbor": [(0, "processing"), (77, "succeed")],
    "winter lights": [
        (0, "IN_PROGRESS 0"),
        (32, "500"),
        (42, "IN_PROGRESS 0"),
        (118, "COMPLETED"),
    ],
    "paper crane": [(0, "QUEUED"), (9, "PROCESSING"), (62, "COMPLETED")],
    "night train": [(0, "PROCESSING"), (49, "FAILED")],
    "snow leopard": [(0, "PROCESSING"), (71, "COMPLETED")],
    "lost at sea": [(0, "processing"), (86_400, "processing")],
    "product spin": [(0, "succeed")],
    "pixel portrait": [(0, "failed")],
    "morning silk": [(0, "COMPLETED")],
    "opening titles": [(0, "COMPLETED")],
}


def poll(client: DemoClient, label: str) -> httpx.Response:
    """Poll the job with a label."""
    kind, job_id = IDS[label]
    methods = {"i2v": client.i2v, "o1": client.o1, "v2": client.v2, "wan": client.wan}
    return methods[kind](job_id)


def status(reply: httpx.Response) -> str:
    """Return a job's status as in a response, or the HTTP status."""
    if reply.status_code != 200:
        return str(reply.status_code)
    body = reply.json()
    if "data" in body:
        return str(body["data"]["task_status"])
    position = body.get("queue_position")
    return str(body["status"]) + ("" if position is None else f" {position}")


def test_every_job_has_a_timeline() -> None:
    """The labels are unique."""
    assert set(TIMELINES) == set(IDS)
    assert len(IDS) == len(DEMO_JOBS)


@pytest.mark.parametrize("label", TIMELINES)
def test_a_job_follows_its_timeline(client: DemoClient, clock: ManualClock, label: str) -> None:
    """Each status begins at its second, and lasts until the next one."""
    start, previous = clock.now, TIMELINES[label][0][1]
    for second, now in TIMELINES[label]:
        if second:
            clock.now = start + second - 0.01
            assert status(poll(client, label)) == previous
        clock.now = start + second
        assert status(poll(client, label)) == now
        previous = now


def test_the_demo_starts_with_jobs_in_every_status(client: DemoClient) -> None:
    """Three have succeeded, one has failed, three are queued, and the others are running."""
    statuses = [status(poll(client, label)) for label in IDS]
    assert sum(status in {"succeed", "COMPLETED"} for status in statuses) == 3
    assert statuses.count("failed") == 1
    assert sum(status in {"submitted", "QUEUED", "IN_PROGRESS 4"} for status in statuses) == 3


def test_some_job_changes_every_20_seconds(client: DemoClient, clock: ManualClock) -> None:
    """For two minutes, some response differs after 5 s and some status after 20 s."""
    answers, statuses = [], []
    for _ in range(25):
        replies = [poll(client, label) for label in IDS]
        answers.append([reply.content for reply in replies])
        statuses.append([status(reply) for reply in replies])
        clock.advance(5)
    assert all(old != new for old, new in itertools.pairwise(answers))
    assert all(old != new for old, new in zip(statuses, statuses[4:], strict=False))


def test_the_estimated_wait_counts_down(client: DemoClient, clock: ManualClock) -> None:
    """It is the time until the job is done, while queued and while running."""
    waits = []
    for _ in range(100):
        waits.append(poll(client, "rooftop dusk").json()["estimated_wait_seconds"])
        clock.advance(1)
    assert waits == list(range(100, 0, -1))
    assert poll(client, "rooftop dusk").json()["status"] == "COMPLETED"


def test_a_rate_limit_ends_after_retry_after(client: DemoClient, clock: ManualClock) -> None:
    """The next poll after that time succeeds."""
    clock.advance(21.5)
    reply = poll(client, "brand anthem")
    assert reply.json() == {"error": "Rate limit exceeded, please retry later"}
    clock.advance(int(reply.headers["Retry-After"]))
    assert status(poll(client, "brand anthem")) == "processing"


def test_errors_have_their_bodies(client: DemoClient, clock: ManualClock) -> None:
    """A 500 is the documented JSON; a proxy's 502 is an HTML page."""
    clock.advance(40)
    error = "An unexpected error occurred, please try again later"
    assert poll(client, "winter lights").json() == {"error": error}
    clock.advance(10)
    page = poll(client, "lantern festival")
    assert page.headers["Content-Type"] == "text/html"
    assert page.text.startswith("<html>")


def test_failed_jobs_have_a_reason(client: DemoClient, clock: ManualClock) -> None:
    """Each kind has its own field for it."""
    clock.advance(60)
    boxing = poll(client, "boxing ring").json()["data"]["task_status_msg"]
    assert boxing == "Failure to pass the risk control system"
    pixel = poll(client, "pixel portrait").json()["data"]["task_status_msg"]
    assert pixel == "Image pixel is invalid"
    desert = poll(client, "desert drive").json()["error"]
    assert desert == "Invalid image URL provided in prompt"
    train = poll(client, "night train").json()["error"]["message"]
    assert train == "The prompt was flagged by moderation"


def test_an_i2v_job_may_have_two_videos(client: DemoClient, clock: ManualClock) -> None:
    """Each has its own id; another job has a video of 10.1 seconds."""
    clock.advance(120)
    spin = poll(client, "product spin").json()["data"]["task_result"]["videos"]
    assert [video["duration"] for video in spin] == ["5.1", "5.0"]
    assert len({video["id"] for video in spin}) == len({video["url"] for video in spin}) == 2
    anthem = poll(client, "brand anthem").json()["data"]["task_result"]["videos"]
    assert [video["duration"] for video in anthem] == ["10.1"]


def test_an_o1_job_may_have_the_short_response(
    client: DemoClient, clock: ManualClock, gateway: DemoGateway
) -> None:
    """It has a URL and nothing else."""
    clock.advance(12)
    job_id = IDS["paper boats"][1]
    assert poll(client, "paper boats").json() == {
        "status": "COMPLETED",
        "request_id": job_id,
        "video": {"url": f"{gateway.url}/clips/silk.mp4?job={job_id}"},
    }


def test_a_v2_job_may_have_a_relative_url(client: DemoClient, clock: ManualClock) -> None:
    """The gateway serves it."""
    clock.advance(62)
    link = poll(client, "paper crane").json()["output"]["media_url"]
    assert link.startswith("/clips/")
    assert client.http.head(link).headers["Content-Type"] == "video/mp4"


def test_a_wan_job_counts_up(client: DemoClient, clock: ManualClock) -> None:
    """Its responses have a percentage and the seconds left."""
    done = []
    for _ in range(71):
        body = poll(client, "snow leopard").json()
        done.append((body["progress_percent"], body["estimated_remaining_seconds"]))
        clock.advance(1)
    assert [left for _, left in done] == list(range(71, 0, -1))
    assert done == sorted(done, key=lambda item: item[0])
    assert "/clips/" in poll(client, "snow leopard").json()["output_url"]


def test_o1_prompts_name_their_image(client: DemoClient, clock: ManualClock) -> None:
    """Full O1 responses contain the prompt."""
    clock.advance(120)
    for label in ("rooftop dusk", "winter lights", "morning silk", "opening titles"):
        assert "@Image1" in poll(client, label).json()["metadata"]["prompt_used"]


def test_ids_look_real() -> None:
    """They have the formats of real ids."""
    patterns = {
        "i2v": r"C[\w-]{21}|[0-9]{18}",
        "o1": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        "v2": r"[a-z0-9-]+_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        "wan": r"wan-[0-9a-f]{16}",
    }
    assert all(re.fullmatch(patterns[job.kind], job.id) for job in DEMO_JOBS)
