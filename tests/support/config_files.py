"""Texts of config files in tests, and what is wrong with them."""

import pytest

from kling_tui.config.errors import ConfigError
from kling_tui.config.loading import parse
from kling_tui.config.settings import Config

FILE = "config.toml"
SECRET = "s3cr3t-0f-4-k3y"
"""Must not be in any error."""
CLEARTEXT_URL = "http://10.0.0.7:8080"


def config_errors(text: str) -> list[str]:
    """Return the lines of the ConfigError of a text."""
    with pytest.raises(ConfigError) as caught:
        parse(text, FILE)
    return str(caught.value).splitlines()


def config_with(section: str, lines: str) -> Config:
    """Return the settings of a file with some lines in one section."""
    return parse(f"[{section}]\n{lines}\n", FILE)
