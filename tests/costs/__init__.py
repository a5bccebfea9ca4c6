"""Tests of `kling_tui.costs`."""
