"""Reads and checks the user's settings and API keys."""
