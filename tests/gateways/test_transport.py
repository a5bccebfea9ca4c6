"""The client pool."""

from contextlib import AsyncExitStack

import httpx

from kling_tui.gateways.transport import ClientPool


class CreatedClients(list[httpx.AsyncClient]):
    """The clients that a pool created."""

    def new_client(self) -> httpx.AsyncClient:
        """Create a client."""
        self.append(httpx.AsyncClient())
        return self[-1]


async def acquire(clients: ClientPool, count: int) -> set[httpx.AsyncClient]:
    """Acquire `count` clients at once, release them, and return them."""
    async with AsyncExitStack() as stack:
        return {await stack.enter_async_context(clients.acquire()) for _ in range(count)}


async def test_pool_has_one_client_for_each_concurrent_request() -> None:
    """The client used last is used first."""
    created = CreatedClients()
    async with ClientPool(created.new_client) as clients:
        for _ in range(2):
            assert await acquire(clients, 3) == set(created)
        assert await acquire(clients, 1) == await acquire(clients, 1)
    assert len(created) == 3
    assert all(client.is_closed for client in created)


async def test_idle_client_is_closed_after_keepalive() -> None:
    """Another one is created when it is needed."""
    created = CreatedClients()
    async with ClientPool(created.new_client, keepalive=-1.0) as clients:
        await acquire(clients, 3)
        again = await acquire(clients, 1)
        assert {client for client in created if not client.is_closed} == again
    assert all(client.is_closed for client in created)


async def test_client_in_use_is_closed_with_the_pool() -> None:
    """Its requests end with the pool."""
    created = CreatedClients()
    async with AsyncExitStack() as stack:
        async with ClientPool(created.new_client) as clients:
            client = await stack.enter_async_context(clients.acquire())
        assert client.is_closed
