"""Tests of the downloads: partial files, HTTP, file names and the queue."""
