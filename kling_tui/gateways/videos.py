"""Reads the results of a job from a reply, in whatever field and form they are."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from msgspec.structs import replace

from kling_tui.gateways import json_fields, units
from kling_tui.jobs import MAX_VIDEOS, Video

_LINK_FIELDS = (
    "videos", "video", "videourls", "videourl", "taskresult", "output", "outputs", "outputurls",
    "outputurl", "mediaurls", "mediaurl", "media", "results", "result", "resulturls", "resulturl",
    "url", "urls", "uri", "downloadurl", "fileurl", "data",
)  # fmt: skip
"""Names of fields that hold a link, or links, or the objects with them; the first with one counts.

Inputs, thumbnails and watermarked copies are in other fields."""
_FIELDS_OF_A_VIDEO = {"url", "uri", "downloadurl", "fileurl"}
"""The `id` beside these is the video's; beside others it may be the job's."""
_LENGTH_FIELDS = ("duration", "durationseconds", "durationsec", "videoduration", "seconds")
_LENGTH_FIELDS_IN_MS = ("durationms", "durationmillis", "durationmilliseconds")
_MAX_DEPTH = 8


def read_videos(reply: object) -> tuple[Video, ...]:
    """Return the results in a reply, at most MAX_VIDEOS.

    Each has its link in a field of _LINK_FIELDS, spelt in any case with any separators, and its
    other details beside the link. The field may hold the link itself, an object with such a field,
    or a list of both::

        {"videos": [{"id": "…", "url": "https://…", "duration": "5.1"}]}
        {"video": "https://…", "duration": 5}
        {"output": {"media_url": ["https://…", "/v/2.mp4"]}}
        {"output": {"video": {"url": "https://…"}}}
        {"data": {"videoUrl": "https://…"}}

    Links may be relative to the gateway's URL.
    """
    return tuple(islice(_find_videos(reply, _MAX_DEPTH), MAX_VIDEOS))


def _find_videos(value: object, depth: int) -> Iterator[Video]:
    if isinstance(value, list) and depth:
        for item in value:
            yield from _find_videos(item, depth - 1)
    elif isinstance(value, dict) and depth:
        yield from _videos_in_object(json_fields.normalised(value), depth)
    elif url := json_fields.url_or_path(value):
        yield Video(url)


def _videos_in_object(fields: Mapping[str, Any], depth: int) -> Iterator[Video]:
    for name in filter(fields.__contains__, _LINK_FIELDS):
        found = list(islice(_find_videos(fields[name], depth - 1), MAX_VIDEOS))
        if found:
            beside = _details(fields, name, count=len(found))
            yield from (video if _has_details(video) else _with(video, beside) for video in found)
            return


def _has_details(video: Video) -> bool:
    return video != Video(video.url)


def _with(video: Video, details: Video) -> Video:
    return replace(details, url=video.url)


def _details(fields: Mapping[str, Any], name: str, count: int) -> Video:
    """Return a video with what an object says beside the link, or beside `count` links.

    What it says of the length of several is not known to be that of each, so it is left out. What
    an object says that contains another object is of the job.
    """
    links = fields[name]
    if isinstance(links, dict) or (isinstance(links, list) and not isinstance(links[0], str)):
        return Video("")
    return Video(
        "",
        id=json_fields.text(fields.get("id")) if name in _FIELDS_OF_A_VIDEO else None,
        duration=_length(fields) if count == 1 else None,
        width=json_fields.positive_int(fields.get("width")),
        height=json_fields.positive_int(fields.get("height")),
        content_type=json_fields.text(fields.get("contenttype") or fields.get("mimetype")),
    )


def _length(fields: Mapping[str, Any]) -> float | None:
    """Return a video's length in seconds."""
    for name in _LENGTH_FIELDS:
        if (seconds := units.clip_seconds(fields.get(name))) is not None:
            return seconds
    for name in _LENGTH_FIELDS_IN_MS:
        if (milliseconds := json_fields.number(fields.get(name))) is not None:
            return units.clip_seconds(milliseconds / 1000)
    return None
