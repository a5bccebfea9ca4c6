"""Clients, of which each carries one request at a time."""

from contextlib import AsyncExitStack

import httpx

from kling_tui.gateways.transport import ClientPool


class Made(list[httpx.AsyncClient]):
    """The clients that were made."""

    def make(self) -> httpx.AsyncClient:
        """Make another one."""
        self.append(httpx.AsyncClient())
        return self[-1]


async def borrow(clients: ClientPool, count: int) -> set[httpx.AsyncClient]:
    """Borrow so many at once, and give them back."""
    async with AsyncExitStack() as stack:
        return {await stack.enter_async_context(clients.acquire()) for _ in range(count)}


async def test_as_few_as_can_carry_it() -> None:
    """There are as many clients as requests at once at most, and the last one used goes first."""
    made = Made()
    async with ClientPool(made.make) as clients:
        for _ in range(2):
            assert await borrow(clients, 3) == set(made)
        assert await borrow(clients, 1) == await borrow(clients, 1)
    assert len(made) == 3
    assert all(client.is_closed for client in made)


async def test_what_nobody_needs_is_hung_up() -> None:
    """A client that was idle for too long is closed, and another made where it is needed."""
    made = Made()
    async with ClientPool(made.make, keepalive=-1.0) as clients:
        await borrow(clients, 3)
        again = await borrow(clients, 1)
        assert {client for client in made if not client.is_closed} == again
    assert all(client.is_closed for client in made)


async def test_what_is_in_use_is_closed_at_the_end() -> None:
    """Whoever still holds a client then cannot go on with it."""
    made = Made()
    async with AsyncExitStack() as stack:
        async with ClientPool(made.make) as clients:
            client = await stack.enter_async_context(clients.acquire())
        assert client.is_closed
