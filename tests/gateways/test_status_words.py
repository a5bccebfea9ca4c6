"""Status words and ids, which all endpoints share."""

import pytest

from kling_tui.gateways import BUILT_IN, kind_of
from kling_tui.jobs import Status
from tests.support.polling import IDS, KINDS, status_reply

WORDS = [
    *((word, Status.SUCCEEDED) for word in ("succeed", "succeeded", "success", "completed")),
    *((word, Status.SUCCEEDED) for word in ("complete", "finished", "done", "ready")),
    *((word, Status.FAILED) for word in ("failed", "fail", "error", "cancelled", "canceled")),
    *((word, Status.QUEUED) for word in ("submitted", "queued", "in_queue", "pending")),
    *((word, Status.QUEUED) for word in ("created", "starting", "wait")),
    *((word, Status.RUNNING) for word in ("processing", "in_progress", "running")),
    *((word, Status.UNKNOWN) for word in ("upscaling", "expired", "partial", "?")),
]


@pytest.mark.parametrize(("word", "status"), WORDS)
@pytest.mark.parametrize("kind", KINDS)
def test_status_words(kind: str, word: str, status: Status) -> None:
    """Every word that was seen has its meaning in any case; any other is shown as it came."""
    for spelt in (word, word.upper(), word.title(), f"  {word}\n"):
        report = BUILT_IN[kind].parse(status_reply(kind, spelt), 200)
        assert report
        assert report.status is status
        assert report.raw_status == spelt.strip()


@pytest.mark.parametrize(
    ("job_id", "kind"),
    [
        (IDS["i2v"], "i2v"),
        ("CjI17WevH1IAAAAAAHmgsw", "i2v"),
        ("842250903629086785", "i2v"),
        (IDS["o1"], "o1"),
        ("A1B2C3D4-E5F6-7890-abcd-ef0123456789", "o1"),
        (IDS["v2"], "v2"),
        ("kling-o1-reference-image-to-video-382_123e4567-e89b-42d3-a456-426614174000", "v2"),
        (f"veo-3.1-fast_{IDS['o1']}", "v2"),
        (f"_{IDS['o1']}", None),
        (f"a/b_{IDS['o1']}", None),
        ("٣" * 18, None),
        ("take-12", None),
        ("", None),
    ],
)
def test_kinds_by_the_shape_of_an_id(job_id: str, kind: str | None) -> None:
    """The documents' own examples and the shapes that were seen are told apart."""
    assert kind_of(job_id, BUILT_IN) == kind
