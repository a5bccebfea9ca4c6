"""Tests of the job files and of the store that reads and writes them."""
