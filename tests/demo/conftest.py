"""A gateway with a manual clock, and a client of it."""

from collections.abc import Iterator

import pytest

from kling_tui.demo import DemoGateway
from tests.support.demo_client import DemoClient, ManualClock


@pytest.fixture
def clock() -> ManualClock:
    """Return the gateway's clock, which the test moves."""
    return ManualClock()


@pytest.fixture
def gateway(clock: ManualClock) -> Iterator[DemoGateway]:
    """Start a gateway with the demo's jobs."""
    with DemoGateway(clock=clock) as started:
        yield started


@pytest.fixture
def client(gateway: DemoGateway) -> Iterator[DemoClient]:
    """Open a client with one keep-alive connection."""
    client = DemoClient(gateway.url)
    with client.http:
        yield client
