"""Tells what a file includes, so that a job that is missing in it was removed, or never was in it.

A file can vanish and be created again by another process, or be replaced by an older copy. Its jobs
were not removed then. A revision is a version vector: it counts the writes of the file, and again
from 1 each time the file is created. A job that was first seen in the third write of a file was
removed from the revisions that include this write, and never was in the others.
"""

import os
import re
from collections.abc import Mapping
from typing import Self

from msgspec import Struct, field

_MAX_BRANCHES = 8
_HAND_WRITTEN = "00000000"
"""The branch of a file without a revision: written by hand, or by an older version."""
_LINE = re.compile(r"# revision:((?: [0-9a-f]{8}:[0-9]{1,15})+)(?: \(.*)?")
_MAX_HEADER = 4000
"""Characters at the start of a file in which the line is searched."""

Write = tuple[str, int]
"""One write of a file: its branch, and its number on this branch."""


class Revision(Struct, frozen=True):
    """The writes that the content of a file includes."""

    writes: Mapping[str, int] = field(default_factory=dict)
    """The number of the last included write on each branch; the file itself is on the last one."""

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the revision in the comments at the start of a file; None if there is none."""
        for line in text[:_MAX_HEADER].splitlines():
            if match := _LINE.fullmatch(line):
                pairs = (pair.split(":") for pair in match[1].split())
                return cls({branch: int(number) for branch, number in pairs})
            if not line.startswith(("#", "\ufeff")) and line.strip():
                break
        return None

    @property
    def line(self) -> str:
        """The comment that `parse` reads."""
        pairs = "".join(f" {branch}:{number}" for branch, number in self.writes.items())
        return f"# revision:{pairs} (kling-tui merges by it; leave it as it is)\n"

    @property
    def last_write(self) -> Write:
        """The last write of the file itself."""
        return list(self.writes.items())[-1] if self.writes else (_HAND_WRITTEN, 0)

    def includes(self, *writes: Write) -> bool:
        """Whether the content includes all of some writes."""
        return all(self.writes.get(branch, -1) >= number for branch, number in writes)

    def merged_with(self, other: "Revision") -> "Revision":
        """Return the revision of the content of both, on the branch of the other."""
        both = {
            branch: max(number, self.writes.get(branch, 0))
            for branch, number in other.writes.items()
        }
        mine = {branch: number for branch, number in self.writes.items() if branch not in both}
        return Revision({**mine, **both})

    def next(self, *, created: bool) -> "Revision":
        """Return the revision of the next write, on a new branch if it creates the file."""
        branch, number = self.last_write
        if created or branch == _HAND_WRITTEN:
            branch, number = os.urandom(4).hex(), 0
        writes = {**self.writes, branch: number + 1}
        return Revision(dict(list(writes.items())[-_MAX_BRANCHES:]))


HAND_WRITTEN = Revision({_HAND_WRITTEN: 0})
"""The revision of a file without one."""
