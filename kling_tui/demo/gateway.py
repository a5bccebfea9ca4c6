"""Runs the demo gateway in a thread."""

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

_MAX_REQUESTS = 1000


class DemoGateway:
    """A server for the documented protocols and two related ones, with simulated jobs.

    ``port`` 0 takes a free port. Demo time runs ``speed`` times as fast as ``clock`` (Unix time in
    seconds), beginning with ``start``, which raises OSError if the port is taken.
    """

    key = "demo-key"
    """A key that it accepts; it accepts any other as well."""

    def __init__(
        self,
        *,
        port: int = 0,
        speed: float = 1.0,
        clock: Callable[[], float] = time.time,
        jobs: Sequence[DemoJob] = DEMO_JOBS,
    ) -> None:
        self.requests: deque[Request] = deque(maxlen=_MAX_REQUESTS)
        """The last requests, oldest first, without those that were not valid HTTP."""
        self._port = port
        self._clock = clock
        self._simulator = JobSimulator(jobs, generate_job, speed=speed, clock=clock)
        self._server: Server | None = None

    @property
    def url(self) -> str:
        """``http://127.0.0.1:PORT``, once it is started."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start the server, and the first time the demo time as well."""
        if self._server is None:
            self._server = Server(self._port, self._handle_request, self._clock)
            self._port = self._server.server_address[1]
            self._simulator.start(self.url)
            threading.Thread(target=self._server.serve, name="demo gateway", daemon=True).start()

    def stop(self) -> None:
        """Close all connections and free the port; a later ``start`` takes the same one."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    def add_job(self, job: DemoJob) -> None:
        """Add a job that begins now, less its age; it replaces one with its kind and id."""
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

    def _handle_request(self, request: Request) -> Response:
        self.requests.append(request)
        return handle_request(request, self._simulator)
