"""``cost``: sums of money, by kind, day and label."""

import csv
import io
import json

import pytest

from tests.support.terminal import Account

JOBS = """version = 1
[[jobs]]
id = "1"
kind = "i2v"
label = "hero"
added_at = 2026-11-18T10:00:00Z
price = { usd = "0.35", per_seconds = 5 }
status = "succeeded"
ended_at = 2026-11-19T10:00:00Z
videos = [ { url = "https://cdn.test/1.mp4", duration = 10.0 } ]
[[jobs]]
id = "2"
kind = "o1"
label = "hero"
added_at = 2026-11-20T10:00:00Z
price = { usd = "0.90" }
status = "failed"
ended_at = 2026-11-20T10:05:00Z
[[jobs]]
id = "3"
kind = "o1"
added_at = 2026-11-20T11:00:00Z
price = { usd = "0.90" }
[[jobs]]
id = "4"
kind = "i2v"
added_at = 2026-11-20T11:00:00Z
"""
NOTHING = {"spent_usd": "0.00", "in_flight_usd": "0.00", "failed_usd": "0.00", "unpriced_jobs": 0}
HERO = {**NOTHING, "jobs": 2, "spent_usd": "0.70", "failed_usd": "0.90"}


@pytest.fixture(autouse=True)
def jobs(account: Account) -> None:
    """Track jobs of which each counts elsewhere."""
    account.jobs.parent.mkdir(parents=True)
    account.jobs.write_text(JOBS, "utf-8")


def test_as_json(account: Account) -> None:
    """The sums of all, and of each kind, day and label, money as decimal text."""
    told = json.loads(account.run("cost", "--json").stdout)
    whole = {key: value for key, value in told.items() if not key.startswith("by_")}
    assert whole == {
        "jobs": 4, "spent_usd": "0.70", "in_flight_usd": "0.90", "failed_usd": "0.90",
        "unpriced_jobs": 1,
    }  # fmt: skip
    assert told["by_label"]["hero"] == HERO
    assert told["by_kind"]["i2v"] == {**NOTHING, "jobs": 2, "spent_usd": "0.70", "unpriced_jobs": 1}
    assert {day: sums["jobs"] for day, sums in told["by_day"].items()} == {
        "2026-11-19": 1, "2026-11-20": 3,
    }  # fmt: skip


def test_since(account: Account) -> None:
    """What ended before is left out; what has not ended counts from when it was tracked."""
    told = json.loads(account.run("cost", "--json", "--since", "2026-11-20").stdout)
    assert (told["jobs"], told["spent_usd"], told["failed_usd"]) == (3, "0.00", "0.90")
    told = json.loads(account.run("cost", "--json", "--since", "2026-11-20T10:30").stdout)
    assert told["jobs"] == 2


def test_as_csv(account: Account) -> None:
    """The same as rows, with a heading."""
    rows = list(csv.DictReader(io.StringIO(account.run("cost", "--csv").stdout)))
    found = {(row["by"], row["group"]): row for row in rows}
    assert found["all", ""]["spent_usd"] == "0.70"
    assert found["label", "hero"]["failed_usd"] == "0.90"
    assert found["label", ""]["jobs"] == "2"
    assert len(rows) == 1 + 2 + 2 + 2 + 1


def test_for_people(account: Account) -> None:
    """A table on standard output; what the sums leave open is on standard error."""
    ended = account.run("cost")
    rows = [line.split() for line in ended.stdout.splitlines()]
    assert rows[1] == ["all", "4", "$0.70", "$0.90", "$0.90", "1"]
    assert "(none)" in ended.stdout
    assert ["2026-11-20", "3", "$0.00", "$0.90", "$0.90", "1"] in rows
    assert "1 job has no known price and is not counted" in ended.stderr


def test_what_nobody_has_priced_is_no_zero(account: Account) -> None:
    """A group of which no job has a price shows question marks; the job is counted apart."""
    unpriced = '[[jobs]]\nid = "5"\nkind = "v2"\nadded_at = 2026-11-20T11:00:00Z\n'
    account.jobs.write_text(JOBS + unpriced, "utf-8")
    rows = [line.split() for line in account.run("cost").stdout.splitlines()]
    assert ["v2", "1", "?", "?", "?", "1"] in rows
    told = json.loads(account.run("cost", "--json").stdout)
    assert (told["unpriced_jobs"], told["by_kind"]["v2"]["unpriced_jobs"]) == (2, 1)


@pytest.mark.parametrize(
    "since", ["2d", "30min", "12h", "1w", "today", "yesterday", "2026-11-20", "2026-11-20T10:00Z"]
)
def test_moments(account: Account, since: str) -> None:
    """A moment may be given as an age, a day or a time; cost and list read it alike."""
    assert account.run("cost", "--since", since).returncode == 0
    assert account.run("list", "--since", since).returncode == 0


@pytest.mark.parametrize("since", ["", "soon", "2 d", "-1d", "2026-13-01", "0001-01-01T00:00+14"])
def test_no_moments(account: Account, since: str) -> None:
    """What is no moment is bad usage, and the words tell what is one."""
    ended = account.run("cost", f"--since={since}")
    assert (ended.returncode, "expected 30min, 12h" in ended.stderr) == (2, True)


def test_list_filters(account: Account) -> None:
    """The filters of list hold together; those that are given again mean any of them."""

    def found(*options: str) -> list[str]:
        return [job["id"] for job in json.loads(account.run("list", "--json", *options).stdout)]

    assert found("--kind", "o1") == ["2", "3"]
    assert found("--label", "hero") == ["1", "2"]
    assert found("--label", "hero", "--kind", "i2v") == ["1"]
    assert found("--label", "hero", "--label", "") == ["1", "2", "3", "4"]
    assert found("--since", "2026-11-20") == ["2", "3", "4"]
    assert found("--status", "failed", "--status", "succeeded", "--kind", "o1") == ["2"]
