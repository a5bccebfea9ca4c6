"""Pushes a message about each end and budget: once among all processes, again on failure."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from kling_tui.formatting import budgets, text
from kling_tui.formatting.names import JobNames
from kling_tui.jobs import Job
from kling_tui.notifications.budgets import BudgetAlert
from kling_tui.notifications.ends import MAX_AGE, EndScanner
from kling_tui.notifications.formats import FORMATS, Post
from kling_tui.notifications.leaving import LEAVE_SECONDS, let_finish
from kling_tui.notifications.messages import Message, message_about, message_about_budgets
from kling_tui.notifications.outbox import Batch, BudgetNews, Turn
from kling_tui.notifications.quiet_hours import QuietHours
from kling_tui.notifications.record import NotificationRecord
from kling_tui.notifications.target import PushError, PushTarget
from kling_tui.polling.backoff import exponential_delay
from kling_tui.polling.clock import loop_time
from kling_tui.polling.wakeup import Wakeup
from kling_tui.storage.locks import LockedError
from kling_tui.storage.threads import run_in_thread_uncancelled

BATCH_SECONDS = 3.0
"""Ends that are found within this time share a message."""
FIRST_DELAY = 2.0
"""Seconds until the second attempt; each later delay is twice as long."""
FIRST_DELAY_OF_REFUSAL = 60.0
"""The same after an error that the user may have to fix."""
MAX_DELAY = 600.0
"""The longest delay in seconds, unless the server asks for a longer one."""
_LOCKED_DELAY = 2.0
"""Seconds until the next attempt to use the record, if another process has it locked."""
_QUIET_CHECK = 300.0
"""Seconds until the time of day is looked at again in quiet hours: the machine may have slept."""
_UNKNOWN_ATTEMPTS = 2
"""Attempts for which jobs are missing that another process may not have saved yet. After that, the
user has removed them."""
_UNKNOWN_DELAY = 5.0
"""Seconds between them."""
_log = logging.getLogger(__name__)
_log.addHandler(logging.NullHandler())  # without a log file, nothing may reach the terminal


Send = Callable[[Post, PushTarget], Awaitable[None]]
"""Sends a message; raises PushError."""


async def send_over_http(post: Post, target: PushTarget) -> None:
    """Send a message with the machine's proxies and certificates; raises PushError."""
    from kling_tui.notifications.client import send  # loads httpx

    await send(post, target)


class PushOptions(Struct, frozen=True):
    """The settings of [notify.push]."""

    target: PushTarget
    format: str = "ntfy"
    quiet: QuietHours | None = None
    links: bool = False
    """Whether messages have the URLs of results."""
    send: Send = send_over_http
    new_headers: Callable[[], Mapping[str, str]] | None = None
    """Runs the command that prints the headers, in a thread; raises PushError."""

    def post(self, message: Message) -> Post:
        """Return the request for a message."""
        return FORMATS[self.format](message, self.target.url)


