"""Alerts are given once, by one of several processes."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from kling_tui.storage.alerts import AlertLog


def test_an_alert_is_claimed_once(tmp_path: Path) -> None:
    """Also by others that share the job file; another key is another alert."""
    one, other = AlertLog(tmp_path / "jobs.toml"), AlertLog(tmp_path / "jobs.toml")
    assert one.claim("2026-11-20", "per_day", "0.8")
    assert not one.claim("2026-11-20", "per_day", "0.8")
    assert not other.claim("2026-11-20", "per_day", "0.8")
    assert other.claim("2026-11-20", "per_day", "1")
    assert other.claim("2026-11-21", "per_day", "0.8")
    assert AlertLog(tmp_path / "other.toml").claim("2026-11-20", "per_day", "0.8")


def test_of_many_at_the_same_moment_one_gets_it(tmp_path: Path) -> None:
    """Whoever creates the file."""
    logs = [AlertLog(tmp_path / "jobs.toml") for _ in range(16)]
    with ThreadPoolExecutor(16) as pool:
        claimed = list(pool.map(lambda log: log.claim("", "per_label", "hero/../../x"), logs))
    assert claimed.count(True) == 1


def test_files_are_private_and_hold_no_names(tmp_path: Path) -> None:
    """A label may contain anything."""
    AlertLog(tmp_path / "jobs.toml").claim("", "per_label", "/etc/passwd\n")
    (file,) = (tmp_path / "jobs.toml.alerts").iterdir()
    assert file.name.startswith("always-")
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_alerts_of_past_months_are_forgotten(tmp_path: Path) -> None:
    """Those about labels are not, as their limit has no period."""
    log = AlertLog(tmp_path / "jobs.toml")
    log.claim("2026-08", "per_month")
    log.claim("", "per_label")
    long_ago = time.time() - 100 * 86_400
    for file in (tmp_path / "jobs.toml.alerts").iterdir():
        os.utime(file, (long_ago, long_ago))
    log.claim("2026-11", "per_month")
    names = {file.name[:7] for file in (tmp_path / "jobs.toml.alerts").iterdir()}
    assert names == {"2026-11", "always-"}


def test_without_the_folder_every_process_alerts(tmp_path: Path) -> None:
    """Better twice than never."""
    (tmp_path / "jobs.toml.alerts").write_text("a file")
    assert AlertLog(tmp_path / "jobs.toml").claim("2026-11", "per_month")
