"""What is done at once, and what once a key is let go."""

from kling_tui.tui.debounce import Debouncer
from tests.support.scenes import run_app


async def test_the_first_is_answered_at_once() -> None:
    """What follows within the time is not, as long as it goes on."""
    answered: list[str] = []
    async with run_app() as stage:
        lull = Debouncer(stage.app.main, lambda: answered.append("answer"), 60.0)
        lull.trigger()
        assert answered == ["answer"]
        for _ in range(5):
            lull.trigger()
            await stage.pilot.pause()
        assert answered == ["answer"]


async def test_the_others_are_answered_together() -> None:
    """However many there were, there is one more answer when they have ended."""
    answered: list[str] = []
    async with run_app() as stage:
        lull = Debouncer(stage.app.main, lambda: answered.append("answer"), 0.2)
        for _ in range(5):
            lull.trigger()
        await stage.until(lambda: len(answered) > 1)
        assert answered == ["answer"] * 2
