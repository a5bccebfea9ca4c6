"""Helpers that several test modules share: servers, terminals, jobs, virtual time."""
