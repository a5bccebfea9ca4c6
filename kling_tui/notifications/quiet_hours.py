"""The hours of the day in which no message is sent."""

import re
from datetime import datetime, time, timedelta

from msgspec import Struct

PATTERN = r"([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]"
"""How the config writes them: ``22:00-08:00``."""


class QuietHours(Struct, frozen=True):
    """A span of each day in local time; it may include midnight."""

    begins: time
    ends: time

    @classmethod
    def parse(cls, text: str) -> "QuietHours | None":
        """Return the span that matches `PATTERN`; None for "" and for a span of no length."""
        if not re.fullmatch(PATTERN, text):
            return None
        begins, ends = map(time.fromisoformat, text.split("-"))
        return None if begins == ends else cls(begins, ends)

    def seconds_left(self, now: datetime) -> float:
        """Return the seconds until the span ends; 0 outside of it."""
        local = now.astimezone()
        clock = local.time()
        before_end = clock < self.ends
        if self.begins < self.ends:
            quiet = self.begins <= clock and before_end
        else:
            quiet = self.begins <= clock or before_end
        if not quiet:
            return 0.0
        day = local.date() if before_end else local.date() + timedelta(days=1)
        # Of two days with different offsets, the end is in the offset of its own day. It comes
        # twice if the clocks are set back in the same hour.
        ends = (datetime.combine(day, self.ends).replace(fold=fold) for fold in (0, 1))
        seconds = ((end.astimezone() - now).total_seconds() for end in ends)
        return min((left for left in seconds if left > 0), default=1.0)
