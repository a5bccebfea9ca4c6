"""The names of kinds and profiles that a query may use."""

from collections.abc import Iterable
from dataclasses import dataclass

from kling_tui.formatting import text
from kling_tui.jobs import Job


@dataclass(frozen=True, slots=True)
class Names:
    """The known kinds and profiles; where there are none, every name is allowed."""

    kinds: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    """As users write them: that of [gateway] is "default"."""

    @classmethod
    def of(cls, jobs: Iterable[Job], kinds: Iterable[str], profiles: Iterable[str]) -> "Names":
        """Return the names of the config and of tracked jobs, which may be older than it."""
        sources = dict.fromkeys(job.source for job in jobs)
        return cls(
            tuple(dict.fromkeys((*kinds, *(source.kind for source in sources)))),
            tuple(
                dict.fromkeys(
                    map(text.profile_name, (*profiles, *(source.profile for source in sources)))
                )
            ),
        )
