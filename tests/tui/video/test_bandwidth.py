"""The budget for painting a video never exceeds the rate."""

from kling_tui.tui.video.bandwidth import BandwidthBudget


def test_no_more_than_the_rate_is_sent_in_a_minute() -> None:
    """Although every call paints all that it may and the cost of a cell varies."""
    rate, sent, now = 100_000, 5_000, 7.0
    budget = BandwidthBudget(rate, now, sent)
    for number in range(1_800):
        now += 1 / 30
        cells = budget.refill(now, sent)
        assert cells * 40 <= rate / 5
        if cells:
            budget.spend(cells + 60)  # a line is always painted to its end
            sent += (cells + 60) * (20 + number % 30)
    assert 0.9 * rate * 60 < sent < rate * 60 + rate / 5


def test_a_pause_saves_up_no_more_than_one_burst() -> None:
    """An hour without painting adds a twentieth of a second's bytes."""
    budget = BandwidthBudget(100_000, 0.0, 0)
    assert budget.refill(3600.0, 0) * 25 <= 10_000
