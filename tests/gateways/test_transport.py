"""Clients, of which each carries one request at a time."""

from contextlib import ExitStack

import httpx

from kling_tui.gateways.transport import Clients


async def test_as_few_as_can_carry_it() -> None:
    """There are as many clients as requests at once at most, and the last one used goes first."""
    made: list[httpx.AsyncClient] = []

    def make() -> httpx.AsyncClient:
        made.append(httpx.AsyncClient())
        return made[-1]

    async with Clients(make) as clients:
        for _ in range(2):
            with ExitStack() as stack:
                assert {stack.enter_context(clients.one()) for _ in range(3)} == set(made)
        with clients.one() as last:
            pass
        with clients.one() as client:
            assert client is last
    assert len(made) == 3
    assert all(client.is_closed for client in made)
