"""Tests of reading video files."""
