"""The first run: without an API key the app asks for one, and uses it."""

import pytest

from kling_tui.demo import DEMO_JOBS
from tests.support.documented_gateway import KEY_HEADER, DocumentedGateway
from tests.support.terminal import Account
from tests.support.terminal_app import API_KEY, O1_ID, app_watching, quit_app

pytestmark = [pytest.mark.slow, pytest.mark.pty]


@pytest.fixture
def account(account: Account) -> Account:
    """Return an account without a key."""
    del account.environment["PIXAZO_API_KEY"]
    return account


def test_the_key_is_tested_saved_and_used(account: Account, gateway: DocumentedGateway) -> None:
    """It is in the config, which only the user may read, and nowhere else."""
    with app_watching(account) as terminal:
        terminal.until_shows("Get a key at")
        terminal.paste(API_KEY)
        terminal.until_shows("••••")
        terminal.press("\r")
        terminal.until_shows("Saved in")
        terminal.until_shows("● running", "○ queued")
        terminal.until_hides("API key missing")
        quit_app(terminal)
    assert gateway.requests_for(O1_ID)[0].header(KEY_HEADER) == [API_KEY]
    assert account.config.stat().st_mode & 0o777 == 0o600
    assert f'key = "{API_KEY}"' in account.config.read_text("utf-8")
    files = [path for path in account.home.rglob("*") if path.is_file() and path != account.config]
    contents = [terminal.output, *(path.read_bytes() for path in files)]
    assert not [content for content in contents if API_KEY.encode() in content]


def test_a_rejected_key_is_reported(account: Account, gateway: DocumentedGateway) -> None:
    """It is not written."""
    gateway.refused_keys.add(API_KEY)
    before = account.config.read_text("utf-8")
    with app_watching(account, size=(60, 20)) as terminal:
        terminal.until_shows("Get a key at")
        terminal.paste(API_KEY)
        terminal.press("\r")
        terminal.until_shows("Not saved: API key rejected")
        terminal.press("\x1b")
        terminal.until_hides("Get a key at")
        terminal.until_shows("API key missing")
        quit_app(terminal)
    assert account.config.read_text("utf-8") == before
    assert API_KEY not in terminal.text


def test_the_demo_is_opened_in_place_of_the_app(account: Account) -> None:
    """In the same terminal; quitting it ends the program."""
    with app_watching(account) as terminal:
        terminal.until_shows("Get a key at")
        terminal.press("\x0f")
        terminal.until_shows("demo gateway", DEMO_JOBS[0].label)
        quit_app(terminal)
        assert terminal.restored


def test_the_config_is_read_again_when_it_changes(
    account: Account, gateway: DocumentedGateway
) -> None:
    """A broken one is reported with the line; a rejected key names the setting and the file."""
    gateway.refused_keys.add("wrong")
    text = account.config.read_text("utf-8")
    account.configure(text.replace("[poll]", 'key = "wrong"\n[poll]'))
    account.config.chmod(0o600)
    with app_watching(account, size=(200, 40)) as terminal:
        terminal.until_shows("API key rejected; check gateway.key in", "config.toml")
        account.configure(f"{text}[gateway\n")
        terminal.until_shows("Config not reloaded", "at line")
        account.configure(
            text.replace("[poll]", f'key = "{API_KEY}"\n[poll]') + "[ui]\nmouse = false\n"
        )
        terminal.until_shows("applied: gateway.key", "restart to apply: ui.mouse")
        terminal.until_shows("● running", "○ queued")
        quit_app(terminal)
    assert API_KEY not in terminal.text
