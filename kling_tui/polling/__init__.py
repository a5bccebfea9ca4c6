"""Polls the gateway: schedule, rate limits, circuit breaker, leadership among processes."""
