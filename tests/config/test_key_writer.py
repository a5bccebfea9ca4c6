"""Writing the API key into a config file."""

import tomllib
from pathlib import Path

import pytest

from kling_tui.config.errors import ConfigError
from kling_tui.config.key_writer import with_key, write_key
from kling_tui.config.loading import load
from tests.support.config_files import SECRET

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '[gateway]\nkey = "K"\n'),
        ("# mine\n", '# mine\n\n[gateway]\nkey = "K"\n'),
        ('[ui]\ntheme = "nord"', '[ui]\ntheme = "nord"\n\n[gateway]\nkey = "K"\n'),
        ("[gateway]\n", '[gateway]\nkey = "K"\n'),
        ("[gateway]", '[gateway]\nkey = "K"\n'),
        (' [ "gateway" ] # here\n', ' [ "gateway" ] # here\nkey = "K"\n'),
        (
            '[gateway]\n# slow\ntimeout = 3\nkey = "old" # mine\n\n[ui]\nmouse = false\n',
            '[gateway]\n# slow\ntimeout = 3\nkey = "K"\n\n[ui]\nmouse = false\n',
        ),
        (
            '[profile.studio]\nkey = "S"\n[gateway]\nkey_command = "x"\n',
            '[profile.studio]\nkey = "S"\n[gateway]\nkey = "K"\n',
        ),
        ("[gateway]\r\ntimeout = 3\r\n", '[gateway]\r\nkey = "K"\r\ntimeout = 3\r\n'),
        ("gateway.timeout = 3\n", 'gateway.key = "K"\ngateway.timeout = 3\n'),
        ('gateway.key = "old"\n[ui]\n', 'gateway.key = "K"\n[ui]\n'),
        (
            "[ui]\ntheme = '''\n[gateway]\n'''\n",
            "[ui]\ntheme = '''\n[gateway]\n'''\n\n[gateway]\nkey = \"K\"\n",
        ),
    ],
)
def test_other_lines_stay_as_they_are(before: str, after: str) -> None:
    """Comments, other settings, line ends, and what only looks like the heading."""
    assert with_key(before, "K") == after


def test_key_with_quotes_and_backslashes() -> None:
    """Every printable character is kept."""
    key = "".join(map(chr, range(33, 127)))
    assert tomllib.loads(with_key("", key)) == {"gateway": {"key": key}}


def test_example_config_keeps_its_comments() -> None:
    """Only the line of the key differs."""
    text = EXAMPLE.read_text("utf-8")
    assert with_key(text, "K") == text.replace('\nkey = ""\n', '\nkey = "K"\n', 1)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("gateway = { timeout = 3 }\n", "set gateway.key by hand"),
        ("gateway = 3\n", "gateway is not a table"),
        ("[gateway\n", "is not TOML"),
        (b"# \xff\n", "is not UTF-8"),
    ],
)
def test_a_config_that_cannot_be_changed_is_reported(
    tmp_path: Path, text: str | bytes, reason: str
) -> None:
    """The file stays as it is, and the error does not show the key."""
    file = tmp_path / "config.toml"
    file.write_bytes(raw := text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError, match=reason) as caught:
        write_key(file, SECRET)
    assert str(file) in str(caught.value)
    assert SECRET not in str(caught.value)
    assert file.read_bytes() == raw


def test_file_and_folder_are_private(tmp_path: Path) -> None:
    """Both are created, and a file that others could read no longer is."""
    file = tmp_path / "new" / "config.toml"
    write_key(file, f" {SECRET}\n")
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert load(file, required=True).gateway.key == SECRET
    file.chmod(0o644)
    write_key(file, "other")
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["config.toml"]


def test_byte_order_mark_is_no_obstacle(tmp_path: Path) -> None:
    """Some editors write one."""
    file = tmp_path / "config.toml"
    file.write_bytes(b"\xef\xbb\xbf[gateway]\ntimeout = 3\n")
    write_key(file, SECRET)
    assert load(file, required=True).gateway.key == SECRET


def test_link_is_not_followed(tmp_path: Path) -> None:
    """Its target may be in a repository that others read."""
    target, link = tmp_path / "repository.toml", tmp_path / "config.toml"
    target.write_text("[gateway]\n", "utf-8")
    link.symlink_to(target)
    with pytest.raises(ConfigError, match=r"config\.toml is a link"):
        write_key(link, SECRET)
    assert target.read_text("utf-8") == "[gateway]\n"


def test_folder_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    """A file is in the place of the folder, so that root fails too."""
    (tmp_path / "kling-tui").write_text("", "utf-8")
    with pytest.raises(ConfigError, match="cannot be written: Not a directory"):
        write_key(tmp_path / "kling-tui" / "config.toml", SECRET)


@pytest.mark.parametrize("key", ["", " ", "two words", "ü"])
def test_key_that_is_not_valid_is_not_written(tmp_path: Path, key: str) -> None:
    """No file is created."""
    with pytest.raises(ConfigError, match="a key has printable ASCII"):
        write_key(tmp_path / "config.toml", key)
    assert not list(tmp_path.iterdir())
