"""Changes of the config while the app is open."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from kling_tui.config.changes import Changes, Part
from kling_tui.jobs import Price, Source
from kling_tui.polling.backoff import PollSchedule
from tests.support.fake_config import FakeConfig, broken, changed_settings
from tests.support.scenes import ENDPOINTS, RunningApp, run_app
from tests.support.screen_text import footer, toasts

pytestmark = pytest.mark.slow


async def test_every_part_of_the_app_has_its_applier() -> None:
    """What none applies needs a restart."""
    async with run_app() as running:
        assert set(running.app.main.config_reload.appliers) == set(Part) - {Part.RESTART}


async def apply(running: RunningApp, config: FakeConfig, part: Part, **settings: object) -> None:
    """Change settings that one part applies, and wait until that is reported."""
    config.next_reload = changed_settings(
        running, Changes((part.name,), parts=frozenset({part})), **settings
    )
    await running.until(lambda: f"Config reloaded: applied: {part.name}" in toasts(running))


async def test_settings_are_applied() -> None:
    """Each takes effect without a restart."""
    config = FakeConfig()
    async with run_app(config=config) as running:
        main = running.app.main
        await apply(running, config, Part.THEME, theme="textual-light")
        assert running.app.theme == "textual-light"
        await apply(running, config, Part.NOTIFICATIONS, bell=True, toast=False)
        assert "notify: bell" in footer(running)
        price = Price(ENDPOINTS["i2v"].price.usd * 2)  # type: ignore[union-attr]
        endpoints = {**ENDPOINTS, "i2v": replace(ENDPOINTS["i2v"], price=price)}
        await apply(running, config, Part.NEW_JOBS, endpoints=endpoints)
        assert main.session.endpoints["i2v"].price == price
        options = replace(main.downloads.queue.options, folder=Path("elsewhere"), auto=True)
        await apply(running, config, Part.DOWNLOADS, download_options=options)
        assert main.downloads.queue.options == options


async def test_keys_are_applied() -> None:
    """The old key no longer works, and the help lists the new one."""
    config = FakeConfig()
    async with run_app(config=config) as running:
        await apply(running, config, Part.KEYS, keys={"sort": "z"})
        before = running.app.main.job_list.sort_order
        await running.pilot.press("s")
        assert running.app.main.job_list.sort_order == before
        await running.pilot.press("z", "c")
        assert running.app.main.job_list.sort_order != before


async def test_connections_are_opened_again() -> None:
    """Jobs are polled with the new schedule, through the new gateways."""
    config = FakeConfig()
    async with run_app(config=config) as running:
        await running.until(lambda: running.app.main.session.polling)
        connected: list[str] = []
        connect = running.app.main.config_reload.dependencies.connect

        def connect_again() -> object:
            connected.append("again")
            return connect()

        await apply(
            running,
            config,
            Part.CONNECTIONS,
            connect=connect_again,
            schedule=PollSchedule(first=7.0),
        )
        await running.until(lambda: running.app.main.session.polling)
        await running.poll_all()
        assert connected == ["again"]
        assert Source("i2v") in running.app.main.session.leading


async def test_what_needs_a_restart_is_named_in_one_toast() -> None:
    """Beside what was applied."""
    config = FakeConfig()
    async with run_app(config=config) as running:
        changes = Changes(("ui.theme",), ("jobs.file", "ui.output"), frozenset({Part.THEME}))
        config.next_reload = changed_settings(running, changes, theme="textual-light")
        await running.until(lambda: bool(toasts(running)))
        (toast,) = toasts(running)
        assert "applied: ui.theme" in toast
        assert "restart to apply: jobs.file, ui.output" in toast


async def test_a_comment_is_no_change() -> None:
    """Nothing is reported."""
    config = FakeConfig()
    async with run_app(config=config) as running:
        config.next_reload = changed_settings(running, Changes())
        await running.until(lambda: config.next_reload is None)
        config.next_reload = changed_settings(running, Changes(restart=("ui.mouse",)))
        await running.until(lambda: bool(toasts(running)))
        assert len(toasts(running)) == 1


async def test_a_broken_file_is_reported_once_and_recovers() -> None:
    """The settings before it stay in force."""
    config = FakeConfig()
    async with run_app(config=config, theme="textual-light") as running:
        for _ in range(2):
            config.next_reload = broken("config.toml: is not TOML (at line 3)")
            await running.until(lambda: config.next_reload is None)
        await running.until(lambda: bool(toasts(running)))
        (toast,) = toasts(running)
        assert "is not TOML (at line 3)" in toast
        assert "previous settings stay in force" in toast
        assert running.app.theme == "textual-light"
        config.next_reload = changed_settings(running, Changes())
        await running.until(lambda: len(toasts(running)) == 2)
        assert toasts(running)[1] == "Config reloaded: The config can be read again"


async def test_a_new_warning_about_the_config_is_shown() -> None:
    """For example that others can read the key."""
    config = FakeConfig()
    async with run_app(config=config) as running:
        config.next_reload = changed_settings(running, Changes(), advice="Others can read the key")
        await running.until(lambda: toasts(running) == ["Config: Others can read the key"])
