"""What the rows and the detail of jobs depend on besides the jobs."""

from collections.abc import Collection, Mapping
from datetime import datetime

from msgspec import Struct, field

from kling_tui.downloads import Progress
from kling_tui.formatting.names import JobNames
from kling_tui.gateways import BUILT_IN, Endpoints
from kling_tui.jobs import Source


class RenderContext(Struct, frozen=True):
    """What a row depends on besides its job; built once per refresh."""

    now: datetime
    typical_durations: Mapping[Source, float] = field(default_factory=dict)
    """Seconds that jobs of each source typically take."""
    slow_after: Mapping[Source, float] = field(default_factory=dict)
    """Seconds after which a job is slow, by source, where enough jobs are known to tell."""
    downloads: Mapping[str, Progress] = field(default_factory=dict)
    """Progress of running and waiting downloads, by job id."""
    download_errors: Mapping[str, str] = field(default_factory=dict)
    """Why the last download failed, by job id."""
    endpoints: Endpoints = field(default_factory=lambda: BUILT_IN)
    profiles: Collection[str] = ("",)
    names: JobNames = field(default_factory=JobNames)
    hidden_columns: Collection[str] = ()
    """The titles of columns that the user does not want to see."""
