"""Tests of the diff renderer."""
