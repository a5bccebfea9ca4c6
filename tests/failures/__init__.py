"""Tests of the text that the program shows."""
