"""Reading results, in every field and form that endpoints use."""

from typing import Any

import pytest

from kling_tui.gateways import BUILT_IN
from kling_tui.gateways.videos import read_videos
from kling_tui.jobs import MAX_VIDEOS, Report, Status, Video
from tests.support.polling import KINDS

A, B = "https://cdn.test/1.mp4?sig=a%2Fb", "https://cdn.test/2.mp4"
FIELDS = [
    "videos", "video", "video_url", "videoUrl", "video_urls", "output", "outputs", "output_url",
    "outputUrl", "media_url", "media_urls", "result", "results", "result_url", "url", "URL",
]  # fmt: skip


def finished(kind: str, result: dict[str, Any]) -> Report:
    """Return the report of a job that has succeeded with a result."""
    body: dict[str, Any] = {"status": "COMPLETED", **result}
    if kind == "i2v":
        body = {"code": 0, "message": "SUCCEED", "data": {"task_status": "succeed", **result}}
    report = BUILT_IN[kind].parse(body, 200)
    assert report
    assert report.status is Status.SUCCEEDED
    return report


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("kind", KINDS)
def test_links_in_every_field_and_form(kind: str, field: str) -> None:
    """A text, an object, a list of texts or of objects: of every endpoint."""
    forms: dict[int, list[Any]] = {
        1: [A, {"url": A}, [A], [{"url": A}], {"video": {"url": A}}, {"media_url": [A]}, [[A]]],
        2: [[A, B], [{"url": A}, {"url": B}], {"media_url": [A, B]}, [{"video_url": A}, B]],
    }
    for count, values in forms.items():
        for value in values:
            report = finished(kind, {field: value})
            assert [video.url for video in report.videos] == [A, B][:count]
            assert report.conclusive


@pytest.mark.parametrize("container", ["task_result", "output", "result", "data"])
@pytest.mark.parametrize("kind", KINDS)
def test_links_in_containers(kind: str, container: str) -> None:
    """In every field of theirs."""
    for field in FIELDS:
        assert [video.url for video in finished(kind, {container: {field: A}}).videos] == [A]


@pytest.mark.parametrize("value", [None, {}, [], "", "pending", "n/a", 7, True, [None], {"a": A}])
@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("kind", KINDS)
def test_field_without_a_link_is_no_result(kind: str, field: str, value: object) -> None:
    """Done without a link is not certain."""
    report = finished(kind, {field: value, "task_result": None})
    assert (report.videos, report.conclusive) == ((), False)


@pytest.mark.parametrize("kind", KINDS)
def test_same_link_in_two_fields_is_one_result(kind: str) -> None:
    """The field with the list of all counts."""
    assert len(finished(kind, {"video": {"url": A}, "output_url": A}).videos) == 1
    assert len(finished(kind, {"video_url": A, "videos": [{"url": A}, {"url": B}]}).videos) == 2


@pytest.mark.parametrize(
    "result",
    [
        {"video": {"url": A, "duration": "10,04", "width": "1280", "content_type": "video/mp4"}},
        {"video_url": A, "duration": 10_040, "width": 1280, "contentType": "video/mp4"},
        {"output": {"media_url": [A], "durationMs": 10_040, "width": 1280,
                    "mime_type": "video/mp4"}},
        {"videos": [{"videoUrl": A, "duration_seconds": 10.04, "width": 1280,
                     "content_type": "video/mp4"}]},
    ],
)  # fmt: skip
def test_details_beside_the_link(result: dict[str, Any]) -> None:
    """In each form of the result."""
    expected = (Video(A, duration=10.04, width=1280, content_type="video/mp4"),)
    assert read_videos(result) == expected


def test_id_is_that_of_the_video() -> None:
    """The id of the job, beside its videos, is none of a video."""
    assert read_videos({"id": "job", "video_url": A}) == (Video(A),)
    assert read_videos({"id": "job", "video": {"id": "v", "url": A}}) == (Video(A, id="v"),)


def test_length_beside_several_links_is_unknown() -> None:
    """It may be that of each, or of all together."""
    assert read_videos({"output": [A, B], "duration": 10}) == (Video(A), Video(B))


@pytest.mark.parametrize(
    "reply",
    [
        {"image_url": A, "thumbnail": A, "watermark_url": A, "polling_url": A, "status_url": A},
        {"input": {"video": A}, "request": {"url": A}, "metadata": {"url": A}},
        {"urls": {"get": A, "cancel": B}},
        {"video": "javascript:alert(1)", "output": "//evil.test/1.mp4"},
    ],
)
def test_other_links_are_no_results(reply: dict[str, Any]) -> None:
    """Inputs, previews and status calls have links too."""
    assert read_videos(reply) == ()


def test_number_of_results_and_depth_are_bounded() -> None:
    """A reply cannot fill the memory or the stack."""
    assert len(read_videos({"videos": [{"urls": [A] * 1_000}] * 1_000})) == MAX_VIDEOS
    nested: object = A
    for _ in range(500):
        nested = {"output": [nested]}
    assert read_videos(nested) == ()
