"""A gateway whose replies are written from the API documents, and shared with no other code.

The documents are "Image To Video Status" (I2V) and "Check Status" (O1); for the unified status
call (V2) there is none, so its replies are as they were seen.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import unquote

from tests.support.scripted_server import Request, ScriptedServer, http_response

I2V_PATH = "/kling-ai-polling/v1/getImageToVideoStatus"
O1_PATH = (
    "/kling-o1-reference-image-to-video-382/v1/kling-o1-reference-image-to-video-request-result"
)
KEY_HEADER = "Ocp-Apim-Subscription-Key"


@dataclass(frozen=True)
class Reply:
    """An HTTP response to a poll."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def encode(self) -> bytes:
        """Return the response as it is sent."""
        headers = (f"{name}: {value}" for name, value in self.headers.items())
        return http_response(self.body, f"{self.status} -", *headers)


@dataclass(frozen=True, kw_only=True)
class PollRequest(Request):
    """A request and the reply to it."""

    reply: Reply

    @property
    def job_id(self) -> str:
        """The id of the job that is polled."""
        return requested_job_id(self)


def requested_kind(request: Request) -> str:
    """Return which endpoint a request is for."""
    if request.method == "GET":
        return "v2"
    return "i2v" if b"task_id" in request.body else "o1"


def requested_job_id(request: Request) -> str:
    """Return the id in the path (V2), or in the field that the endpoint's document names."""
    if request.method == "GET":
        return unquote(request.path.rpartition("/")[2])
    body = json.loads(request.body)
    return str(body.get("task_id") or body.get("request_id"))


def json_reply(body: object, status: int = 200, **headers: str) -> Reply:
    """Return a JSON reply; an underscore in a header's name stands for a hyphen."""
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, {"Content-Type": "application/json", **fields}, json.dumps(body).encode())


def i2v_reply(status: str, message: str = "", **more: Any) -> Reply:
    """Return a reply of "Image To Video Status"; `more` goes into its ``data``.

    It names no job, so that it can be the reply about any.
    """
    body = {
        "code": 0,
        "message": "IN_PROGRESS" if status == "processing" else "SUCCEED",
        "request_id": "CjNQtmctxFMAAAAAAAotherQ",
        "data": {
            "task_status": status,
            "task_status_msg": message,
            "created_at": 1731498794172,
            "updated_at": 1731499078648,
            **more,
        },
    }
    return json_reply(body)


def i2v_done_reply(*videos: Mapping[str, str]) -> Reply:
    """Return a reply for an I2V task that has succeeded with these videos."""
    return i2v_reply("succeed", task_info={}, task_result={"videos": list(videos)})


def o1_reply(status: str, **more: Any) -> Reply:
    """Return a reply of "Check Status", which names no job."""
    return json_reply({"status": status, **more})


I2V_RUNNING = i2v_reply("processing", "Processing")
I2V_DONE = i2v_done_reply(
    {
        "id": "6eefbb94-a633-4fe7-bf37-3a24fc2de32b",
        "url": "https://cdn.klingai.com/bs2/upload/text2video/raw_video_1.mp4?cacheKey=a%2Fb&x=1",
        "duration": "5.1",
    }
)
I2V_FAILED = i2v_reply("failed", "Failure to pass the risk control system", task_result={})
O1_QUEUED = o1_reply("IN_PROGRESS", queue_position=2, estimated_wait_seconds=45)
O1_RUNNING = o1_reply("IN_PROGRESS")
O1_DONE = o1_reply(
    "COMPLETED",
    video={
        "url": "https://storage.pixazo.ai/videos/a1b2c3d4.mp4",
        "duration": 5,
        "width": 1280,
        "height": 720,
        "content_type": "video/mp4",
    },
    metadata={
        "prompt_used": "Take @Image1 as the start frame...",
        "aspect_ratio": "16:9",
        "processing_time_seconds": 87,
    },
)
O1_FAILED = o1_reply("FAILED", error="Invalid image URL provided in prompt")
V2_RUNNING = json_reply({"status": "PROCESSING", "created_at": "2026-04-21T09:00:00.125Z"})
V2_DONE = json_reply(
    {
        "status": "COMPLETED",
        "output": {"media_url": ["https://cdn.pixazo.ai/videos/019da2c4.mp4?sig=a%2Fb"]},
        "created_at": "2026-04-21T09:00:00.125Z",
        "completed_at": "2026-04-21T09:02:10Z",
    }
)
V2_FAILED = json_reply({"status": "FAILED", "error": {"message": "flagged by moderation"}})
UNAUTHORIZED = json_reply({"error": "Invalid API key"}, 401)
NOT_FOUND = json_reply({"error": "Endpoint not found"}, 404)


class DocumentedGateway:
    """Replies to polls as scripted for each job, and records every request.

    It serves in a thread, as the programs that poll it are other processes.
    """

    def __init__(self) -> None:
        self.requests: list[PollRequest] = []
        self.refused_keys: set[str] = set()
        """API keys to which it replies with 401."""
        self._server = ScriptedServer(self._handle)
        self._scripts: dict[str, list[Reply]] = {}

    @property
    def url(self) -> str:
        """Where it listens."""
        return self._server.url

    @property
    def connections(self) -> int:
        """How many were opened so far."""
        return self._server.connections

    def script(self, job_id: str, *replies: Reply) -> None:
        """Set the replies for a job: one for each poll, the last one for all further polls."""
        self._scripts[job_id] = list(replies)

    def requests_for(self, job_id: str) -> list[PollRequest]:
        """Return the requests for a job."""
        return [request for request in list(self.requests) if request.job_id == job_id]

    async def _handle(self, request: Request, writer: asyncio.StreamWriter) -> None:
        replies = self._scripts.get(requested_job_id(request), [NOT_FOUND])
        if self.refused_keys.intersection(request.header(KEY_HEADER)):
            reply = UNAUTHORIZED
        else:
            reply = replies.pop(0) if len(replies) > 1 else replies[0]
        self.requests.append(PollRequest(**vars(request), reply=reply))
        writer.write(reply.encode())

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.__exit__()
