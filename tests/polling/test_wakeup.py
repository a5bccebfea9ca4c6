"""The interruptible sleep."""

import asyncio
import math

import pytest

from kling_tui.polling.clock import loop_time
from kling_tui.polling.wakeup import Wakeup
from tests.support.virtual_time import in_virtual_time


class TestWakeup:
    """A sleep that others can end early."""

    @in_virtual_time
    async def test_sleep_lasts_its_time(self) -> None:
        """No call ends it early."""
        await Wakeup().sleep(7.5)
        assert loop_time() == 7.5

    @pytest.mark.parametrize("seconds", [9.0, math.inf])
    @pytest.mark.parametrize("call", [Wakeup.force_poll, Wakeup.wake])
    def test_wake_and_force_poll_end_a_sleep(self, call: object, seconds: float) -> None:
        """They end an infinite sleep too; only a forced poll is remembered."""

        @in_virtual_time
        async def scenario() -> None:
            wakeup = Wakeup()
            asyncio.get_running_loop().call_later(3.0, call, wakeup)  # type: ignore[arg-type]
            await wakeup.sleep(seconds)
            assert loop_time() == 3.0
            assert wakeup.forced == (call is Wakeup.force_poll)
            await wakeup.sleep(4.0)
            assert loop_time() == 7.0

        scenario()

    @in_virtual_time
    async def test_force_poll_before_the_sleep_ends_it_unless_reset(self) -> None:
        """A call just before the sleep is not lost."""
        wakeup = Wakeup()
        wakeup.force_poll()
        await wakeup.sleep(9.0)
        assert loop_time() == 0.0
        wakeup.force_poll()
        wakeup.reset()
        await wakeup.sleep(9.0)
        assert (loop_time(), wakeup.forced) == (9.0, False)

    @in_virtual_time
    async def test_wake_at_the_end_of_a_sleep_does_not_shorten_the_next(self) -> None:
        """The call comes in the same iteration of the loop as the timeout."""
        wakeup = Wakeup()
        loop = asyncio.get_running_loop()
        task = asyncio.create_task(wakeup.sleep(3.0))
        await asyncio.sleep(0)
        loop.call_at(3.0, wakeup.wake)
        await task
        await wakeup.sleep(4.0)
        assert loop_time() == 7.0
