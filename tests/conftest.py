"""What all tests share: one time zone, colour mode and hypothesis profile; no user settings."""

import os
import time
from collections.abc import Generator

import pytest
from hypothesis import settings

os.environ["TZ"] = "UTC"
os.environ["TEXTUAL_COLOR_SYSTEM"] = "truecolor"
time.tzset()
for name in ("PIXAZO_API_KEY", "KLING_TUI_CONFIG", "KLING_TUI_PROFILE", "NO_COLOR", "COLORTERM"):
    os.environ.pop(name, None)

# Examples are the same in every run. `--hypothesis-profile=random` searches for new ones, and
# `--hypothesis-profile=long` for very many.
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.register_profile("random", deadline=None)
settings.register_profile("long", deadline=None, max_examples=10_000)
settings.load_profile("repeatable")


@pytest.hookimpl(optionalhook=True, wrapper=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> Generator[None, int, int]:
    """Return the number of workers for ``-n auto``; one that is idle takes tests of others.

    Two for each CPU: tests of the app and of processes wait for more than half of their time.
    """
    workers = yield
    if config.option.dist == "no":
        config.option.dist = "worksteal"
    return workers if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ else 2 * workers


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the tests."""
    parser.addoption(
        "--monkey-seconds",
        type=float,
        default=10.0,
        help="how long to send random input to the app, about, in seconds (default: 10)",
    )
