"""Polls the gateway.

- `session`: runs everything below for the app or a command, and applies the user's edits
- `leases`: the right to poll a source, of which one process holds the lease
- `leadership`: which leases a session takes, keeps and gives up
- `poller`: polls each tracked job until it ends
- `confirmation`: when an end is believed that a reply leaves in doubt
- `endpoint_limiter`: decides when the jobs of one endpoint may be polled, by the next three
- `rate_limiter`: what a 429 does, and how many polls may run at once
- `circuit_breaker`: single probes instead of polls while an endpoint is out of order
- `backoff`: intervals between polls of a job, and delays after failed polls
- `endpoint_status`: the health of an endpoint, as shown to the user
- `incidents`: records when polls failed
- `wakeup`: an interruptible sleep
- `clock`: the event loop's time
- `durations`: how long jobs of each source typically take
"""
