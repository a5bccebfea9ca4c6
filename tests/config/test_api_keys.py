"""Where the API key of a gateway comes from."""

import os
import shlex
import subprocess
import sys
import traceback
from pathlib import Path

import pytest

from kling_tui.config.api_keys import find_key
from kling_tui.config.errors import ConfigError
from kling_tui.config.key_sources import key_source
from kling_tui.config.loading import parse
from kling_tui.config.settings import Config, GatewayConfig, ProfileConfig
from tests.support.config_files import FILE, SECRET, config_with

ROOT = Path(__file__).parents[2]


def key_command(program: str) -> Config:
    """Return settings whose key_command is a small Python program."""
    command = shlex.join([sys.executable, "-S", "-c", program])
    return Config(gateway=GatewayConfig(key_command=command))


def test_missing_key() -> None:
    """No key is no error here: one endpoint needs none."""
    assert find_key(Config(), {}) == ""
    assert find_key(Config(gateway=GatewayConfig(key_command="  ")), {}) == ""


@pytest.mark.parametrize(
    ("variable", "key"), [(None, "stored"), ("", "stored"), (" \n", "stored"), (" env\n", "env")]
)
def test_environment_variable_overrides_the_file(variable: str | None, key: str) -> None:
    """An empty variable does not, and white space around the key is removed."""
    environ = {} if variable is None else {"PIXAZO_API_KEY": variable}
    assert find_key(config_with("gateway", 'key = " stored "'), environ) == key


@pytest.mark.parametrize("line", ["", 'key = "two"', "key_command = 'echo two'"])
def test_environment_variable_is_not_used_for_other_profiles(line: str) -> None:
    """The key of one gateway must not be sent to another."""
    config = parse(f'[gateway]\nkey = "one"\n[profile.studio]\n{line}\n', FILE)
    environ = {"PIXAZO_API_KEY": "env", "PATH": os.environ["PATH"]}
    assert find_key(config, environ) == "env"
    assert find_key(config, environ, profile="studio") == ("two" if line else "")


def test_a_key_command_does_not_get_the_keys_of_other_profiles() -> None:
    """Neither $PIXAZO_API_KEY nor another variable with a key of the config."""
    program = (
        "import os; print(','.join(sorted(os.environ.keys() & {'PIXAZO_API_KEY', 'COPY', 'MINE'})))"
    )
    command = shlex.join([sys.executable, "-S", "-c", program])
    config = Config(
        gateway=GatewayConfig(key="one"),
        profile={"studio": ProfileConfig(key_command=command)},
    )
    environ = {"PIXAZO_API_KEY": "env", "COPY": "one", "MINE": "two", "PATH": os.environ["PATH"]}
    assert find_key(config, environ, profile="studio") == "MINE"


def test_error_names_the_profile() -> None:
    """The error has the key of the setting that failed."""
    config = parse("[profile.studio]\nkey_command = 'false'\n", FILE)
    with pytest.raises(ConfigError, match=r"profile\.studio\.key_command failed"):
        find_key(config, dict(os.environ), profile="studio")


def test_environment_variable_prevents_the_command(tmp_path: Path) -> None:
    """The command could ask for a passphrase."""
    mark = tmp_path / "ran"
    config = key_command(f"open({str(mark)!r}, 'w')")
    assert find_key(config, {"PIXAZO_API_KEY": "env"}) == "env"
    assert not mark.exists()


def test_key_is_the_first_line_of_the_command(tmp_path: Path) -> None:
    """The command is run once, without a shell; further lines are ignored."""
    mark = tmp_path / "runs"
    config = key_command(
        f"open({str(mark)!r}, 'a').write('x'); print(' $HOME-k3y \\nlogin: someone')"
    )
    assert find_key(config, {"HOME": "/nowhere"}) == "$HOME-k3y"
    assert mark.read_text(encoding="utf-8") == "x"


def test_command_gets_the_environment() -> None:
    """The command has the given variables only."""
    config = key_command("import os; print(os.environ['STORE'])")
    assert find_key(config, {"STORE": "from-the-store"}) == "from-the-store"


def test_command_shares_standard_input() -> None:
    """The command can ask the user for a passphrase."""
    program = (
        "import shlex, sys; from kling_tui.config.settings import Config, GatewayConfig;"
        "from kling_tui.config.api_keys import find_key;"
        "c = shlex.join([sys.executable, '-S', '-c', 'print(input())']);"
        "print(find_key(Config(gateway=GatewayConfig(key_command=c)), {}))"
    )
    result = subprocess.run(  # noqa: S603 - this test's own program
        [sys.executable, "-c", program],
        input="passphrase\n",
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert result.stdout == "passphrase\n"


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        (
            f"import sys; print('{SECRET}'); sys.exit('\\x1b[31mno such\\x07 entry\\nmore')",
            "gateway.key_command failed: exit status 1, [31mno such entry",
        ),
        (f"import os; print('{SECRET}', flush=True); os._exit(7)", "exit status 7"),
        ("", "gateway.key_command printed no key on its first line: exit status 0"),
        (f"print('\\n{SECRET}')", "printed no key on its first line"),
        (f"print('two {SECRET}')", "gateway.key_command gives a key that is not shown"),
        (f"print('{SECRET}\\x1b')", "gateway.key_command gives a key that is not shown"),
        (
            f"import sys; sys.stdout.buffer.write(b'{SECRET}\\xff')",
            "gateway.key_command gives a key that is not shown",
        ),
    ],
)
def test_command_without_a_key(program: str, expected: str) -> None:
    """The error has the exit status and standard error, but not the output."""
    with pytest.raises(ConfigError) as caught:
        find_key(key_command(program), {})
    message = str(caught.value)
    assert expected in message
    assert "\n" not in message
    assert "more" not in message
    assert SECRET not in message


