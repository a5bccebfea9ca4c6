"""A gateway whose clock stands still until a test moves it, and a client that asks it."""

from collections.abc import Iterator

import pytest

from kling_tui.demo import DemoGateway
from tests.support.demo_client import DemoClient, ManualClock


@pytest.fixture
def clock() -> ManualClock:
    """Make time stand still."""
    return ManualClock()


@pytest.fixture
def gateway(clock: ManualClock) -> Iterator[DemoGateway]:
    """Start a gateway with the jobs that every demo starts with."""
    with DemoGateway(clock=clock) as started:
        yield started


@pytest.fixture
def ask(gateway: DemoGateway) -> Iterator[DemoClient]:
    """Open a client on one keep-alive connection."""
    asker = DemoClient(gateway.url)
    with asker.http:
        yield asker
