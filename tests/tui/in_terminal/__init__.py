"""Tests of the app on a pseudo-terminal, against a gateway written from the API documents."""
