"""Keeps the tracked jobs in TOML files that several processes share."""