@pytest.mark.parametrize("command", [f"/nowhere/{SECRET} show", "''", f"{__file__} {SECRET}"])
def test_command_that_cannot_start(command: str) -> None:
    """The error does not show the command."""
    with pytest.raises(ConfigError, match=r"gateway\.key_command cannot be started: ") as caught:
        find_key(Config(gateway=GatewayConfig(key_command=command)), {})
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


def test_command_timeout() -> None:
    """A command that hangs is ended."""
    config = key_command(f"import time; print('{SECRET}', flush=True); time.sleep(60)")
    with pytest.raises(ConfigError, match=r"gateway\.key_command did not end within 0\.2 s"):
        find_key(config, {}, timeout=0.2)


@pytest.mark.parametrize("key", [f"{SECRET} x", f"{SECRET}\r\nHost: x", f"{SECRET}ü", "\udcff"])
def test_key_that_is_not_valid_in_a_header(key: str) -> None:
    """The error has the source of the key, but not the key."""
    with pytest.raises(ConfigError, match=r"\$PIXAZO_API_KEY gives a key .* printable") as caught:
        find_key(Config(), {"PIXAZO_API_KEY": key})
    assert SECRET not in str(caught.value)
    with pytest.raises(ConfigError, match=r"gateway\.key gives a key") as caught:
        find_key(Config(gateway=GatewayConfig(key=key)), {})
    assert SECRET not in str(caught.value)


@pytest.fixture
def pixazo_file(tmp_path: Path) -> Path:
    """Return the path of the file of the vendor's tools."""
    file = tmp_path / ".pixazo" / "api-key"
    file.parent.mkdir()
    return file


@pytest.mark.parametrize("content", [f"{SECRET}\n", f"\ufeff{SECRET}\r\n", f" {SECRET}"])
def test_key_file_of_the_vendor_is_the_last_resort(pixazo_file: Path, content: str) -> None:
    """White space and a byte order mark around the key are ignored."""
    pixazo_file.write_text(content, "utf-8")
    home = {"HOME": str(pixazo_file.parents[1]), "PATH": os.environ["PATH"]}
    assert find_key(Config(), home) == SECRET
    assert find_key(Config(), {**home, "PIXAZO_API_KEY": "env"}) == "env"
    assert find_key(Config(gateway=GatewayConfig(key="own")), home) == "own"
    assert find_key(key_command("print('printed')"), home) == "printed"


def test_key_file_of_the_vendor_is_not_used_for_other_profiles(pixazo_file: Path) -> None:
    """Its key must not be sent to another gateway."""
    pixazo_file.write_text(SECRET, "utf-8")
    config = Config(profile={"studio": ProfileConfig()})
    assert find_key(config, {"HOME": str(pixazo_file.parents[1])}, profile="studio") == ""


@pytest.mark.parametrize("home", ["", "relative", "/nowhere"])
def test_without_a_home_folder_there_is_no_key_file(home: str) -> None:
    """A relative path would depend on the working folder."""
    assert find_key(Config(), {"HOME": home}) == ""


def test_empty_key_file_is_no_key(pixazo_file: Path) -> None:
    """As an empty variable is none."""
    pixazo_file.write_text("\n", "utf-8")
    assert find_key(Config(), {"HOME": str(pixazo_file.parents[1])}) == ""


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "cannot be read: Is a directory"),
        (SECRET.encode() + b"\xff", "is not UTF-8"),
        (f"{SECRET} and more".encode(), "gives a key that is not shown"),
    ],
)
def test_key_file_that_cannot_be_used_is_reported(
    pixazo_file: Path, content: bytes | None, reason: str
) -> None:
    """The error names the file, and does not show what is in it."""
    if content is None:
        pixazo_file.mkdir()
    else:
        pixazo_file.write_bytes(content)
    with pytest.raises(ConfigError, match=reason) as caught:
        find_key(Config(), {"HOME": str(pixazo_file.parents[1])})
    assert str(pixazo_file) in str(caught.value)
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_sources_are_named(pixazo_file: Path) -> None:
    """By the variable, or by the setting and its file."""
    file, environ = Path("/c/config.toml"), {"HOME": str(pixazo_file.parents[1])}

    def named(config: Config, profile: str = "", **variables: str) -> str:
        return str(key_source(config, {**environ, **variables}, profile, file))

    assert named(Config()) == ""
    assert named(Config(), PIXAZO_API_KEY="x") == "$PIXAZO_API_KEY"
    assert named(Config(gateway=GatewayConfig(key="x"))) == "gateway.key in /c/config.toml"
    assert named(key_command("")) == "gateway.key_command in /c/config.toml"
    studio = Config(profile={"studio": ProfileConfig(key="x")})
    assert named(studio, "studio") == "profile.studio.key in /c/config.toml"
    pixazo_file.write_text("x", "utf-8")
    assert named(Config()) == str(pixazo_file)


def test_key_command_without_a_terminal_gets_no_input() -> None:
    """While the app is open, the terminal is the app's."""
    config = key_command("import sys; print(sys.stdin.read() or 'no-input')")
    assert find_key(config, {}, interactive=False) == "no-input"
