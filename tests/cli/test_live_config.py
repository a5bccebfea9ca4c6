"""What the app takes from the config file, at start and when the file changes."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import pytest

from kling_tui.cli import bootstrap
from kling_tui.cli.live_config import LiveConfig
from kling_tui.config.changes import Changes
from kling_tui.config.errors import ConfigError
from kling_tui.tui.terminal import Terminal
from tests.support.in_process import process_environment
from tests.support.terminal import Account

SECRET = "s3cr3t-0f-4-k3y"
OPTIONS = argparse.Namespace(config=None, jobs=None, profile=None)


@pytest.fixture
def account(account: Account) -> Iterator[Account]:
    """Make this process that of the account."""
    environment = {**account.environment, "COPY": SECRET}
    with process_environment(environment, account.home):
        yield account


def live_config(account: Account, text: str | None, profile: str | None = None) -> LiveConfig:
    """Return the config of an account, as it is when the app starts; None: there is no file."""
    if text is not None:
        account.configure(text)
        account.config.chmod(0o600)
    options = argparse.Namespace(**{**vars(OPTIONS), "profile": profile})
    settings, path = bootstrap.load_settings(options)
    return LiveConfig(options, settings, path, Terminal(), account.home / "videos")


def test_new_settings_are_taken_from_the_file(account: Account) -> None:
    """What did not change is as before, and keys stay out of the environment of programs."""
    config = live_config(account, '[gateway]\nurl = "https://one.test"\n[notify]\nbell = false\n')
    before = config.current()
    assert (before.has_key, before.subtitle, before.bell) == (False, "one.test", False)
    assert "COPY" in before.environment
    account.configure(f'[gateway]\nkey = "{SECRET}"\nurl = "https://one.test"\n')
    after, changes = config.reload()
    assert changes.applied == ("gateway.key", "notify.bell")
    assert (after.has_key, after.subtitle, after.bell) == (True, "one.test", True)
    assert "COPY" not in after.environment
    assert "chmod 600" not in after.advice
    account.config.chmod(0o644)
    assert "chmod 600" in config.reload()[0].advice


def test_a_config_that_appears_later_is_read(account: Account) -> None:
    """The app was started without one."""
    config = live_config(account, None)
    assert not config.changed()
    account.configure('[ui]\ntheme = "nord"\n')
    assert [config.changed() for _ in range(3)] == [False, True, False]
    settings, changes = config.reload()
    assert (settings.theme, changes.applied) == ("nord", ("ui.theme",))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[ui]\ntheme =\n", "is not TOML: Invalid value (at line 2"),
        ("[poll]\nfirst = 0\n", "poll.first is 0; expected"),
        ('[ui]\ntheme = "nosuch"\n', "ui.theme is 'nosuch'"),
        ('[views.a]\nsort = "date"\n', "views.a.sort is 'date'; expected one of live"),
        ('[keys]\nquit = "a"\n', "would be the key of both"),
        ('[gateway]\nkey_command = "false"\n', "gateway.key_command failed"),
        ('[downloads]\ndir = "~no-such-user/x"\n', "no such home folder"),
        (None, "does not exist any more"),
    ],
)
def test_a_file_that_cannot_be_used_changes_nothing(
    account: Account, text: str | None, reason: str
) -> None:
    """The error says why; once the file is as before, there is no change."""
    good = f'[gateway]\nkey = "{SECRET}"\n'
    config = live_config(account, good)
    if text is None:
        account.config.unlink()
    else:
        account.configure(text)
    with pytest.raises(ConfigError) as caught:
        config.reload()
    assert reason in str(caught.value)
    assert SECRET not in str(caught.value)
    account.configure(good)
    assert config.reload()[1] == Changes()


def test_a_key_command_runs_only_when_the_connection_changes(account: Account) -> None:
    """It may ask for a passphrase."""
    runs = account.home / "runs"
    program = account.home / "program"
    program.write_text(f"#!/bin/sh\necho x >> {runs}\necho {SECRET}\n", "utf-8")
    program.chmod(0o700)
    text = f'[gateway]\nkey_command = "{program}"\n'
    config = live_config(account, text)
    account.configure(f'{text}[ui]\ntheme = "nord"\n')
    settings, _ = config.reload()
    assert settings.has_key
    assert runs.read_text("utf-8") == "x\n"
    account.configure(f"{text}timeout = 3\n")
    config.reload()
    assert runs.read_text("utf-8") == "x\nx\n"


def test_push_settings_are_read_again_when_they_change(account: Account) -> None:
    """Their commands run at the start and then only; they do not see the API key."""
    runs = account.home / "runs"
    program = account.home / "program"
    program.write_text(
        f"#!/bin/sh\necho $PIXAZO_API_KEY $COPY >> {runs}\necho https://ntfy.test/topic\n", "utf-8"
    )
    program.chmod(0o700)
    text = f'[gateway]\nkey = "{SECRET}"\n[notify.push]\nurl_command = "{program}"\n'
    config = live_config(account, text)
    push = config.current().push
    assert push is not None
    assert (push.target.url, push.format, push.quiet) == ("https://ntfy.test/topic", "ntfy", None)
    account.configure(f'{text}[ui]\ntheme = "nord"\n')
    assert config.reload()[0].push == push
    account.configure(f'{text}quiet = "22:00-08:00"\n')
    settings, changes = config.reload()
    assert changes.applied == ("notify.push", "ui.theme")
    assert settings.push is not None
    assert settings.push.quiet is not None
    assert runs.read_text("utf-8") == "\n\n"
    account.configure(f'[gateway]\nkey = "{SECRET}"\n')
    assert config.reload()[0].push is None


def test_a_profile_in_use_cannot_be_removed(account: Account) -> None:
    """The app was started with --profile."""
    config = live_config(account, "[profile.studio]\n", profile="studio")
    account.configure("")
    with pytest.raises(ConfigError, match="there is no profile 'studio'"):
        config.reload()


def test_a_saved_key_is_that_of_the_next_start(account: Account) -> None:
    """It is in the file that the app uses."""
    config = live_config(account, "# mine\n")
    config.save_key(SECRET)
    assert live_config(account, None).current().has_key
    assert config.path == Path(account.config)
