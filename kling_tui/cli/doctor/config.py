"""Whether there are settings and a key, where from, and who else can read them."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from kling_tui.cli.doctor.result import Finding
from kling_tui.config.api_keys import KEY_VARIABLE, exposed, find_key, key_source
from kling_tui.config.settings import (
    CONFIG_VARIABLE,
    Config,
    ConfigError,
    find_config,
    load,
    section_of,
)
from kling_tui.sanitize import plain

_WITHIN = 10.0
"""Seconds for the command that prints the key."""


def check_config(
    option: Path | None, environ: Mapping[str, str], default: Path
) -> Iterator[Finding]:
    """Yield each file that was looked for, and what is wrong with the one that is used."""
    used, required = find_config(option, environ, default)
    named = environ.get(CONFIG_VARIABLE)
    asked = {"--config": option, f"${CONFIG_VARIABLE}": named and Path(named), "default": default}
    for how, file in asked.items():
        if not file:
            yield Finding("config", f"{how}: not given")
        elif file != used:
            yield Finding("config", f"{how}: {plain(str(file))}, not used")
        else:
            yield _check_used(how, file, required=required)


def _check_used(how: str, file: Path, *, required: bool) -> Finding:
    shown = f"{how}: {plain(str(file))}"
    try:
        settings = load(file, required=required)
    except ConfigError as error:
        return Finding("config", shown, f"mend it: {error}")
    if not file.exists():
        return Finding("config", f"{shown}, not there; the defaults hold")
    from kling_tui.tui.app import misfits  # what only the app needs takes long to load

    if wrong := [plain(words) for words in misfits(settings.keys, settings.ui.theme)]:
        return Finding("config", shown, f"mend it: {'; '.join(wrong)}")
    return Finding("config", f"{shown}, used", exposed(settings, file))


def check_key(settings: Config, environ: Mapping[str, str], profile: str) -> tuple[Finding, str]:
    """Return where the key of a profile comes from, and the key itself, which is in no finding."""
    source = key_source(settings, environ, profile)
    try:
        key = find_key(settings, environ, _WITHIN, profile)
    except ConfigError as error:
        return Finding("key", "not found", f"mend it: {error}"), ""
    if key:
        return Finding("key", f"from {source}; its value is not shown"), key
    section, variable = section_of(profile), "" if profile else f"${KEY_VARIABLE}, "
    advice = f"set {variable}{section}.key or {section}.key_command"
    return Finding("key", "none; only i2v jobs may be polled without one", advice), ""
