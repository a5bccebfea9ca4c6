"""Checks the config file and the API keys: their source, errors and permissions."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from kling_tui.cli.doctor.result import CheckResult
from kling_tui.cli.live_config import app_setting_errors
from kling_tui.config.api_keys import GatewayAccess, find_key
from kling_tui.config.errors import ConfigError
from kling_tui.config.key_sources import (
    KEY_VARIABLE,
    KeySource,
    key_permission_warning,
    key_source,
)
from kling_tui.config.loading import CONFIG_VARIABLE, find_config, load
from kling_tui.config.settings import Config, section_of
from kling_tui.sanitize import sanitize_line

_KEY_COMMAND_TIMEOUT = 10.0
"""Seconds for a `key_command`."""


def check_config(
    option: Path | None, environ: Mapping[str, str], default: Path | None
) -> Iterator[CheckResult]:
    """Yield each candidate for the config file, and the errors of the one that is used.

    `default` is None if the user has no home folder.
    """
    used, required = find_config(option, environ, default or Path())
    variable = environ.get(CONFIG_VARIABLE)
    candidates = {
        "--config": option,
        f"${CONFIG_VARIABLE}": variable and Path(variable),
        "default": default,
    }
    for source, file in candidates.items():
        if not file:
            yield CheckResult("config", f"{source}: not given")
        elif file != used:
            yield CheckResult("config", f"{source}: {sanitize_line(str(file))}, not used")
        else:
            yield _check_used(source, file, environ, required=required)


def _check_used(
    source: str, file: Path, environ: Mapping[str, str], *, required: bool
) -> CheckResult:
    shown = f"{source}: {sanitize_line(str(file))}"
    try:
        settings = load(file, required=required, environ=environ)
    except ConfigError as error:
        return CheckResult("config", shown, f"fix it: {error}")
    if not file.exists():
        return CheckResult("config", f"{shown}, does not exist; using the defaults")
    if errors := app_setting_errors(settings):
        return CheckResult("config", shown, f"fix it: {'; '.join(errors)}")
    return CheckResult("config", f"{shown}, used", key_permission_warning(settings, file))


def check_key(
    settings: Config, environ: Mapping[str, str], profile: str, file: Path | None
) -> tuple[CheckResult, GatewayAccess]:
    """Return the source of a profile's API key, and the gateway with the key.

    `file` is the config's. No result contains the key.
    """
    gateway, source = settings.gateways[profile], key_source(settings, environ, profile, file)
    section, key = section_of(profile), ""
    try:
        key = find_key(settings, environ, _KEY_COMMAND_TIMEOUT, profile)
        result = _key_result(source, section, found=bool(key))
    except ConfigError as error:
        result = CheckResult("key", "not found", f"fix it: {error}")
    return result, GatewayAccess(gateway.url, key, gateway.timeout, section, str(source))


def _key_result(source: KeySource, section: str, *, found: bool) -> CheckResult:
    if found:
        return CheckResult("key", f"from {source} (not shown)", source.permission_warning)
    variable = "" if source.profile else f"${KEY_VARIABLE}, "
    advice = f"set {variable}{section}.key or {section}.key_command"
    return CheckResult("key", "none; only i2v jobs can be polled without one", advice)
