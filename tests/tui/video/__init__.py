"""Tests of video preview and playback."""
