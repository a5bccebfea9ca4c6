"""A demo gateway on which nothing is staged but what a test stages."""

from collections.abc import Iterator

import pytest

from kling_tui.demo import DemoGateway


@pytest.fixture
def gateway() -> Iterator[DemoGateway]:
    """Start a gateway."""
    with DemoGateway(jobs=()) as started:
        yield started
