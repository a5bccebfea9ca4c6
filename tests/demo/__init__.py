"""Tests of the demo gateway over HTTP, with a clock that the tests move."""
