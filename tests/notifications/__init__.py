"""Tests of `kling_tui.notifications`."""
