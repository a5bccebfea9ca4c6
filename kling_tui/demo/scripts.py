"""Scripts made of scripts, and the faults that a gateway or a proxy before it can have."""

import math
from collections.abc import Callable
from dataclasses import replace

from kling_tui.demo.http_types import Response, error_response
from kling_tui.demo.simulator import DemoJob, Moment, Script

ResponseFactory = Callable[[float], Response]
"""What a poll meets while the fault lasts, which is so many more wall seconds."""

_PROXY_PAGE = b"""<html>
<head><title>502 Bad Gateway</title></head>
<body>
<center><h1>502 Bad Gateway</h1></center>
<hr><center>nginx</center>
</body>
</html>
"""


def timeline(*scenes: tuple[float, Script]) -> Script:
    """Play scenes one after the other, each from its demo second of the job's life on."""

    def play(job: DemoJob, moment: Moment) -> Response:
        since, script = scenes[0]
        for begin, scene in scenes[1:]:
            if moment.elapsed >= begin:
                since, script = begin, scene
        return script(job, replace(moment, step_start=since))

    return play


def interrupted(script: Script, begin: float, end: float, fault: ResponseFactory) -> Script:
    """Play a script, but let polls between two demo seconds of the job's life meet a fault."""

    def play(job: DemoJob, moment: Moment) -> Response:
        if begin <= moment.elapsed < end:
            return fault(moment.wall_seconds(end - moment.elapsed))
        return script(job, moment)

    return play


def rate_limited(seconds: float) -> Response:
    """429, and a ``Retry-After`` (whole seconds) that holds."""
    retry = {"Retry-After": str(math.ceil(seconds))}
    return error_response(429, "Rate limit exceeded, please retry later", retry)


def server_error(_seconds: float) -> Response:
    """500, as documented."""
    return error_response(500, "An unexpected error occurred, please try again later")


def proxy_page(_seconds: float) -> Response:
    """502, from a proxy that does not know the protocol."""
    return Response(502, {"Content-Type": "text/html"}, _PROXY_PAGE)
