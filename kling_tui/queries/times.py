"""Fields that are times: compared as an age, or with a day or a point in time."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from msgspec import Struct

from kling_tui.jobs import Job
from kling_tui.queries.conditions import Condition
from kling_tui.queries.errors import wrong_value
from kling_tui.queries.lexer import Value
from kling_tui.queries.names import Names
from kling_tui.queries.when import EXPECTED, Period, RelativeDay, When, parse_when

_TOMORROW = "tomorrow"
_INSTANT = timedelta(microseconds=1)
TODAY = RelativeDay(0)
_IN_PERIOD: Mapping[str, Callable[[datetime, Period], bool]] = {
    ":": lambda time, period: period.start <= time < period.end,
    "<": lambda time, period: time < period.start,
    "<=": lambda time, period: time < period.end,
    ">": lambda time, period: time >= period.end,
    ">=": lambda time, period: time >= period.start,
}
_AGE_IS: Mapping[str, Callable[[timedelta, timedelta], bool]] = {
    ":": lambda age, limit: age <= limit,
    "<": lambda age, limit: age < limit,
    "<=": lambda age, limit: age <= limit,
    ">": lambda age, limit: age > limit,
    ">=": lambda age, limit: age >= limit,
}


class TimeField(Struct, frozen=True):
    """A time of a job; a job without it matches nothing."""

    description: str
    get: Callable[[Job], datetime | None]
    future: bool = False
    """Whether a duration is the time left instead of the age; times in the past have neither."""
    ordered: bool = True

    def expected(self, _: Names) -> str:
        """Return what its values look like, for a message."""
        return EXPECTED.replace("yesterday", _TOMORROW) if self.future else EXPECTED

    def condition(self, comparison: str, value: Value, names: Names) -> Condition:
        """Return what a value asks for; raises QueryError."""
        comparison = ":" if comparison == "=" else comparison
        try:
            when = self._parse(value.text)
        except ValueError:
            raise wrong_value(value, self.expected(names)) from None
        if isinstance(when, timedelta):
            return self._duration_condition(comparison, when)
        if isinstance(when, RelativeDay):
            return self.on_day(when, comparison)
        get, compare, period = self.get, _IN_PERIOD[comparison], when
        return Condition(lambda job, _: (time := get(job)) is not None and compare(time, period))

    def _parse(self, value: str) -> When:
        if self.future and value.casefold() == _TOMORROW:
            return RelativeDay(1)
        return parse_when(value)

    def _duration_condition(self, comparison: str, limit: timedelta) -> Condition:
        get, compare, future = self.get, _AGE_IS[comparison], self.future

        def matches(job: Job, now: datetime) -> bool:
            time = get(job)
            if time is None or (future and time <= now):
                return False
            return compare(time - now if future else now - time, limit)

        def changes(job: Job, _: datetime) -> Iterable[datetime]:
            time = get(job)
            if time is None:
                return ()
            # With < and >=, the result changes at the limit; with the others, right after it.
            reached = time - limit if future else time + limit
            return (reached, reached + _INSTANT, *((time,) if future else ()))

        return Condition(matches, changes)

    def on_day(self, day: RelativeDay, comparison: str = ":") -> Condition:
        """Return whether the time is on a day, or before or after it."""
        get, compare = self.get, _IN_PERIOD[comparison]
        period_at = _LastResult(day.period)
        today_at = _LastResult(TODAY.period)

        def matches(job: Job, now: datetime) -> bool:
            time = get(job)
            return time is not None and compare(time, period_at(now))

        def changes(job: Job, now: datetime) -> Iterable[datetime]:
            return () if get(job) is None else (today_at(now).end,)

        return Condition(matches, changes)

    def candidates(self, _: Iterable[Job], __: Names) -> dict[str, str]:
        """Return days and durations."""
        days = {"today": "", _TOMORROW: ""} if self.future else {"today": "", "yesterday": ""}
        what = "left" if self.future else "ago"
        durations = {"2h": "2 hours", "1d": "24 hours", "7d": "7 days"}
        return days | {value: f"{words} {what}" for value, words in durations.items()}


class _LastResult:
    """Remembers a day for the last time it was asked for: thousands of jobs share one."""

    def __init__(self, find: Callable[[datetime], Period]) -> None:
        self._find = find
        self._now: datetime | None = None
        self._period: Period | None = None

    def __call__(self, now: datetime) -> Period:
        """Return the day at a time."""
        if self._period is None or now != self._now:
            self._now, self._period = now, self._find(now)
        return self._period
