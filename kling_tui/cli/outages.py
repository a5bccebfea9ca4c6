"""Reports when a gateway becomes unreachable, and when it replies again."""

from collections import defaultdict
from collections.abc import Callable, Collection

from kling_tui.formatting import text
from kling_tui.gateways import ErrorKind
from kling_tui.jobs import Source
from kling_tui.polling.poller import PollResult


class Outages:
    """The sources of each profile whose last poll did not reach the gateway."""

    def __init__(self, live_sources: Callable[[], Collection[Source]]) -> None:
        """`live_sources` returns the sources that are still polled."""
        self._live_sources = live_sources
        self._unreachable = defaultdict[str, set[Source]](set)

    def record(self, result: PollResult) -> str:
        """Return what to tell the user after a poll; "" if the gateway is up or down as before."""
        source, job = result.job.source, result.job
        unreachable = self._unreachable[source.profile]
        name = f"{text.profile_name(source.profile)}: " if source.profile else ""
        if result.error is ErrorKind.UNREACHABLE:
            is_news = not unreachable
            unreachable.add(source)
            return f"{name}{job.problem}; trying again" if is_news else ""
        replied = result.error is not None or job.problem is None
        if unreachable and replied:
            unreachable.discard(source)
            unreachable.intersection_update(self._live_sources())
            return "" if unreachable else f"{name}gateway is back"
        return ""
