"""A terminal app that watches AI video generation jobs live."""

__version__ = "0.1.0"
