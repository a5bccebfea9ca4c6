"""The requests for a message are as each service documents them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kling_tui.config.loading import parse
from kling_tui.formatting.names import JobNames
from kling_tui.jobs import Job, Status, Video
from kling_tui.notifications.formats import FORMATS
from kling_tui.notifications.messages import MAX_LISTED, Message, message_about, trial_message
from kling_tui.sanitize import sanitize_line
from tests.support.ended_jobs import ended_job
from tests.support.jobs import NOW, RAW_TEXTS

LINK = "https://cdn.test/1.mp4?sig=s3cr3t"
DONE = ended_job("CjDone", NOW, label="hero", videos=(Video(LINK, duration=5.0),))
FAILED = ended_job(
    "CjFailed", NOW, Status.FAILED, message="Image pixel is invalid", label="campaign/shot_3"
)
URLS = {
    "ntfy": "https://ntfy.test/alerts",
    "slack": "https://hooks.slack.test/services/T0/B0/x",
    "discord": "https://discord.test/api/webhooks/1/x?wait=true",
    "json": "https://example.test/hook",
}


def message(*jobs: Job, links: bool = False) -> Message:
    """Return the message about some jobs."""
    return message_about(jobs, JobNames(jobs), "k3y", links=links)


def body(name: str, of: Message) -> dict[str, Any]:
    """Return the JSON of a message in a format."""
    value: dict[str, Any] = json.loads(FORMATS[name](of, URLS[name]).body)
    return value


def test_a_message_says_label_kind_outcome_and_cost() -> None:
    """Of a failure also the reason."""
    assert message(DONE).title == "Job done"
    assert message(DONE).entries[0].text == "✓ hero (i2v) done, $0.35"
    both = message(DONE, replace(FAILED, profile="studio"))
    assert both.title == "2 jobs ended: 1 done, 1 failed"
    assert both.entries[1].text == (
        "✗ campaign/shot_3 (studio i2v) failed: Image pixel is invalid, $0.35"
    )
    unpriced = replace(DONE, price=None, label="")
    assert message(unpriced).entries[0].text == "✓ CjDone (i2v) done"


def test_jobs_with_equal_labels_have_different_names() -> None:
    """As in the app."""
    first, second = (entry.text for entry in message(DONE, replace(DONE, id="CjOther")).entries)
    assert first != second


def test_ntfy() -> None:
    """JSON goes to the root of the server; a repeated message has the same sequence_id."""
    post = FORMATS["ntfy"](message(FAILED), URLS["ntfy"])
    assert post.url == "https://ntfy.test/"
    assert FORMATS["ntfy"](message(DONE), "https://h.test/ntfy/alerts/").url == (
        "https://h.test/ntfy/"
    )
    assert json.loads(post.body) == {
        "topic": "alerts",
        "title": "Job failed",
        "message": "✗ campaign/shot_3 (i2v) failed: Image pixel is invalid, $0.35",
        "tags": ["x"],
        "sequence_id": "kling-tui-k3y",
    }
    assert body("ntfy", message(DONE))["tags"] == ["white_check_mark"]


def test_slack() -> None:
    """Its three special characters are escaped, and its markup is off."""
    job = replace(FAILED, label="<!channel> & *all*")
    value = body("slack", message(DONE, job))
    assert value["mrkdwn"] is False
    assert value["text"].split("\n") == [
        "2 jobs ended: 1 done, 1 failed",
        "✓ hero (i2v) done, $0.35",
        "✗ &lt;!channel&gt; &amp; *all* (i2v) failed: Image pixel is invalid, $0.35",
    ]


def test_discord() -> None:
    """Nobody is mentioned, and markup is escaped."""
    job = replace(FAILED, label="@everyone [x](https://evil.test) _a_")
    value = body("discord", message(job))
    assert value["allowed_mentions"] == {"parse": []}
    assert "\\[x\\](https://evil.test) \\_a\\_" in value["content"]


def test_json() -> None:
    """It has the values of the jobs, and a key that is the same when it is sent again."""
    post = FORMATS["json"](message(DONE, FAILED), URLS["json"])
    assert post.headers == {"Idempotency-Key": "k3y"}
    value = json.loads(post.body)
    assert value["id"] == "k3y"
    done, failed = value["jobs"]
    assert done == {
        "id": "CjDone",
        "kind": "i2v",
        "label": "hero",
        "profile": "",
        "status": "succeeded",
        "message": None,
        "cost_usd": "0.35",
        "ended_at": "2026-11-20T10:00:00Z",
        "links": [],
    }
    assert failed["message"] == "Image pixel is invalid"


@pytest.mark.parametrize("name", FORMATS)
def test_links_are_left_out_unless_asked_for(name: str) -> None:
    """Whoever has one can download the result."""
    without = FORMATS[name](message(DONE), URLS[name]).body.decode()
    assert LINK not in without
    assert LINK in FORMATS[name](message(DONE, links=True), URLS[name]).body.decode()


@pytest.mark.parametrize("name", FORMATS)
def test_the_test_message_can_be_sent_in_each_format(name: str) -> None:
    """It says what it is."""
    assert b"kling-tui" in FORMATS[name](trial_message(), URLS[name]).body


def test_formats_are_those_of_the_config() -> None:
    """Each name is valid there."""
    for name, url in URLS.items():
        text = f'[notify.push]\nformat = "{name}"\nurl = "{url}"\n'
        assert parse(text, "config").notify.push.format == name
    assert URLS.keys() == FORMATS.keys()


@given(
    label=RAW_TEXTS,
    reason=st.text("_*<&>é漢😀 a", min_size=1, max_size=2000),
    count=st.integers(1, MAX_LISTED + 2),
)
def test_a_message_fits_and_names_its_jobs(label: str, reason: str, count: int) -> None:
    """However long and strange the texts are: within the limits of the services."""
    jobs = [
        replace(FAILED, id=f"Cj{number}", label=f"{number} {label}"[:60], message=reason)
        for number in range(count)
    ]
    each = message(*jobs, links=True)
    texts = {
        "ntfy": body("ntfy", each)["message"],
        "slack": body("slack", each)["text"],
        "discord": body("discord", each)["content"],
    }
    assert len(texts["ntfy"].encode()) <= 4096
    assert len(texts["slack"]) <= 4000
    assert len(texts["discord"]) <= 2000
    for text in texts.values():
        for number in range(min(count, MAX_LISTED)):
            assert f"✗ {number}" in text
        assert all(sanitize_line(line) == line for line in text.split("\n"))


@pytest.mark.parametrize("name", ["ntfy", "slack", "discord"])
def test_of_very_many_jobs_some_are_listed(name: str) -> None:
    """The failed ones first; the title counts all of them."""
    jobs = [replace(DONE, id=f"CjDone{number}", label="") for number in range(500)]
    each = message(*jobs, FAILED)
    assert each.title == "501 jobs ended: 1 failed, 500 done"
    value = body(name, each)
    text = next(value[field] for field in ("message", "text", "content") if field in value)
    lines = [line for line in text.split("\n") if line != each.title]
    assert lines[0].startswith("✗")
    assert lines[MAX_LISTED - 1].startswith("✓")
    assert lines[MAX_LISTED:] == ["and 481 more"]
