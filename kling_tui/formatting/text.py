"""Formats times, amounts and job states as text, the same for the app and the commands."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from kling_tui.costs import Cost, Totals
from kling_tui.formatting.symbols import symbol
from kling_tui.gateways.statuses import is_synonym
from kling_tui.jobs import DEFAULT_PROFILE, Job, Price, Review, Source, Status

_T = TypeVar("_T")
MISSING = "—"
MAX_DOLLAR_DIGITS = 15
"""Digits before the decimal point that are written in full: far more than any job can cost."""
_COARSE_STEP = 10
"""Seconds."""
_SYMBOLS = {
    Status.QUEUED: "○",
    Status.RUNNING: "●",
    Status.SUCCEEDED: "✓",
    Status.FAILED: "✗",
    Status.UNKNOWN: "?",
}


_REVIEW_MARKS = {None: "", Review.KEPT: " +", Review.REJECTED: " -"}
"""By the keys of the app that keep and reject."""
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # noqa: SIM905
"""In English, as all other texts, in every locale."""


def status_symbol(job: Job) -> str:
    """Return the symbol of a job's status: one column wide, in every font."""
    if job.in_queue or job.is_new:
        return symbol(_SYMBOLS[Status.QUEUED])
    return symbol(_SYMBOLS[job.status])


def status(job: Job) -> str:
    """Return the status of a job as shown; a status that is not known as the gateway gave it."""
    if job.is_new:
        return "new"
    if job.in_queue:
        return "queued"
    if job.status is Status.SUCCEEDED:
        return "done" if job.videos else "no video"
    if job.status is Status.UNKNOWN:
        return job.raw_status or "unknown"
    return str(job.status)


def review_mark(job: Job) -> str:
    """Return what follows the status of a job: `` +`` if it was kept, `` -`` if rejected."""
    return _REVIEW_MARKS[job.review]


def raw_status(job: Job) -> str:
    """Return the gateway's own status where it says more than `status`, else an empty string."""
    raw = job.raw_status or ""
    return "" if is_synonym(raw, job.status) or raw == status(job) else raw


def clock(seconds: float | None) -> str:
    """Return a duration as ``0:07``, ``12:34``, ``1:02:03``, ``3 d 4 h`` or ``12 d``."""
    if seconds is None:
        return MISSING
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if days := hours // 24:
        return f"{days} d {hours % 24} h" if days < 10 else f"{days} d"
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def duration(seconds: float) -> str:
    """Return a duration in its largest unit: ``7 s``, ``12 min``, ``3 h``, ``2 d``."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds)} s"


def age(since: datetime | None, now: datetime) -> str:
    """Return how long ago `since` was, formatted by `duration`."""
    return duration(max(0.0, (now - since).total_seconds())) if since else MISSING


def coarse_age(since: datetime | None, now: datetime) -> str:
    """Return how long ago `since` was, like `age`, but in steps of ten seconds."""
    if since is None:
        return MISSING
    seconds = (now - since).total_seconds()
    return duration(seconds - seconds % _COARSE_STEP) if seconds >= _COARSE_STEP else "now"


def moment(when: datetime, now: datetime) -> str:
    """Return a time in local time, with its age: ``14:03:20 (2 min ago)``."""
    recent = (now - when).total_seconds() < 60
    return f"{local(when, now)} ({'just now' if recent else age(when, now) + ' ago'})"


def seconds_until_age_change(since: datetime, now: datetime) -> float:
    """Return the seconds until the text of `moment` changes (and of `age`, after a minute)."""
    elapsed = max(0.0, (now - since).total_seconds())
    unit = next((size for size in (86_400, 3_600) if elapsed >= size), 60)
    return unit - elapsed % unit


def local(when: datetime, now: datetime) -> str:
    """Return a time in local time, with the date unless it is today."""
    local_time, today = when.astimezone(), now.astimezone().date()
    time_only = local_time.date() == today
    return f"{local_time:%H:%M:%S}" if time_only else f"{local_time:%Y-%m-%d %H:%M:%S}"


def short_time(when: datetime, now: datetime) -> tuple[str, str]:
    """Return a time in local time for a narrow column, in full and shorter.

    ``14:03``, ``yesterday 14:03`` or ``yest. 14:03``, ``20 Nov``, and ``20 Nov 2025``.
    """
    local_time, today = when.astimezone(), now.astimezone().date()
    time = f"{local_time:%H:%M}"
    match (today - local_time.date()).days:
        case 0:
            return time, time
        case 1:
            return f"yesterday {time}", f"yest. {time}"
    year = "" if local_time.year == today.year else f" {local_time.year}"
    shown = f"{short_day(local_time)}{year}"
    return shown, shown


def short_day(day: date) -> str:
    """Return a day without its year: ``20 Nov``."""
    return f"{day.day} {month_name(day)}"


def month_name(day: date) -> str:
    """Return the name of a day's month: ``Nov``."""
    return _MONTHS[day.month - 1]


