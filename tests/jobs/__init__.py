"""Tests of `kling_tui.jobs`."""
