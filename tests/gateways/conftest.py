"""A demo gateway that has only the jobs that a test adds."""

from collections.abc import Iterator

import pytest

from kling_tui.demo import DemoGateway


@pytest.fixture
def gateway() -> Iterator[DemoGateway]:
    """Run a demo gateway without jobs."""
    with DemoGateway(jobs=()) as started:
        yield started
