"""Jobs for ids that nobody staged, so that any realistic id can be tried on the demo."""

import hashlib
from collections.abc import Callable

from kling_tui.demo import i2v, o1, v2, wan
from kling_tui.demo.clips import CLIPS
from kling_tui.demo.scripts import timeline
from kling_tui.demo.simulator import DemoJob, Kind, Script

_I2V_REASONS = ("Failure to pass the risk control system", "Image pixel is invalid")
_O1_REASON = "Invalid image URL provided in prompt"
_PROMPT = "Take @Image1 as the start frame and let the camera drift closer"


def generate_job(kind: Kind, job_id: str) -> DemoJob:
    """Make up a job; the same id always has the same fate.

    It waits for a quarter of its 20 to 70 demo seconds and runs for the rest; one in seven fails.
    """
    lots = hashlib.blake2b(job_id.encode(), digest_size=4).digest()
    done = 20 + 50 * lots[0] / 255
    script = _SCRIPTS[kind](done, lots)
    return DemoJob(job_id, kind, "", 0, script)


def _fails(lots: bytes) -> bool:
    return lots[1] % 7 == 0


def _i2v(done: float, lots: bytes) -> Script:
    clip = CLIPS[lots[2] % len(CLIPS)]
    reason = _I2V_REASONS[lots[3] % len(_I2V_REASONS)]
    ending = i2v.failed(reason) if _fails(lots) else i2v.succeeded(clip)
    return timeline((0, i2v.submitted), (done / 4, i2v.processing), (done, ending))


def _o1(done: float, lots: bytes) -> Script:
    clip = CLIPS[lots[2] % len(CLIPS)]
    ending = o1.failed(_O1_REASON) if _fails(lots) else o1.completed(clip, _PROMPT)
    advances = tuple(done / 4 * place / 3 for place in (1, 2, 3))
    return timeline((0, o1.in_progress(done=done, advances=advances)), (done, ending))


def _v2(done: float, lots: bytes) -> Script:
    clip = CLIPS[lots[2] % len(CLIPS)]
    ending = v2.failed(_O1_REASON) if _fails(lots) else v2.completed(clip)
    return timeline((0, v2.queued), (done / 4, v2.processing), (done, ending))


def _wan(done: float, lots: bytes) -> Script:
    clip = CLIPS[lots[2] % len(CLIPS)]
    ending = wan.failed(_O1_REASON) if _fails(lots) else wan.completed(clip)
    return timeline((0, wan.processing(done=done)), (done, ending))


_SCRIPTS: dict[Kind, Callable[[float, bytes], Script]] = {
    "i2v": _i2v,
    "o1": _o1,
    "v2": _v2,
    "wan": _wan,
}
