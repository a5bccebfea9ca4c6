"""A gateway on loopback that speaks the documented protocols, for trying the app and for tests.

It imports nothing else of this project: it is an opinion of its own on what the documents say.
"""

from kling_tui.demo.clips import BLOOM, CLIPS, DUSK, LANTERNS, SILK, Clip
from kling_tui.demo.demo_jobs import STAGED
from kling_tui.demo.gateway import DemoGateway
from kling_tui.demo.http_types import Reply, Seen, error_reply, json_reply
from kling_tui.demo.simulator import Kind, Moment, Script, StagedJob
from kling_tui.demo.wan import SETTINGS

__all__ = [
    "BLOOM",
    "CLIPS",
    "DUSK",
    "LANTERNS",
    "SETTINGS",
    "SILK",
    "STAGED",
    "Clip",
    "DemoGateway",
    "Kind",
    "Moment",
    "Reply",
    "Script",
    "Seen",
    "StagedJob",
    "error_reply",
    "json_reply",
]
