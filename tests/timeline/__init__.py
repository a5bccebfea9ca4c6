"""Tests of what the timeline and the charts show."""
