"""Clients that share what is in flight."""

from contextlib import ExitStack

import httpx

from kling_tui.gateways.transport import MOST_IN_FLIGHT, Clients


async def test_as_few_as_can_carry_it() -> None:
    """The first client is used until it is full, then the next, and then the least busy."""
    first, second = httpx.AsyncClient(), httpx.AsyncClient()
    clients = Clients(first, second)
    async with clients:
        with ExitStack() as stack:
            lent = [stack.enter_context(clients.one()) for _ in range(2 * MOST_IN_FLIGHT)]
            assert lent == [first] * MOST_IN_FLIGHT + [second] * MOST_IN_FLIGHT
            assert {stack.enter_context(clients.one()) for _ in range(2)} == {first, second}
        with clients.one() as client:
            assert client is first
    assert first.is_closed
    assert second.is_closed
