"""Tests of the graphics protocols."""
