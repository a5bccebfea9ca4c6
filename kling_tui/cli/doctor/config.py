"""Whether there are settings and a key, where from, and who else can read them."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from kling_tui.cli.doctor.result import CheckResult
from kling_tui.config.api_keys import KEY_VARIABLE, find_key, key_permission_warning, key_source
from kling_tui.config.errors import ConfigError
from kling_tui.config.loading import CONFIG_VARIABLE, find_config, load
from kling_tui.config.settings import Config, section_of
from kling_tui.sanitize import sanitize_line

_WITHIN = 10.0
"""Seconds for the command that prints the key."""


def check_config(
    option: Path | None, environ: Mapping[str, str], default: Path
) -> Iterator[CheckResult]:
    """Yield each file that was looked for, and what is wrong with the one that is used."""
    used, required = find_config(option, environ, default)
    named = environ.get(CONFIG_VARIABLE)
    asked = {"--config": option, f"${CONFIG_VARIABLE}": named and Path(named), "default": default}
    for how, file in asked.items():
        if not file:
            yield CheckResult("config", f"{how}: not given")
        elif file != used:
            yield CheckResult("config", f"{how}: {sanitize_line(str(file))}, not used")
        else:
            yield _check_used(how, file, environ, required=required)


def _check_used(how: str, file: Path, environ: Mapping[str, str], *, required: bool) -> CheckResult:
    shown = f"{how}: {sanitize_line(str(file))}"
    try:
        settings = load(file, required=required, environ=environ)
    except ConfigError as error:
        return CheckResult("config", shown, f"mend it: {error}")
    if not file.exists():
        return CheckResult("config", f"{shown}, not there; the defaults hold")
    from kling_tui.tui.app import config_errors  # what only the app needs takes long to load

    if wrong := [sanitize_line(words) for words in config_errors(settings.keys, settings.ui.theme)]:
        return CheckResult("config", shown, f"mend it: {'; '.join(wrong)}")
    return CheckResult("config", f"{shown}, used", key_permission_warning(settings, file))


def check_key(
    settings: Config, environ: Mapping[str, str], profile: str
) -> tuple[CheckResult, str]:
    """Return where the key of a profile comes from, and the key itself, which is in no finding."""
    source = key_source(settings, environ, profile)
    try:
        key = find_key(settings, environ, _WITHIN, profile)
    except ConfigError as error:
        return CheckResult("key", "not found", f"mend it: {error}"), ""
    if key:
        return CheckResult("key", f"from {source}; its value is not shown"), key
    section, variable = section_of(profile), "" if profile else f"${KEY_VARIABLE}, "
    advice = f"set {variable}{section}.key or {section}.key_command"
    return CheckResult("key", "none; only i2v jobs may be polled without one", advice), ""
