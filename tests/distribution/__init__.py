"""Tests of what is made for the packages; `check_packages.py` is run by `.ci/package` only."""
