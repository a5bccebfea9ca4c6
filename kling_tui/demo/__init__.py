"""A gateway on loopback that speaks the documented protocols, for trying the app and for tests.

It imports nothing else of this project: it is an opinion of its own on what the documents say.
"""

from kling_tui.demo.clips import BLOOM, CLIPS, DUSK, LANTERNS, SILK, Clip
from kling_tui.demo.demo_jobs import DEMO_JOBS
from kling_tui.demo.gateway import DemoGateway
from kling_tui.demo.http_types import Request, Response, error_response, json_response
from kling_tui.demo.simulator import DemoJob, Kind, Moment, Script
from kling_tui.demo.wan import SETTINGS

__all__ = [
    "BLOOM",
    "CLIPS",
    "DEMO_JOBS",
    "DUSK",
    "LANTERNS",
    "SETTINGS",
    "SILK",
    "Clip",
    "DemoGateway",
    "DemoJob",
    "Kind",
    "Moment",
    "Request",
    "Response",
    "Script",
    "error_response",
    "json_response",
]
