"""Tests of the settings and API keys."""
