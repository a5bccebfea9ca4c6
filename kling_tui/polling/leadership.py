"""Which sources a session polls: those whose leases it holds."""

import math
from collections.abc import Collection, Mapping

from kling_tui.jobs import Source
from kling_tui.polling.clock import loop_time
from kling_tui.polling.endpoint_limiter import EndpointLimiter
from kling_tui.polling.leases import LEASE_SECONDS, LeaseFile


class Leadership:
    """Takes and renews leases, and lets the limiters of their sources poll for as long.

    A session wants the leases of all sources that it can poll. It gives up that of a source whose
    key is refused or whose gateway is unreachable, until the circuit breaker's next probe is due:
    the key or the network of another process may be better. It keeps the lease during a rate limit,
    which is written to the file, so that no process polls before its end.
    """

    def __init__(
        self,
        leases: LeaseFile,
        limiters: Mapping[Source, EndpointLimiter],
        unusable: Collection[Source] = (),
    ) -> None:
        """`unusable` are the sources whose polls all fail here, for example without a key.

        Their polls send no requests, so they need no lease: unless another process polls the
        source, they are made to find the error message.
        """
        self.leading: set[Source] = set()
        """The sources that this session polls."""
        self.elsewhere: set[Source] = set()
        """The sources that other processes poll."""
        self._leases = leases
        self._limiters = limiters
        self._unusable = frozenset(unusable)
        self._polled_by_others: set[Source] = set()
        self._suspended_until = -math.inf

    @property
    def next_update_in(self) -> float:
        """In how many seconds to call `update` again."""
        probes = (each.blocked_for for each in self._limiters.values() if each.is_tripped)
        return min([self._leases.next_update_in(loop_time()), *probes])

    def update(self, *, idle: bool = False) -> set[Source]:
        """Renew, take or give up leases; a session that is `idle` gives up all.

        Returns the sources that other processes have polled until now, and this one polls next.
        """
        idle = idle or loop_time() < self._suspended_until
        wanted = {
            source
            for source, limiter in self._limiters.items()
            if not (idle or limiter.is_tripped or source in self._unusable)
        }
        rate_limits = {
            source: limiter.rate_limit_ends_at for source, limiter in self._limiters.items()
        }
        self._leases.update(wanted, rate_limits, loop_time())
        now = loop_time()
        self.leading = {source for source in wanted if self._leases.held_until(source) > now}
        self.elsewhere = self._leases.held_elsewhere(now)
        fails_here = set() if idle else self._unusable - self.elsewhere
        for source, limiter in self._limiters.items():
            limiter.hold_until(self._leases.rate_limited_until(source))
            if source in self.leading:
                limiter.allow_polls(self._leases.held_until(source))
            else:
                limiter.allow_polls(now + LEASE_SECONDS if source in fails_here else -math.inf)
        taken_over = self.leading & self._polled_by_others
        self._polled_by_others = (self._polled_by_others | self.elsewhere) - self.leading
        return taken_over

    def suspend(self) -> None:
        """Give up all leases, for long enough that another process can take them."""
        self._suspended_until = loop_time() + LEASE_SECONDS
        self.update()
