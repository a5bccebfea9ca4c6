"""A gateway written from the two API documents, and from what is known of the newer call.

A test sets its replies one by one.
"""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

I2V_PATH = "/kling-ai-polling/v1/getImageToVideoStatus"
O1_PATH = (
    "/kling-o1-reference-image-to-video-382/v1/kling-o1-reference-image-to-video-request-result"
)
KEY_HEADER = "Ocp-Apim-Subscription-Key"


@dataclass(frozen=True)
class Reply:
    """What is sent back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class PollRequest:
    """A request to the letter, and what it was answered."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    received_at: float = field(default_factory=time.monotonic)
    reply: Reply = Reply(404, {}, b'{"error": "Endpoint not found"}')

    def header(self, name: str) -> list[str]:
        """Return all values of a header."""
        return [value for each, value in self.headers if each.lower() == name.lower()]

    @property
    def job_id(self) -> str:
        """The id that is asked about, by the path or whichever of the two documented fields."""
        if self.method == "GET":
            return self.path.rpartition("/")[2]
        body = json.loads(self.body)
        return str(body.get("task_id") or body.get("request_id"))


def json_reply(body: object, status: int = 200, **headers: str) -> Reply:
    """Return a JSON answer; an underscore in a header's name stands for a hyphen."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, {"Content-Type": "application/json", **named}, json.dumps(body).encode())


def i2v_reply(status: str, message: str = "", **more: Any) -> Reply:
    """Answer as "Image To Video Status" has it; `more` goes into its ``data``."""
    body = {
        "code": 0,
        "message": "IN_PROGRESS" if status == "processing" else "SUCCEED",
        "request_id": "CjNQtmctxFMAAAAAAAotherQ",
        "data": {
            "task_id": "CjNQtmctxFMAAAAxxxxxx",
            "task_status": status,
            "task_status_msg": message,
            "created_at": 1731498794172,
            "updated_at": 1731499078648,
            **more,
        },
    }
    return json_reply(body)


def i2v_done_reply(*videos: Mapping[str, str]) -> Reply:
    """Answer that an I2V task has these videos."""
    return i2v_reply("succeed", task_info={}, task_result={"videos": list(videos)})


def o1_reply(status: str, **more: Any) -> Reply:
    """Answer as "Check Status" has it."""
    return json_reply(
        {"status": status, "request_id": "a1b2c3d4-e5f6-7890-g1h2-i3j4k5l6m7n8", **more}
    )


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


class DocumentedGateway:
    """Answers on 127.0.0.1 what it was told to, and remembers every request."""

    def __init__(self) -> None:
        self.requests: list[PollRequest] = []
        self.connections = 0
        """How many were opened so far."""
        self._scripts: dict[str, list[Reply]] = {}
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Exchange)
        self._server.gateway = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.02])

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def script(self, job_id: str, *answers: Reply) -> None:
        """Answer so about a job from now on: one after the other, the last one for ever."""
        with self._lock:
            self._scripts[job_id] = list(answers)

    def requests_for(self, job_id: str) -> list[PollRequest]:
        """Return the requests about a job."""
        return [each for each in list(self.requests) if each.job_id == job_id]

    def reply_to(self, asked: PollRequest) -> Reply:
        """Note a request, and take the next answer of its script."""
        with self._lock:
            if answers := self._scripts.get(asked.job_id):
                asked.reply = answers.pop(0) if len(answers) > 1 else answers[0]
            self.requests.append(asked)
            return asked.reply

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):  # the client was faster
                    connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()

    def opened(self, connection: socket.socket) -> None:
        """Count a connection, and remember to hang up on it."""
        with self._lock:
            self.connections += 1
            self._open.add(connection)

    def closed(self, connection: socket.socket) -> None:
        """Forget a connection."""
        with self._lock:
            self._open.discard(connection)


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that closing waits for the last of them
    gateway: DocumentedGateway

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Let clients hang up when they like."""


class _Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.gateway.opened(self.connection)

    def finish(self) -> None:
        self.server.gateway.closed(self.connection)
        super().finish()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        asked = PollRequest(self.command, self.path, tuple(self.headers.items()), body)
        reply = self.server.gateway.reply_to(asked)
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    do_GET = do_POST  # noqa: N815 - the base's name

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""
