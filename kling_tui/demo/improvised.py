"""Jobs for ids that nobody staged, so that any realistic id can be tried on the demo."""

import hashlib

from kling_tui.demo import i2v, o1
from kling_tui.demo.clips import CLIPS
from kling_tui.demo.scripts import timeline
from kling_tui.demo.staging import Kind, Script, StagedJob

_I2V_REASONS = ("Failure to pass the risk control system", "Image pixel is invalid")
_O1_REASON = "Invalid image URL provided in prompt"
_PROMPT = "Take @Image1 as the start frame and let the camera drift closer"


def improvise(kind: Kind, job_id: str) -> StagedJob:
    """Make up a job; the same id always has the same fate.

    It waits for a quarter of its 20 to 70 demo seconds and runs for the rest; one in seven fails.
    """
    lots = hashlib.blake2b(job_id.encode(), digest_size=4).digest()
    done = 20 + 50 * lots[0] / 255
    fails = lots[1] % 7 == 0
    script = _i2v(done, lots, fails=fails) if kind == "i2v" else _o1(done, lots, fails=fails)
    return StagedJob(job_id, kind, "", 0, script)


def _i2v(done: float, lots: bytes, *, fails: bool) -> Script:
    clip = CLIPS[lots[2] % len(CLIPS)]
    reason = _I2V_REASONS[lots[3] % len(_I2V_REASONS)]
    ending = i2v.failed(reason) if fails else i2v.succeeded(clip)
    return timeline((0, i2v.submitted), (done / 4, i2v.processing), (done, ending))


def _o1(done: float, lots: bytes, *, fails: bool) -> Script:
    clip = CLIPS[lots[2] % len(CLIPS)]
    ending = o1.failed(_O1_REASON) if fails else o1.completed(clip, _PROMPT)
    advances = tuple(done / 4 * place / 3 for place in (1, 2, 3))
    return timeline((0, o1.in_progress(done=done, advances=advances)), (done, ending))
