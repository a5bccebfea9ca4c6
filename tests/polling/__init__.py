"""Tests of polling, most of them in virtual time."""