def time_of_day(when: datetime) -> str:
    """Return a time of today in local time, without a date."""
    return f"{when.astimezone():%H:%M:%S}"


def seconds(value: float) -> str:
    """Return seconds with the precision that the gateway gave: ``5 s``, ``5.1 s``."""
    return f"{value:g} s"


def money(usd: Decimal) -> str:
    """Return US dollars: ``$1,234.50``; absurd amounts in scientific notation."""
    return f"${usd:,.2f}" if usd.adjusted() <= MAX_DOLLAR_DIGITS else f"${usd:.2E}"


def cost(value: Cost | None) -> str:
    """Return the cost of a job; ``≈`` where it was calculated, ``?`` where it is unknown."""
    if value is None:
        return "?"
    return money(value.usd) if value.documented else f"≈{money(value.usd)}"


def cost_explanation(value: Cost | None, price: Price | None) -> str:
    """Return how the cost of a job was calculated."""
    if value is None or price is None:
        return "no known price"
    if price.per_seconds is None:
        return f"{money(price.usd)} per generation"
    length = seconds(price.per_seconds)
    if not value.known:
        return f"estimated as {length} at {money(price.usd)}"
    if value.documented:
        return f"{money(price.usd)} per {length}"
    return f"≈ {value.units} × {money(price.usd)} (priced per {length})"


def profile_name(name: str) -> str:
    """Return the name of a profile as shown; the empty name is that of `[gateway]`."""
    return name or DEFAULT_PROFILE


def by_source_name(by_source: Mapping[Source, _T]) -> dict[str, _T]:
    """Return `by_source` by readable names: the kind, after the profile where there are several."""
    several = any(source.profile for source in by_source)
    return {
        f"{profile_name(source.profile)} {source.kind}" if several else source.kind: value
        for source, value in by_source.items()
    }


def count(number: int, noun: str) -> str:
    """Return a count with its noun: ``1 job``, ``1,200 jobs``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def status_counts(totals: Totals) -> str:
    """Return how many jobs have which status: ``2 running, 1 failed``."""
    counts = totals.counts
    return ", ".join(f"{counts[status]} {status}" for status in Status if counts[status])


def failed_cost(totals: Totals) -> str:
    """Return ``, $0.35 failed``; "" if failed jobs have no cost."""
    return f", {money(totals.failed)} failed" if totals.failed else ""


def uncounted_cost(removed: Totals) -> str:
    """Return ``$0.70 spent is no longer counted`` of jobs that are removed; "" if nothing was."""
    return f"{money(removed.spent)} spent is no longer counted" if removed.spent else ""


def failure_message(job: Job) -> str:
    """Return why a job failed, as far as the gateway says so."""
    return job.message or raw_status(job) or "no reason given"


def summary(totals: Totals) -> str:
    """Return one line about all jobs: how many in which status, and what they cost."""
    counts = status_counts(totals)
    jobs = count(totals.counts.total(), "job") + (f": {counts}" if counts else "")
    sums = f"{money(totals.spent)} spent, {money(totals.in_flight)} in flight"
    sums += failed_cost(totals)
    unpriced = f", {count(totals.unpriced, 'job')} without a price" if totals.unpriced else ""
    return f"{jobs}; {sums}{unpriced}"


def finished_while_away(counts: Mapping[str, int]) -> str:
    """Return a line about jobs that ended; `counts` is how many in which status as shown."""
    statuses = sorted(counts, key=lambda state: (state == str(Status.FAILED), state))
    shares = ", ".join(f"{counts[state]:,} {state}" for state in statuses)
    return f"{sum(counts.values()):,} finished while you were away: {shares}"


def time_left(remaining: float, mark: str = "") -> str:
    """Return ``~45 s left``, with `mark` before the number, or ``any moment`` below a second."""
    return f"{mark}{duration(remaining)} left" if remaining >= 1 else "any moment"
