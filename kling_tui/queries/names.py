"""The names of kinds and profiles that a query may use."""

from collections.abc import Iterable

from msgspec import Struct

from kling_tui.formatting import text
from kling_tui.jobs import Job


class Names(Struct, frozen=True):
    """The known kinds and profiles; where there are none, every name is allowed."""

    kinds: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    """As users write them: that of [gateway] is "default"."""

    @classmethod
    def of(cls, jobs: Iterable[Job], kinds: Iterable[str], profiles: Iterable[str]) -> "Names":
        """Return the names of the config and of tracked jobs, which may be older than it."""
        sources = sorted({(job.kind, job.profile) for job in jobs})
        all_kinds = dict.fromkeys((*kinds, *(kind for kind, _ in sources)))
        all_profiles = dict.fromkeys((*profiles, *(profile for _, profile in sources)))
        return cls(tuple(all_kinds), tuple(map(text.profile_name, all_profiles)))
