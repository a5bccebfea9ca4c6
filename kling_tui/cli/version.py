"""``--version``, and ``--version --verbose``, which prints what a bug report needs."""

import argparse
import os
from collections.abc import Iterator

from kling_tui import __version__
from kling_tui.cli import bootstrap, user_files
from kling_tui.cli.doctor.config import check_config
from kling_tui.cli.doctor.environment import check_environment
from kling_tui.cli.doctor.result import CheckResult
from kling_tui.cli.doctor.versions import check_versions
from kling_tui.cli.exit_status import UsageError
from kling_tui.config.errors import ConfigError
from kling_tui.config.settings import Config
from kling_tui.sanitize import sanitize_line


def print_facts(options: argparse.Namespace) -> None:
    """Print facts of `doctor` that need no network, no key and no file but the config.

    The user's home folder is shown as ``~``, because the output is for others to read.
    """
    print(f"kling-tui {__version__}")
    home = os.environ.get("HOME", "").rstrip("/")
    for fact in _facts(options):
        message = fact.message.replace(f"{home}/", "~/") if home else fact.message
        print(f"{fact.topic:<13}  {sanitize_line(message)}")


def _facts(options: argparse.Namespace) -> Iterator[CheckResult]:
    yield from check_versions()
    option, default = user_files.config_paths(options)
    yield from check_config(option, os.environ, default)
    settings = Config()
    try:
        settings, _ = bootstrap.load_settings(options)
    except (ConfigError, UsageError):
        yield CheckResult("config", "cannot be used; kling-tui doctor says why")
    try:
        yield CheckResult("job file", str(user_files.job_file(options, settings)))
    except UsageError as error:
        yield CheckResult("job file", str(error))
    yield from check_environment(os.environ, stock_output=settings.ui.output == "stock")
