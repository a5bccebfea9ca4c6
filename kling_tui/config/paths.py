"""Expands variables of the environment in the paths of the config."""

from collections.abc import Mapping
from string import Template

from msgspec.structs import replace

from kling_tui.config import validators
from kling_tui.config.errors import InvalidSettingError, Problem
from kling_tui.config.settings import Config


def expand_paths(config: Config, environ: Mapping[str, str]) -> Config:
    """Return the settings with $NAME and ${NAME} expanded in all paths; $$ is a dollar sign.

    Raises InvalidSettingError with all problems, such as a variable that is not set or empty.
    """
    paths = {"jobs.file": config.jobs.file, "downloads.dir": config.downloads.dir}
    problems: list[Problem] = []
    for setting, path in paths.items():
        try:
            paths[setting] = _expand(path, environ)
        except InvalidSettingError as error:
            problems += [problem.below(setting) for problem in error.problems]
    if problems:
        raise InvalidSettingError(*problems)
    return replace(
        config,
        jobs=replace(config.jobs, file=paths["jobs.file"]),
        downloads=replace(config.downloads, dir=paths["downloads.dir"]),
    )


def _expand(path: str, environ: Mapping[str, str]) -> str:
    try:
        expanded = Template(path).substitute(
            {name: value for name, value in environ.items() if value}
        )
    except KeyError as error:
        reason = f"${error.args[0]} is not set, or empty"
    except ValueError:
        reason = "a $ in it is not followed by a name"
    else:
        return str(validators.PATH(expanded))
    expected = "expected $NAME or ${NAME} for a variable that is set, and $$ for a dollar sign"
    message = f"is {validators.PATH.describe(path)}, but {reason}; {expected}"
    raise InvalidSettingError(Problem("", message))