class PushNotifier:
    """Pushes the ends of jobs that no process has pushed yet, while it runs.

    `jobs` is the mapping of all tracked jobs by id; `on_problem` is called with why a message
    cannot be sent, once for each reason.
    """

    def __init__(
        self,
        jobs: Mapping[str, Job],
        record: NotificationRecord,
        now: Callable[[], datetime],
        options: PushOptions | None,
        *,
        on_problem: Callable[[str], None],
        leave_seconds: float = LEAVE_SECONDS,
    ) -> None:
        """`leave_seconds` is how long `run` lets a message finish that is being sent at its end.

        If the message takes longer, another process sends it again.
        """
        self.enabled = True
        """Whether the user wants this process to push."""
        self._jobs = jobs
        self._record = record
        self._now = now
        self._options = options
        self._on_problem = on_problem
        self._leave_seconds = leave_seconds
        self._wakeup = Wakeup()
        self._scanner = EndScanner(jobs)
        self._begun_at: datetime | None = None
        self._alerts: list[BudgetAlert] = []
        """Those that are still to be looked at."""
        self._news: list[BudgetNews] = []
        """What this process has to push, while the record is locked."""
        self._has_budgets = False
        """Whether the record may have budgets that are to be pushed."""
        self._settings_changed = False
        """Whether to try again at once, however long a server has asked to wait."""
        self._problem = ""

    @property
    def options(self) -> PushOptions | None:
        """The settings; None if nothing is to be pushed."""
        return self._options

    @options.setter
    def options(self, options: PushOptions | None) -> None:
        self._options = options
        self._problem = ""
        self._settings_changed = True
        self.notice()

    def notice(self) -> None:
        """Look for ends soon, because jobs or settings have changed."""
        self._wakeup.wake()

    def budget_reached(self, alert: BudgetAlert) -> None:
        """Push the highest threshold soon, unless another process does so."""
        self._alerts.append(alert)
        self.notice()

    async def run(self) -> None:
        """Push until cancelled."""
        wait = 0.0
        while True:
            due_at = loop_time() + wait
            await self._wakeup.sleep(wait)
            if loop_time() < due_at:  # woken by an end, which may not be the only one
                await asyncio.sleep(BATCH_SECONDS)
            wait = await self._push_once()

    async def _push_once(self) -> float:
        """Send one message if one is due; return in how many seconds to look again, or inf."""
        options, now = self._options, self._now()
        if options is None:
            return math.inf
        try:
            await self._begin(now)
            if not self.enabled:
                self._alerts.clear()  # these are not made up for by this process
                return math.inf
            found = self._scanner.find(now - MAX_AGE)
            await self._note_budgets(now)
            if not found and not self._has_budgets:
                return math.inf
            if options.quiet and (seconds := options.quiet.seconds_left(now)):
                return min(seconds, _QUIET_CHECK)
            turn = await self._take(found, now)
        except LockedError:
            return _LOCKED_DELAY
        self._scanner.settle(turn.settled)
        if turn.given_up:
            self._report_given_up(turn.given_up)
        if turn.batch is None:
            self._has_budgets = turn.wait < math.inf
            return turn.wait
        # Also when cancelled, it is noted that a message was sent; else it would be sent again.
        await let_finish(self._send_and_settle(turn.batch, options), self._leave_seconds)
        return 0.0

    async def _take(self, found: Mapping[str, datetime], now: datetime) -> Turn:
        at_once = self._settings_changed
        turn = await run_in_thread_uncancelled(
            lambda: self._record.take(found, now, at_once=at_once)
        )
        self._settings_changed = False
        return turn

    def _report_given_up(self, batch: Batch) -> None:
        days = text.count(MAX_AGE.days, "day")
        what = f"the ends of {text.count(len(batch.found), 'job')}" if batch.found else "budgets"
        texts = (*batch.found, *(news.text for news in batch.budgets))
        _log.warning("notify.push: given up: %s", ", ".join(texts))
        self._on_problem(f"{what} could not be pushed for {days}; given up")

    async def _note_budgets(self, now: datetime) -> None:
        """Have the record say which budgets are to be pushed, which no process has pushed."""
        alerts, self._alerts = self._alerts, []

        def note() -> None:
            for alert in alerts:
                if claimed := self._record.claim_alert(alert, "push"):
                    title, message = budgets.alert_text(claimed.use, claimed.thresholds[-1])
                    self._news.append(BudgetNews(f"{title}: {message}", now))
            if self._news:
                self._record.add_budgets(self._news, now)
                self._news.clear()

        if alerts or self._news:
            self._has_budgets = True
            await run_in_thread_uncancelled(note)

    async def _begin(self, now: datetime) -> None:
        """Have the record say since when ends are pushed; again if the clock was set back."""
        if self._begun_at is None or now < self._begun_at:
            self._has_budgets = await run_in_thread_uncancelled(lambda: self._record.begin(now))
        self._begun_at = now

    async def _send_and_settle(self, batch: Batch, options: PushOptions) -> None:
        delay = await self._attempt(batch, options)
        now = self._now()
        while True:
            try:
                await run_in_thread_uncancelled(lambda: self._record.settle(batch, now, delay))
            except LockedError:
                await asyncio.sleep(_LOCKED_DELAY)
            else:
                break
        if delay is None:
            self._scanner.settle(batch.found)

    async def _attempt(self, batch: Batch, options: PushOptions) -> float | None:
        """Send a batch; return None if it was sent, else in how many seconds to try again."""
        jobs = [self._jobs[job_id] for job_id in batch.found if job_id in self._jobs]
        if batch.budgets:
            message = message_about_budgets([news.text for news in batch.budgets], batch.key)
            return await self._send(message, batch, options)
        if len(jobs) < len(batch.found) and batch.attempts < _UNKNOWN_ATTEMPTS:
            return _UNKNOWN_DELAY
        if not jobs:
            return None
        names = JobNames(self._jobs.values())
        message = message_about(jobs, names, batch.key, links=options.links)
        return await self._send(message, batch, options)

    async def _send(self, message: Message, batch: Batch, options: PushOptions) -> float | None:
        """Send the message of a batch; returns as `_attempt`."""
        try:
            await self._send_with_new_headers(options.post(message), options)
        except PushError as error:
            self._report(str(error))
            first = FIRST_DELAY if error.passing else FIRST_DELAY_OF_REFUSAL
            delay = exponential_delay(first, batch.attempts, MAX_DELAY)
            return max(delay, error.retry_after or 0.0)
        self._problem = ""
        _log.info("pushed: %s", ", ".join(batch.found) or message.title)
        return None

    async def _send_with_new_headers(self, post: Post, options: PushOptions) -> None:
        """Send a message; if the headers are refused, once more with new ones. Raises PushError."""
        try:
            await options.send(post, options.target)
        except PushError as error:
            if not error.refused or options.new_headers is None:
                raise
            target = replace(
                options.target, headers=await run_in_thread_uncancelled(options.new_headers)
            )
            if target == options.target:
                raise
            if self._options is options:  # the settings have not changed meanwhile
                self._options = replace(options, target=target)
            await options.send(post, target)

    def _report(self, problem: str) -> None:
        if problem != self._problem:
            self._problem = problem
            _log.warning("notify.push: %s", problem)
            self._on_problem(f"{problem}; trying again")
