"""The two lines below the table, as data."""

from dataclasses import replace

import pytest

from kling_tui.costs import totals
from kling_tui.jobs import Source, Status
from kling_tui.polling.endpoint_status import EndpointStatus, Health
from kling_tui.tui.widgets.cost_footer import FooterState, money_spans, state_spans
from tests.support.jobs import NOW, a_job

FINE, REFUSED = EndpointStatus(Health.HEALTHY), EndpointStatus(Health.UNAUTHORIZED)


def told(conditions: dict[Source, EndpointStatus]) -> list[str]:
    """Return what is told of how gateways answer."""
    parts = state_spans(totals([], NOW.date()), FooterState(conditions), NOW)
    return ["".join(words for words, _ in part) for part in parts[:-1]]


@pytest.mark.parametrize(
    ("here", "studio", "words"),
    [
        ((FINE, FINE), None, ["gateway answers"]),
        ((REFUSED, REFUSED), None, ["gateway refused"]),
        ((REFUSED, FINE), None, ["i2v refused"]),
        ((FINE, FINE), (FINE, FINE), ["gateway answers"]),
        ((FINE, FINE), (REFUSED, REFUSED), ["studio refused"]),
        ((FINE, REFUSED), (REFUSED, REFUSED), ["default o1 refused", "studio refused"]),
        ((REFUSED, REFUSED), (REFUSED, REFUSED), ["default refused", "studio refused"]),
    ],
)
def test_conditions(
    here: tuple[EndpointStatus, EndpointStatus],
    studio: tuple[EndpointStatus, EndpointStatus] | None,
    words: list[str],
) -> None:
    """What is not as it should be is named: by profile where there are several, else by kind."""
    conditions = dict(zip((Source("i2v"), Source("o1")), here, strict=True))
    for source, each in zip(tuple(conditions), studio or (), strict=False):
        conditions[source._replace(profile="studio")] = each
    assert told(conditions) == words


def test_costs_of_profiles() -> None:
    """Each profile has its sum where any job names one."""
    job = a_job(status=Status.SUCCEEDED, ended_at=NOW)

    def sums(*profiles: str) -> list[str]:
        jobs = (replace(job, profile=profile) for profile in profiles)
        parts = money_spans(totals(jobs, NOW.date()))
        return ["".join(words for words, _ in part) for part in parts]

    assert not any(part.startswith("default") for part in sums("", ""))
    assert sums("studio", "", "")[-2:] == ["default $0.70", "studio $0.35"]
