"""Combines scripts over time, and simulates errors of a gateway or its proxy."""

import math
from collections.abc import Callable
from dataclasses import replace

from kling_tui.demo.http_types import Response, error_response
from kling_tui.demo.simulator import DemoJob, Moment, Script

ResponseFactory = Callable[[float], Response]
"""Returns an error response; the argument is how many more wall seconds the error lasts."""

_PROXY_PAGE = b"""<html>
<head><title>502 Bad Gateway</title></head>
<body>
<center><h1>502 Bad Gateway</h1></center>
<hr><center>nginx</center>
</body>
</html>
"""


def timeline(*steps: tuple[float, Script]) -> Script:
    """Run scripts one after the other, each from a demo second since submission."""

    def respond(job: DemoJob, moment: Moment) -> Response:
        step_start, script = steps[0]
        for start, later_script in steps[1:]:
            if moment.elapsed >= start:
                step_start, script = start, later_script
        return script(job, replace(moment, step_start=step_start))

    return respond


def interrupted(script: Script, start: float, end: float, error: ResponseFactory) -> Script:
    """Run a script, but respond with an error between two demo seconds since submission."""

    def respond(job: DemoJob, moment: Moment) -> Response:
        if start <= moment.elapsed < end:
            return error(moment.wall_seconds(end - moment.elapsed))
        return script(job, moment)

    return respond


def rate_limited(seconds: float) -> Response:
    """Return 429 with a ``Retry-After`` (whole seconds) at which the error has ended."""
    retry_after = {"Retry-After": str(math.ceil(seconds))}
    return error_response(429, "Rate limit exceeded, please retry later", retry_after)


def server_error(_seconds: float) -> Response:
    """Return 500, as documented."""
    return error_response(500, "An unexpected error occurred, please try again later")


def proxy_page(_seconds: float) -> Response:
    """Return 502 with the HTML page of a proxy."""
    return Response(502, {"Content-Type": "text/html"}, _PROXY_PAGE)
