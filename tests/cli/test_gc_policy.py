"""When garbage is collected while the app is open."""

import gc
from collections.abc import Iterator
from weakref import ref

import pytest

from kling_tui.cli.gc_policy import OpenAppCollector


class FakeClock:
    """A clock that a test sets."""

    seconds = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.seconds


class Cycle:
    """An object that only the garbage collector frees."""

    def __init__(self) -> None:
        self.itself = self


def frozen_garbage(
    collector: OpenAppCollector, clock: FakeClock, seconds: float, idle: float = 0.0
) -> ref[Cycle]:
    """Return an object that the collector freezes at a time, and that is garbage since."""
    cycle = Cycle()
    clock.seconds = seconds
    collector.check(idle)
    return ref(cycle)


@pytest.fixture
def clock() -> Iterator[FakeClock]:
    """Return a clock; the settings of this process are restored afterwards."""
    threshold = gc.get_threshold()
    gc.disable()
    yield FakeClock()
    gc.unfreeze()
    gc.set_threshold(*threshold)
    gc.enable()


def test_young_garbage_is_collected_every_few_seconds(clock: FakeClock) -> None:
    """While the user works, too."""
    collector = OpenAppCollector(clock)
    garbage = ref(Cycle())
    clock.seconds = 4.0
    collector.check(0.0)
    assert garbage() is not None
    clock.seconds = 5.0
    collector.check(0.0)
    assert garbage() is None


@pytest.mark.parametrize(("seconds", "idle"), [(605.0, 60.0), (125.0, 2.0)])
def test_old_garbage_is_collected_only_while_no_key_is_pressed(
    clock: FakeClock, seconds: float, idle: float
) -> None:
    """Because that pass stops the app for longer than a frame; a pause is enough now and then."""
    collector = OpenAppCollector(clock)
    garbage = frozen_garbage(collector, clock, 5.0)
    clock.seconds = seconds
    collector.check(1.9)
    assert garbage() is not None
    collector.check(idle)
    assert garbage() is None


def test_all_is_collected_at_most_every_ten_minutes(clock: FakeClock) -> None:
    """However long no key is pressed."""
    collector = OpenAppCollector(clock)
    clock.seconds = 600.0
    collector.check(3600.0)
    garbage = frozen_garbage(collector, clock, 605.0, idle=3600.0)
    clock.seconds = 1199.0
    collector.check(3600.0)
    assert garbage() is not None
    clock.seconds = 1200.0
    collector.check(3600.0)
    assert garbage() is None


def test_the_old_generation_is_not_collected_by_itself(clock: FakeClock) -> None:
    """Loaded jobs are frozen, and the threshold of the old generation is out of reach."""
    OpenAppCollector(clock).after_load()
    assert gc.get_freeze_count() > 0
    assert gc.get_threshold()[2] >= 1_000_000


def test_without_new_input_a_pause_is_no_reason_to_collect_again(clock: FakeClock) -> None:
    """Nothing but polls has made garbage since."""
    collector = OpenAppCollector(clock)
    clock.seconds = 125.0
    collector.check(2.0)
    garbage = frozen_garbage(collector, clock, 130.0, idle=7.0)
    clock.seconds = 300.0
    collector.check(177.0)
    assert garbage() is not None
