"""Jobs of the demo that ended in the weeks before it was opened, most of them in batches."""

import base64
import hashlib
import uuid
from typing import NamedTuple

from kling_tui.demo import i2v, o1
from kling_tui.demo.clips import BLOOM, DUSK, LANTERNS, SILK, Clip
from kling_tui.demo.scripts import timeline
from kling_tui.demo.simulator import DemoJob, Kind, Script

_RISK = "Failure to pass the risk control system"
_PIXELS = "Image pixel is invalid"
_URL = "Invalid image URL provided in prompt"
_PROMPT = "Take @Image1 as the start frame; the camera moves slowly to the right"
_HOUR = 3600


class EarlierJob(NamedTuple):
    """A job that has ended; all times are in wall seconds, not in demo seconds."""

    hours_ago: float
    """Hours from its submission to the start of the demo."""
    kind: Kind
    label: str
    result: Clip | str
    """Its video, or why it failed."""
    queued: float
    """Seconds from its submission until it ran."""
    took: float
    """Seconds from its submission to its end."""

    @property
    def id(self) -> str:
        """An id of its kind, the same for the same label."""
        if self.kind == "o1":
            return str(uuid.uuid5(uuid.NAMESPACE_URL, self.label))
        noise = hashlib.blake2b(self.label.encode(), digest_size=15).digest()
        return "Cj" + base64.urlsafe_b64encode(noise).decode()

    def at_speed(self, speed: float) -> DemoJob:
        """Return the job as a gateway simulates it whose time runs `speed` times as fast."""
        age = self.hours_ago * _HOUR * speed
        script = self._script(self.queued * speed, self.took * speed)
        return DemoJob(self.id, self.kind, self.label, age, script)

    def _script(self, queued: float, took: float) -> Script:
        result = self.result
        if self.kind == "o1":
            end = o1.failed(result) if isinstance(result, str) else o1.completed(result, _PROMPT)
            return timeline((0, o1.in_progress(done=took, advances=(queued,))), (took, end))
        end = i2v.failed(result) if isinstance(result, str) else i2v.succeeded(result)
        return timeline((0, i2v.submitted), (queued, i2v.processing), (took, end))


EARLIER_JOBS = (
    EarlierJob(1.5, "i2v", "launch/closing logo", BLOOM, 12, 96),
    EarlierJob(2.0, "i2v", "launch/hands on product", SILK, 15, 101),
    EarlierJob(2.1, "o1", "launch/two characters", DUSK, 31, 188),
    EarlierJob(19.5, "i2v", "launch/sunrise", DUSK, 20, 112),
    EarlierJob(20.0, "i2v", "launch/city at night", LANTERNS, 214, 391),
    EarlierJob(20.1, "o1", "launch/dancer", SILK, 260, 503),
    EarlierJob(20.2, "i2v", "launch/dancer close-up", _RISK, 232, 301),
    EarlierJob(20.4, "i2v", "launch/dancer from behind", SILK, 205, 377),
    EarlierJob(27.0, "o1", "launch/storyboard 1", _URL, 9, 21),
    EarlierJob(27.2, "o1", "launch/storyboard 2", BLOOM, 14, 160),
    EarlierJob(50.0, "i2v", "rain on glass", SILK, 8, 88),
    EarlierJob(73.0, "i2v", "spring/field", DUSK, 10, 94),
    EarlierJob(73.1, "i2v", "spring/stream", SILK, 11, 99),
    EarlierJob(73.2, "i2v", "spring/blossom", BLOOM, 13, 93),
    EarlierJob(73.3, "i2v", "spring/blossom macro", BLOOM, 16, 104),
    EarlierJob(73.4, "i2v", "spring/bee", _PIXELS, 7, 12),
    EarlierJob(75.0, "o1", "spring/girl with kite", DUSK, 25, 171),
    EarlierJob(75.2, "o1", "spring/picnic", LANTERNS, 28, 180),
    EarlierJob(75.3, "o1", "spring/market", _RISK, 22, 60),
    EarlierJob(122.0, "i2v", "spring/rain", SILK, 9, 90),
    EarlierJob(146.0, "i2v", "logo loop", BLOOM, 12, 97),
    EarlierJob(147.0, "i2v", "logo loop, slower", BLOOM, 12, 98),
    EarlierJob(195.0, "o1", "teaser/door opens", LANTERNS, 20, 163),
    EarlierJob(195.1, "o1", "teaser/corridor", LANTERNS, 22, 170),
    EarlierJob(195.3, "o1", "teaser/face in the dark", _RISK, 18, 55),
    EarlierJob(196.0, "i2v", "teaser/curtain", SILK, 10, 95),
    EarlierJob(197.0, "i2v", "teaser/title", BLOOM, 11, 92),
    EarlierJob(243.0, "i2v", "seamless texture", SILK, 9, 91),
    EarlierJob(290.0, "o1", "poster test", DUSK, 19, 158),
    EarlierJob(291.0, "o1", "poster test, wide", DUSK, 21, 166),
    EarlierJob(314.0, "i2v", "first try", _PIXELS, 6, 10),
    EarlierJob(314.2, "i2v", "second try", DUSK, 9, 90),
    EarlierJob(670.0, "i2v", "old footage", LANTERNS, 10, 94),
)
"""The newest first. The evening before, the gateway was slow."""
