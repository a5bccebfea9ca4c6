"""The demo gateway: an HTTP server on 127.0.0.1 with simulated jobs, for the demo and for tests.

It imports nothing else of this project, so that it is an independent reading of the API documents.

- `gateway`: starts and stops the server
- `server`: HTTP/1.1 with keep-alive
- `protocol`: which response answers which request
- `simulator`: the jobs, how long each has run, and the protocol of scripts
- `demo_jobs`: the jobs of the demo; `earlier_jobs`: those that have ended before
- `generated_jobs`: jobs made from any plausible id
- `scripts`: timelines and error responses
- `i2v`, `o1`, `v2`, `wan`: the response bodies of one endpoint each; `endpoints`: their common type
- `clips`: the videos; `range_requests`: how they are served
- `http_types`: requests and responses
"""

from kling_tui.demo.clips import BLOOM, CLIPS, DUSK, LANTERNS, SILK, Clip
from kling_tui.demo.demo_jobs import DEMO_JOBS
from kling_tui.demo.earlier_jobs import EARLIER_JOBS, EarlierJob
from kling_tui.demo.gateway import DemoGateway
from kling_tui.demo.http_types import Request, Response, error_response, json_response
from kling_tui.demo.simulator import DemoJob, Kind, Moment, Script
from kling_tui.demo.wan import SETTINGS

__all__ = [
    "BLOOM",
    "CLIPS",
    "DEMO_JOBS",
    "DUSK",
    "EARLIER_JOBS",
    "LANTERNS",
    "SETTINGS",
    "SILK",
    "Clip",
    "DemoGateway",
    "DemoJob",
    "EarlierJob",
    "Kind",
    "Moment",
    "Request",
    "Response",
    "Script",
    "error_response",
    "json_response",
]
