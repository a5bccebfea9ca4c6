"""Starts the command line: ``python -m kling_tui``."""

from kling_tui.cli.main import main

raise SystemExit(main())
