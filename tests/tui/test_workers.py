"""Starting workers."""

import asyncio
import gc

from textual.app import App

from kling_tui.tui.workers import start_worker


async def test_a_worker_that_is_cancelled_before_it_begins_leaves_no_warning() -> None:
    """Pytest makes the warning about a coroutine that was never awaited an error."""

    async def work() -> None:
        raise AssertionError

    app = App[None]()
    async with app.run_test() as pilot:
        start_worker(app, work).cancel()
        await pilot.pause()
        gc.collect()


async def test_a_worker_cancels_the_others_of_its_group_only() -> None:
    """A worker without a group stays, too."""

    async def work() -> None:
        await asyncio.Event().wait()

    app = App[None]()
    async with app.run_test() as pilot:
        alone, other = start_worker(app, work), start_worker(app, work, group="other")
        first, second = (start_worker(app, work, group="same") for _ in range(2))
        await pilot.pause()
        assert [worker.is_cancelled for worker in (alone, other, first, second)] == [
            False,
            False,
            True,
            False,
        ]
        app.workers.cancel_all()
