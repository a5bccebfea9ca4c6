"""Writes an API key into the config file, which keeps its other settings and comments."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tomli

from kling_tui.config import validators
from kling_tui.config.errors import ConfigError
from kling_tui.sanitize import sanitize_line
from kling_tui.storage.atomic import atomic_write, read_with_version
from kling_tui.storage.private_files import make_private_folder

_GATEWAY_HEADER = re.compile(r"""\s*\[\s*(gateway|"gateway"|'gateway')\s*\]\s*(#.*)?""")
_HEADER = re.compile(r"\s*\[")
_KEY_LINE = re.compile(r"\s*(key|key_command)\s*=.*")
_DOTTED_KEY_LINE = re.compile(r"\s*gateway\s*\.\s*(key|key_command)\s*=.*")


def write_key(file: Path, key: str) -> None:
    """Set gateway.key in a config file, and create the file if there is none.

    Only the user may read the file afterwards. A gateway.key_command is removed, because the two
    exclude each other. Raises ConfigError, which says why nothing was written.
    """
    shown = sanitize_line(str(file))
    if not validators.KEY.is_valid(key) or not key.strip():
        raise ConfigError(f"a key has {validators.KEY.expected}")
    try:
        # Its target may be in a repository of settings, which others can read.
        if file.is_symlink():
            message = "is a link, so the key is not written; set gateway.key in it"
            raise ConfigError(f"{shown} {message}")
        text = _read(file)
        content = with_key(text, key.strip()).encode()
        make_private_folder(file.parent)
        if file.exists():
            file.chmod(0o600)  # the new file gets the mode of the old one
        atomic_write(file, content)
    except tomli.TOMLDecodeError as error:
        raise ConfigError(f"{shown}: is not TOML: {sanitize_line(str(error))}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{shown}: is not UTF-8; save it as UTF-8") from error
    except ValueError as error:
        raise ConfigError(f"{shown}: {error}") from error
    except OSError as error:
        raise ConfigError(f"{shown}: cannot be written: {error.strerror}") from error


def with_key(text: str, key: str) -> str:
    """Return the text of a config with another gateway.key, and without a gateway.key_command.

    All other lines stay as they are. Raises ValueError if that is not possible, or if the text is
    not TOML.
    """
    expected = _settings_with(tomli.loads(text), key)
    for candidate in _candidates(text, f"key = {json.dumps(key)}"):
        try:
            if tomli.loads(candidate) == expected:
                return candidate
        except tomli.TOMLDecodeError:
            continue
    raise ValueError("has a form of [gateway] that cannot be changed; set gateway.key by hand")


def _settings_with(settings: dict[str, Any], key: str) -> dict[str, Any]:
    gateway = settings.get("gateway", {})
    if not isinstance(gateway, dict):
        raise ValueError("gateway is not a table; correct it first")
    kept = {name: value for name, value in gateway.items() if name != "key_command"}
    return {**settings, "gateway": {**kept, "key": key}}


def _candidates(text: str, line: str) -> Iterator[str]:
    """Yield texts with a new `line` for the key, one for each way in which [gateway] may be set.

    Which of them is right, only a TOML parser can tell: what looks like a heading may be part of a
    string.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += newline
    for index, heading in enumerate(lines):
        if _GATEWAY_HEADER.fullmatch(heading.rstrip("\r\n")):
            body, rest = _split_at_header(lines[index + 1 :])
            yield "".join([*lines[: index + 1], *_replaced(body, _KEY_LINE, line, newline), *rest])
    root, rest = _split_at_header(lines)
    dotted = _replaced(root, _DOTTED_KEY_LINE, f"gateway.{line}", newline)
    section = [newline, f"[gateway]{newline}", line + newline]
    yield "".join([*lines, *(section if lines else section[1:])])
    yield "".join([*dotted, *rest])


def _split_at_header(lines: list[str]) -> tuple[list[str], list[str]]:
    """Return the lines before the heading of the next table, and the others."""
    end = next((index for index, line in enumerate(lines) if _HEADER.match(line)), len(lines))
    return lines[:end], lines[end:]


def _replaced(lines: list[str], old: re.Pattern[str], new: str, newline: str) -> list[str]:
    """Return lines with `new` in place of the first line that matches `old`, else before all."""
    matches = [bool(old.fullmatch(line.rstrip("\r\n"))) for line in lines]
    at = matches.index(True) if any(matches) else 0
    kept = [line for line, matched in zip(lines, matches, strict=True) if not matched]
    return [*kept[:at], new + newline, *kept[at:]]


def _read(file: Path) -> str:
    try:
        raw, _ = read_with_version(file)
    except FileNotFoundError:
        return ""
    return raw.decode("utf-8-sig")
