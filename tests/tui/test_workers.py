"""Workers that are cancelled at once."""

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
