"""The demo gateway, as the app and the tests hold it."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from kling_tui.demo.demo_jobs import DEMO_JOBS
from kling_tui.demo.generated_jobs import generate_job
from kling_tui.demo.http_types import Request, Response
from kling_tui.demo.protocol import handle_request
from kling_tui.demo.server import Server
from kling_tui.demo.simulator import DemoJob, JobSimulator

_REQUESTS_KEPT = 1000


class DemoGateway:
    """A gateway that speaks the documented protocols and siblings of them; its jobs play scripts.

    ``port`` 0 takes a free one. Demo time runs ``speed`` times as fast as ``clock`` (Unix time in
    seconds), from ``start`` on. A port that is taken is an OSError.
    """

    key = "demo-key"
    """A key that it accepts; in fact it accepts any."""

    def __init__(
        self,
        *,
        port: int = 0,
        speed: float = 1.0,
        clock: Callable[[], float] = time.time,
        jobs: Sequence[DemoJob] = DEMO_JOBS,
    ) -> None:
        self.requests: deque[Request] = deque(maxlen=_REQUESTS_KEPT)
        """The last requests, the newest at the end; without those whose framing was refused."""
        self._port = port
        self._clock = clock
        self._simulator = JobSimulator(jobs, generate_job, speed=speed, clock=clock)
        self._server: Server | None = None

    @property
    def url(self) -> str:
        """Where it listens once it is started: ``http://127.0.0.1:PORT``."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Begin to listen, and demo time with it."""
        if self._server is None:
            self._server = Server(self._port, self._answer, self._clock)
            self._port = self._server.server_address[1]
            self._simulator.start(self.url)
            threading.Thread(target=self._server.serve, name="demo gateway", daemon=True).start()

    def stop(self) -> None:
        """Hang up on everyone and free the port."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    def add_job(self, job: DemoJob) -> None:
        """Stage one more job, or another in place of the one with its kind and id."""
        self._simulator.add_job(job)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _answer(self, request: Request) -> Response:
        self.requests.append(request)
        return handle_request(request, self._simulator)
