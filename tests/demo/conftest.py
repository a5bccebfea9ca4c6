"""A gateway with a manual clock, and a client of it."""

from collections.abc import Iterator

import pytest

from kling_tui.demo import DemoGateway
from tests.support.demo_client import Asker, Clock


@pytest.fixture
def clock() -> Clock:
    """Return the gateway's clock, which the test moves."""
    return Clock()


@pytest.fixture
def gateway(clock: Clock) -> Iterator[DemoGateway]:
    """Start a gateway with the demo's jobs."""
    with DemoGateway(clock=clock) as started:
        yield started


@pytest.fixture
def client(gateway: DemoGateway) -> Iterator[Asker]:
    """Open a client with one keep-alive connection."""
    client = Asker(gateway.url)
    with client.http:
        yield client
