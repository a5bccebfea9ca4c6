"""Jobs made from their id, so that any plausible id can be polled at the demo gateway."""

import hashlib
from collections.abc import Callable

from kling_tui.demo import i2v, o1, v2, wan
from kling_tui.demo.clips import CLIPS, Clip
from kling_tui.demo.scripts import timeline
from kling_tui.demo.simulator import DemoJob, Kind, Script

_I2V_REASONS = ("Failure to pass the risk control system", "Image pixel is invalid")
_REASON = "Invalid image URL provided in prompt"
_PROMPT = "Take @Image1 as the start frame and let the camera drift closer"


def generate_job(kind: Kind, job_id: str) -> DemoJob:
    """Return a job that is the same for the same id.

    It takes 20 to 70 demo seconds, a quarter of them in the queue; one in seven fails.
    """
    noise = hashlib.blake2b(job_id.encode(), digest_size=4).digest()
    done = 20 + 50 * noise[0] / 255
    return DemoJob(job_id, kind, "", 0, _SCRIPTS[kind](done, noise))


def _fails(noise: bytes) -> bool:
    return noise[1] % 7 == 0


def _clip(noise: bytes) -> Clip:
    return CLIPS[noise[2] % len(CLIPS)]


def _i2v(done: float, noise: bytes) -> Script:
    reason = _I2V_REASONS[noise[3] % len(_I2V_REASONS)]
    end = i2v.failed(reason) if _fails(noise) else i2v.succeeded(_clip(noise))
    return timeline((0, i2v.submitted), (done / 4, i2v.processing), (done, end))


def _o1(done: float, noise: bytes) -> Script:
    end = o1.failed(_REASON) if _fails(noise) else o1.completed(_clip(noise), _PROMPT)
    advances = tuple(done / 4 * third / 3 for third in (1, 2, 3))
    return timeline((0, o1.in_progress(done=done, advances=advances)), (done, end))


def _v2(done: float, noise: bytes) -> Script:
    end = v2.failed(_REASON) if _fails(noise) else v2.completed(_clip(noise))
    return timeline((0, v2.queued), (done / 4, v2.processing), (done, end))


def _wan(done: float, noise: bytes) -> Script:
    end = wan.failed(_REASON) if _fails(noise) else wan.completed(_clip(noise))
    return timeline((0, wan.processing(done=done)), (done, end))


_SCRIPTS: dict[Kind, Callable[[float, bytes], Script]] = {
    "i2v": _i2v,
    "o1": _o1,
    "v2": _v2,
    "wan": _wan,
}
