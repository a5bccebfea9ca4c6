"""Finding and loading the config file."""

from pathlib import Path

import pytest

from kling_tui.config.errors import ConfigError
from kling_tui.config.loading import find_config, load
from kling_tui.config.settings import Config
from tests.support.config_files import FILE, config_errors


def test_missing_file_gives_the_defaults(tmp_path: Path) -> None:
    """A missing file at the default path is no error."""
    assert load(tmp_path / FILE, required=False) == Config()


def test_required_file_must_exist(tmp_path: Path) -> None:
    """The error says what to do."""
    with pytest.raises(ConfigError, match=r"config\.toml: does not exist; create it"):
        load(tmp_path / FILE, required=True)


def test_unreadable_file(tmp_path: Path) -> None:
    """The error has the path and the reason."""
    with pytest.raises(ConfigError, match=r"cannot be read: Is a directory") as caught:
        load(tmp_path, required=False)
    assert str(tmp_path) in str(caught.value)


def test_file_that_is_not_utf_8(tmp_path: Path) -> None:
    """The error has the first line that cannot be decoded."""
    path = tmp_path / FILE
    path.write_bytes('[jobs]\n# fine\nfile = "Jöbs"\n'.encode("latin-1"))
    with pytest.raises(ConfigError, match=r"config\.toml: is not UTF-8 \(at line 3\)"):
        load(path, required=False)


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_byte_order_marks_and_line_ends_are_accepted(
    tmp_path: Path, start: bytes, end: bytes
) -> None:
    """Files of editors on other systems can be loaded."""
    path = tmp_path / FILE
    path.write_bytes(start + b"[gateway]" + end + b"concurrency = 3" + end)
    assert load(path, required=True).gateway.concurrency == 3


def test_invalid_toml(tmp_path: Path) -> None:
    """The error has the path and the line."""
    path = tmp_path / FILE
    path.write_text("[gateway]\ntimeout = ten\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"is not TOML: .*at line 2") as caught:
        load(path, required=False)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("value", ["1" * 5000, "[" * 9000, "9" * 5000 + ".0"])
def test_limits_of_python_are_config_errors(value: str) -> None:
    """A number can be too long, and brackets can be nested too deep."""
    [error] = config_errors(f"[gateway]\ntimeout = {value}")
    assert error.startswith(f"{FILE}: ")


@pytest.mark.parametrize(
    ("option", "environ", "found"),
    [
        (None, {}, (Path("default"), False)),
        (None, {"KLING_TUI_CONFIG": ""}, (Path("default"), False)),
        (None, {"KLING_TUI_CONFIG": "variable"}, (Path("variable"), True)),
        (Path("option"), {"KLING_TUI_CONFIG": "variable"}, (Path("option"), True)),
    ],
)
def test_find_config(
    option: Path | None, environ: dict[str, str], found: tuple[Path, bool]
) -> None:
    """The option overrides the variable, and that the default path, which need not exist."""
    assert find_config(option, environ, Path("default")) == found
