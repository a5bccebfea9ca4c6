"""Where the files of the user are: config, jobs, downloads."""

import argparse
import os
from collections.abc import Callable
from pathlib import Path

import platformdirs

from kling_tui.cli.exit_status import UsageError
from kling_tui.config.loading import CONFIG_VARIABLE, find_config
from kling_tui.config.settings import Config
from kling_tui.sanitize import sanitize_line

_APP = "kling-tui"


def _user_folder(find: Callable[[], Path]) -> Path | None:
    """Return a folder that platformdirs finds; None if the user has no home folder.

    Containers often run as a user without $HOME and without an entry in the passwd file.
    """
    try:
        return find()
    except RuntimeError:
        return None


def _require_folder(folder: Path | None, alternative: str) -> Path:
    """Raise UsageError if there is no folder; `alternative` is what to give instead of $HOME."""
    if folder is None:
        raise UsageError(f"the home folder is unknown; set $HOME, or give {alternative}")
    return folder


def config_paths(options: argparse.Namespace) -> tuple[Path | None, Path | None]:
    """Return the config file of the option, if given, and the default one, if there is a home."""
    folder = _user_folder(lambda: platformdirs.user_config_path(_APP))
    return _path(options.config), folder and folder / "config.toml"


def config_file(options: argparse.Namespace) -> tuple[Path, bool]:
    """Return the path of the config file, and whether it must exist; raises UsageError."""
    option, default = config_paths(options)
    if not (option or os.environ.get(CONFIG_VARIABLE)):
        default = _require_folder(default, "--config")
    return find_config(option, os.environ, default or Path())


def state_folder() -> Path | None:
    """Return the folder of the job file and the log; None if the user has no home folder."""
    return _user_folder(lambda: platformdirs.user_state_path(_APP))


def job_file(options: argparse.Namespace, settings: Config) -> Path:
    """Return the path of the job file."""
    file = _path(options.jobs) or settings.jobs.file
    if file:
        return _expand_home(file)
    return _require_folder(state_folder(), "--jobs") / "jobs.toml"


def download_folder(chosen: str, without_home: Path | None) -> Path:
    """Return the folder of downloads: `chosen`, or if that is empty one for videos.

    `without_home` is used where there is no other folder; None raises UsageError there.
    """
    if chosen:
        return _expand_home(chosen).absolute()
    return _require_folder(_user_folder(_videos_folder) or without_home, "--dir").absolute()


def _videos_folder() -> Path:
    videos = platformdirs.user_videos_path()
    return (videos if videos.is_dir() else platformdirs.user_downloads_path()) / _APP


def _path(option: str | None) -> Path | None:
    return None if option is None else Path(option)


def _expand_home(path: str | Path) -> Path:
    """Expand a leading ~; raises UsageError."""
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise UsageError(f"{sanitize_line(str(path))}: there is no such home folder") from error
