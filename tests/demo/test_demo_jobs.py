"""The jobs that every demo starts with: what they answer, and when."""

import itertools
import re

import httpx
import pytest

from kling_tui.demo import DEMO_JOBS, DemoGateway
from tests.support.demo_client import DemoClient, ManualClock

IDS = {job.label: (job.kind, job.id) for job in DEMO_JOBS}

STORIES = {
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


def poll(ask: DemoClient, label: str) -> httpx.Response:
    """Poll the job that bears a label."""
    kind, job_id = IDS[label]
    asks = {"i2v": ask.i2v, "o1": ask.o1, "v2": ask.v2, "wan": ask.wan}
    return asks[kind](job_id)


def state(reply: httpx.Response) -> str:
    """Say in a word or two what a reply tells of its job."""
    if reply.status_code != 200:
        return str(reply.status_code)
    body = reply.json()
    if "data" in body:
        return str(body["data"]["task_status"])
    position = body.get("queue_position")
    return str(body["status"]) + ("" if position is None else f" {position}")


def test_every_job_has_a_story() -> None:
    """The stories below are of all staged jobs, and labels tell the jobs apart."""
    assert set(STORIES) == set(IDS)
    assert len(IDS) == len(DEMO_JOBS)


@pytest.mark.parametrize("label", STORIES)
def test_a_job_plays_its_story(ask: DemoClient, clock: ManualClock, label: str) -> None:
    """Each state begins at its second, and lasts until the next one does."""
    start, before = clock.now, STORIES[label][0][1]
    for second, now in STORIES[label]:
        if second:
            clock.now = start + second - 0.01
            assert state(poll(ask, label)) == before
        clock.now = start + second
        assert state(poll(ask, label)) == now
        before = now


def test_the_demo_opens_on_a_mixed_table(ask: DemoClient) -> None:
    """At the start some jobs are done, one has failed, some wait, and most run."""
    states = [state(poll(ask, label)) for label in IDS]
    assert sum(word in {"succeed", "COMPLETED"} for word in states) == 3
    assert states.count("failed") == 1
    assert sum(word in {"submitted", "QUEUED", "IN_PROGRESS 4"} for word in states) == 3


def test_something_always_changes(ask: DemoClient, clock: ManualClock) -> None:
    """For two minutes, every fifth second shows another answer, every twentieth another state."""
    answers, states = [], []
    for _ in range(25):
        replies = [poll(ask, label) for label in IDS]
        answers.append([reply.content for reply in replies])
        states.append([state(reply) for reply in replies])
        clock.advance(5)
    assert all(old != new for old, new in itertools.pairwise(answers))
    assert all(old != new for old, new in zip(states, states[4:], strict=False))


def test_the_wait_falls_with_the_queue(ask: DemoClient, clock: ManualClock) -> None:
    """O1's estimated wait is that until the job is done, in line and while it runs."""
    waits = []
    for _ in range(100):
        waits.append(poll(ask, "rooftop dusk").json()["estimated_wait_seconds"])
        clock.advance(1)
    assert waits == list(range(100, 0, -1))
    assert poll(ask, "rooftop dusk").json()["status"] == "COMPLETED"


def test_a_rate_limit_says_how_long(ask: DemoClient, clock: ManualClock) -> None:
    """Whoever waits as long as ``Retry-After`` says is let in again."""
    clock.advance(21.5)
    reply = poll(ask, "brand anthem")
    assert reply.json() == {"error": "Rate limit exceeded, please retry later"}
    clock.advance(int(reply.headers["Retry-After"]))
    assert state(poll(ask, "brand anthem")) == "processing"


def test_faults_have_their_bodies(ask: DemoClient, clock: ManualClock) -> None:
    """A 500 is documented JSON; a proxy's 502 is a page."""
    clock.advance(40)
    error = "An unexpected error occurred, please try again later"
    assert poll(ask, "winter lights").json() == {"error": error}
    clock.advance(10)
    page = poll(ask, "lantern festival")
    assert page.headers["Content-Type"] == "text/html"
    assert page.text.startswith("<html>")


def test_reasons_of_failure(ask: DemoClient, clock: ManualClock) -> None:
    """Failed jobs say why, each kind in its own place."""
    clock.advance(60)
    boxing = poll(ask, "boxing ring").json()["data"]["task_status_msg"]
    assert boxing == "Failure to pass the risk control system"
    pixel = poll(ask, "pixel portrait").json()["data"]["task_status_msg"]
    assert pixel == "Image pixel is invalid"
    desert = poll(ask, "desert drive").json()["error"]
    assert desert == "Invalid image URL provided in prompt"
    train = poll(ask, "night train").json()["error"]["message"]
    assert train == "The prompt was flagged by moderation"


def test_two_videos_and_a_long_one(ask: DemoClient, clock: ManualClock) -> None:
    """One I2V job has two videos with ids of their own, another a video of 10.1 seconds."""
    clock.advance(120)
    spin = poll(ask, "product spin").json()["data"]["task_result"]["videos"]
    assert [video["duration"] for video in spin] == ["5.1", "5.0"]
    assert len({video["id"] for video in spin}) == len({video["url"] for video in spin}) == 2
    anthem = poll(ask, "brand anthem").json()["data"]["task_result"]["videos"]
    assert [video["duration"] for video in anthem] == ["10.1"]


def test_a_short_o1_reply(ask: DemoClient, clock: ManualClock, gateway: DemoGateway) -> None:
    """One O1 job ends with the document's short form: a URL and nothing else."""
    clock.advance(12)
    job_id = IDS["paper boats"][1]
    assert poll(ask, "paper boats").json() == {
        "status": "COMPLETED",
        "request_id": job_id,
        "video": {"url": f"{gateway.url}/clips/silk.mp4?job={job_id}"},
    }


def test_a_result_nearby(ask: DemoClient, clock: ManualClock) -> None:
    """One job of the unified call has its result as a path on the gateway, which is there."""
    clock.advance(62)
    link = poll(ask, "paper crane").json()["output"]["media_url"]
    assert link.startswith("/clips/")
    assert ask.http.head(link).headers["Content-Type"] == "video/mp4"


def test_a_sibling_counts_up(ask: DemoClient, clock: ManualClock) -> None:
    """The configured endpoint tells how much is done and how long it takes yet."""
    done = []
    for _ in range(71):
        body = poll(ask, "snow leopard").json()
        done.append((body["progress_percent"], body["estimated_remaining_seconds"]))
        clock.advance(1)
    assert [left for _, left in done] == list(range(71, 0, -1))
    assert done == sorted(done, key=lambda each: each[0])
    assert "/clips/" in poll(ask, "snow leopard").json()["output_url"]


def test_prompts_name_their_image(ask: DemoClient, clock: ManualClock) -> None:
    """Full O1 replies carry the prompt, which speaks of its reference image."""
    clock.advance(120)
    for label in ("rooftop dusk", "winter lights", "morning silk", "opening titles"):
        assert "@Image1" in poll(ask, label).json()["metadata"]["prompt_used"]


def test_ids_look_real() -> None:
    """Staged ids have the shapes that real ones have."""
    shapes = {
        "i2v": r"C[\w-]{21}|[0-9]{18}",
        "o1": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        "v2": r"[a-z0-9-]+_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        "wan": r"wan-[0-9a-f]{16}",
    }
    assert all(re.fullmatch(shapes[job.kind], job.id) for job in DEMO_JOBS)
