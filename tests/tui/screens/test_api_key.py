"""The dialog that asks for the API key when there is none."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest
from textual.screen import Screen
from textual.widgets import Input, Static

from kling_tui.config.changes import Changes, Part
from kling_tui.gateways.key_test import KeyTest, KeyVerdict
from kling_tui.tui.screens.api_key import ApiKeyScreen
from tests.support.commands import KEY
from tests.support.fake_config import FakeConfig, changed_settings
from tests.support.scenes import RunningApp, run_app
from tests.support.screen_text import footer, toasts

pytestmark = pytest.mark.slow

UNREACHABLE = KeyTest(KeyVerdict.UNTESTED, "gateway unreachable: no route")
REJECTED = KeyTest(KeyVerdict.REJECTED, "API key rejected (401)")


@asynccontextmanager
async def asked(config: FakeConfig, size: tuple[int, int] = (80, 24)) -> AsyncIterator[RunningApp]:
    """Run the app without a key, until it asks for one."""
    async with run_app(size, config=config, has_key=False) as running:
        await running.until(lambda: asks(running))
        await running.until(lambda: isinstance(running.app.focused, Input))
        yield running


def asks(running: RunningApp) -> bool:
    """Return whether the dialog is open."""
    return isinstance(running.app.screen, ApiKeyScreen)


def status(running: RunningApp) -> str:
    """Return the line below the field."""
    return str(running.app.screen.query_one("#key-status", Static).render())


async def enter_key(running: RunningApp, key: str = KEY) -> None:
    """Paste a key and press Enter."""
    await running.paste(f" {key}\n")
    await running.pilot.press("enter")


async def test_an_accepted_key_is_saved_and_used() -> None:
    """The config is read again at once, and one toast says where the key is."""
    config = FakeConfig()
    async with asked(config) as running:
        changes = Changes(("gateway.key",), parts=frozenset({Part.CONNECTIONS}))
        config.next_reload = changed_settings(running, changes, has_key=True)
        await enter_key(running)
        await running.until(lambda: bool(toasts(running)))
        assert not asks(running)
        assert (config.tested, config.saved) == ([KEY], [KEY])
        assert toasts(running) == ["API key: Saved in config.toml"]
        await running.until(lambda: "API key missing" not in footer(running))


async def test_a_rejected_key_is_not_saved() -> None:
    """However often it is entered, until it is changed."""
    config = FakeConfig(verdict=REJECTED)
    async with asked(config) as running:
        await enter_key(running)
        await running.until(lambda: "API key rejected" in status(running))
        await running.pilot.press("enter")
        await running.until(lambda: len(config.tested) == 2)
        await running.pilot.press("backspace")
        await running.until(lambda: status(running) == "")
        assert not config.saved


async def test_a_key_that_cannot_be_tested_is_saved_if_the_user_insists() -> None:
    """By a second Enter, which another key would need too."""
    config = FakeConfig(verdict=UNREACHABLE)
    async with asked(config) as running:
        await enter_key(running)
        await running.until(lambda: "unreachable" in status(running))
        await running.pilot.press("x", "enter")
        await running.until(lambda: config.tested == [KEY, f"{KEY}x"])
        assert not config.saved
        await running.pilot.press("enter")
        await running.until(lambda: config.saved == [f"{KEY}x"])


async def test_a_key_that_cannot_be_saved_is_reported() -> None:
    """The dialog stays open."""
    config = FakeConfig(save_error="config.toml is a link")
    async with asked(config) as running:
        await enter_key(running)
        await running.until(lambda: "Not saved: config.toml is a link" in status(running))
        assert asks(running)


async def test_the_key_is_never_shown_or_copied() -> None:
    """Neither while it is typed, nor through the clipboard."""
    config = FakeConfig(verdict=REJECTED)
    async with asked(config) as running:
        await enter_key(running)
        await running.until(lambda: "rejected" in status(running))
        await running.pilot.press("end", "shift+home")
        field = running.app.screen.query_one("#key", Input)
        assert field.value.strip() == KEY
        field.action_cut()
        assert (field.value, running.app.clipboard) == ("", "")
        await running.paste(KEY)
        svg = await running.svg()
        assert "•••" in svg
        assert not [part for part in (KEY, KEY[:4]) if part in svg]


@pytest.mark.parametrize("size", [(40, 10), (60, 20), (80, 24)])
async def test_escape_shows_the_jobs_and_the_footer_says_that_the_key_is_missing(
    size: tuple[int, int],
) -> None:
    """The palette opens the dialog again."""
    async with asked(FakeConfig(), size) as running:
        dialog = running.app.screen.query_one("#dialog")
        assert running.app.screen.region.contains_region(dialog.region)
        await running.pilot.press("enter")
        assert "Paste a key" in status(running)
        await running.pilot.press("escape")
        await running.until(lambda: not asks(running))
        running.app.main.refresher.tick()
        assert "API key missing" in footer(running)
        main = cast(Screen[object], running.app.main)
        commands = {each.title: each for each in running.app.get_system_commands(main)}
        commands["API key"].callback()
        await running.until(lambda: asks(running))


async def test_key_command_is_explained() -> None:
    """With the file in which it is set."""
    async with asked(FakeConfig()) as running:
        await running.pilot.press("ctrl+k")
        text = str(running.app.screen.query_one("#key-text", Static).render())
        assert 'key_command = "' in text
        assert "config.toml" in text


async def test_the_dialog_closes_when_the_config_gets_a_key() -> None:
    """The user may have written key_command in an editor."""
    config = FakeConfig()
    async with asked(config) as running:
        changes = Changes(("gateway.key_command",), parts=frozenset({Part.CONNECTIONS}))
        config.next_reload = changed_settings(running, changes, has_key=True)
        await running.until(lambda: not asks(running))
        assert toasts(running) == ["Config reloaded: applied: gateway.key_command"]


async def test_the_demo_can_be_opened() -> None:
    """The app ends, and says what to run next."""
    async with asked(FakeConfig()) as running:
        await running.pilot.press("ctrl+o")
        await running.until(lambda: running.app.next_command == ("demo",))


async def test_nothing_is_asked_where_there_is_a_key_or_no_config() -> None:
    """As in the demo."""
    async with run_app(config=FakeConfig()) as running:
        assert not asks(running)
    async with run_app(has_key=False) as running:
        assert not asks(running)
