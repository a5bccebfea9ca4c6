"""What the menu of filters offers."""

from decimal import Decimal

from kling_tui.queries import parse
from kling_tui.tui.filter_choices import CHOICES, batch_choices
from tests.support.jobs import a_job, after


def test_terms_are_valid_and_keys_are_different() -> None:
    """Each can be added by another key."""
    assert all(parse(choice.term) for choice in CHOICES)
    keys = [choice.key for choice in CHOICES]
    assert len(set(keys)) == len(keys)
    assert not any(key.isdigit() or key.isupper() for key in keys), "those are of batches"


def test_what_expires_this_week_is_described_as_a_period() -> None:
    """Not as a day in seven days."""
    (choice,) = [choice for choice in CHOICES if choice.term == "expires<7d"]
    assert choice.description == "within 7 days, not downloaded"


def test_batch_of_the_newest_job_is_first() -> None:
    """Each batch has the number of its jobs, and what it has cost."""
    jobs = [
        a_job("1", label="old/1", added_at=after(1)),
        a_job("2", label="red fox/1", added_at=after(2)),
        a_job("3", label="old/2", added_at=after(3)),
        a_job("4", label="single", added_at=after(4)),
    ]
    first, second = batch_choices(jobs, {"old": Decimal("1.05")})
    assert (first.key, first.name, first.term) == ("1", "old/", "batch=old")
    assert first.description == "$1.05 spent, 2 jobs"
    assert (second.key, second.term) == ("2", 'batch="red fox"')
    assert second.description == "$0.00 spent, 1 job"


def test_keys_of_many_batches_go_on_with_letters() -> None:
    """Of the thirty-sixth on, a batch has none and is chosen with the arrow keys."""
    jobs = [a_job(f"{number}", label=f"b{number:02}/x") for number in range(40)]
    keys = [choice.key for choice in batch_choices(jobs, {})]
    assert keys[:11] == [*"123456789AB"]
    assert keys[34:37] == ["Z", "", ""]


def test_batches_whose_names_differ_in_case_are_one_choice() -> None:
    """The filter finds the jobs of both, so that the choice counts both."""
    jobs = [
        a_job("1", label="Spring/1", added_at=after(1)),
        a_job("2", label="spring/2", added_at=after(2)),
    ]
    (choice,) = batch_choices(jobs, {"Spring": Decimal("0.35"), "spring": Decimal("0.90")})
    assert (choice.name, choice.term) == ("spring/", "batch=spring")
    assert choice.description == "$1.25 spent, 2 jobs"
