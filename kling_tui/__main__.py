"""Starts the command line: ``python -m kling_tui``."""

from kling_tui.cli import main

raise SystemExit(main())
