"""When the end of a job is believed that a reply leaves in doubt."""

from msgspec.structs import replace

from kling_tui.jobs import Job, Report, Status
from kling_tui.polling.clock import loop_time
from kling_tui.polling.endpoint_limiter import EndpointLimiter

CONFIRMATIONS = 3
"""Consecutive polls that must report an inconclusive end."""
CONFIRM_WITH_HEALTHY_PEERS = 24
CONFIRM_ALONE = 120
"""First intervals over which they must report a failure, by default 2 and 10 minutes: where the
endpoint reports conclusively on another job in that time, and where it does not."""


class EndConfirmation:
    """Confirms an inconclusive end of one job.

    It accepts the end only after several consecutive polls report the same status. A success
    without a link needs only a few. A failure that comes with an HTTP error status, as the O1
    endpoint may send it, can also be an outage of the endpoint, which takes longer to tell apart:
    to wait some minutes for a true failure does less harm than to give up a running job.
    """

    def __init__(self) -> None:
        self._reports = 0
        self._status: Status | None = None
        self._since = 0.0

    def confirm(self, report: Report, job: Job, limiter: EndpointLimiter) -> Report:
        """Return `report`, or while its end is in doubt, one with the status that `job` has.

        The end of a job that has ended is in no doubt; see `Job.with_report`.
        """
        if report.conclusive or not report.status.ended or job.ended:
            self._reports = 0
            return report
        if not self._reports or report.status is not self._status:
            self._reports, self._status, self._since = 0, report.status, loop_time()
        self._reports += 1
        confirmed = self._reports >= CONFIRMATIONS
        if confirmed and loop_time() - self._since >= self._min_seconds(limiter):
            return report
        return replace(report, status=job.status if job.history else Status.RUNNING)

    def _min_seconds(self, limiter: EndpointLimiter) -> float:
        """Return for how many seconds the end must be reported."""
        if self._status is not Status.FAILED:
            return 0.0
        healthy_peers = limiter.last_conclusive_reply_at > self._since
        intervals = CONFIRM_WITH_HEALTHY_PEERS if healthy_peers else CONFIRM_ALONE
        return intervals * limiter.schedule.first
