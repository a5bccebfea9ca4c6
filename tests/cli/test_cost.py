"""``cost``: totals by profile, kind, day and label, as text, JSON or CSV; and ``--since``."""

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
message = "Failure to pass the risk control system"
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
NOTHING = {
    "spent_usd": "0.00", "in_flight_usd": "0.00", "failed_usd": "0.00", "unpriced_jobs": 0,
    "kept_jobs": 0, "rejected_jobs": 0, "usd_per_kept_second": None,
}  # fmt: skip
HERO = {**NOTHING, "jobs": 2, "spent_usd": "0.70", "failed_usd": "0.90"}


@pytest.fixture(autouse=True)
def jobs(account: Account) -> None:
    """Track jobs, each of which counts in another column."""
    account.jobs.parent.mkdir(parents=True)
    account.jobs.write_text(JOBS, "utf-8")


def test_jobs_in_the_files_of_old_ended_jobs_count(account: Account) -> None:
    """Nobody has to keep the live file small by removing them."""
    folder = account.jobs.with_name("jobs.toml.ended")
    folder.mkdir()
    first = JOBS.partition('[[jobs]]\nid = "2"')[0]
    (folder / "2026-10.toml").write_text(first.replace('"1"', '"0"').replace("-11-", "-10-"))
    printed = json.loads(account.run("cost", "--json").stdout)
    assert (printed["jobs"], printed["spent_usd"]) == (5, "1.40")


def test_json_has_overall_totals_and_groups(account: Account) -> None:
    """Money is a decimal string."""
    printed = json.loads(account.run("cost", "--json").stdout)
    whole = {
        "jobs": 4, "spent_usd": "0.70", "in_flight_usd": "0.90", "failed_usd": "0.90",
        "unpriced_jobs": 1, "usd_per_second": "0.07", "failure_rate": 0.5, "budgets": [],
    }  # fmt: skip
    assert {name: printed[name] for name in whole} == whole
    assert printed["by_label"]["hero"] == HERO
    assert printed["by_kind"]["i2v"] == {
        **NOTHING,
        "jobs": 2,
        "spent_usd": "0.70",
        "unpriced_jobs": 1,
    }
    assert {day: sums["jobs"] for day, sums in printed["by_day"].items()} == {
        "2026-11-19": 1, "2026-11-20": 3,
    }  # fmt: skip


def test_failures_are_grouped_by_reason(account: Account) -> None:
    """In JSON and as text; other jobs are in no such group."""
    moderation = {**NOTHING, "jobs": 1, "failed_usd": "0.90"}
    assert json.loads(account.run("cost", "--json").stdout)["by_reason"] == {
        "moderation": moderation
    }
    rows = [line.split() for line in account.run("cost").stdout.splitlines()]
    assert rows[rows.index(["by", "reason"]) :] == [
        ["by", "reason"],
        ["moderation", "1", "$0.00", "$0.00", "$0.90"],
    ]


def test_without_failures_no_reasons_are_shown(account: Account) -> None:
    """The JSON object is empty."""
    account.jobs.write_text(JOBS.replace("failed", "running"), "utf-8")
    assert "by reason" not in account.run("cost").stdout
    assert json.loads(account.run("cost", "--json").stdout)["by_reason"] == {}


def test_reviewed_results_show_what_a_kept_second_costs(account: Account) -> None:
    """In JSON of each group, and in the table once a result is reviewed."""
    assert json.loads(account.run("cost", "--json").stdout)["usd_per_kept_second"] is None
    assert "KEPT" not in account.run("cost").stdout
    account.jobs.write_text(
        JOBS.replace('status = "succeeded"', 'status = "succeeded"\nreview = "kept"'), "utf-8"
    )
    printed = json.loads(account.run("cost", "--json").stdout)
    assert printed["usd_per_kept_second"] == "0.07"
    assert printed["by_label"]["hero"]["kept_jobs"] == 1
    assert "$0.0700" in account.run("cost").stdout


def test_since_counts_jobs_by_their_end(account: Account) -> None:
    """A job that has not ended counts from the time when it was added."""
    printed = json.loads(account.run("cost", "--json", "--since", "2026-11-20").stdout)
    assert (printed["jobs"], printed["spent_usd"], printed["failed_usd"]) == (3, "0.00", "0.90")
    printed = json.loads(account.run("cost", "--json", "--since", "2026-11-20T10:30").stdout)
    assert printed["jobs"] == 2


def test_csv_has_the_same_totals_as_rows(account: Account) -> None:
    """The first row has the column names."""
    rows = list(csv.DictReader(io.StringIO(account.run("cost", "--csv").stdout)))
    by_group = {(row["by"], row["group"]): row for row in rows}
    assert by_group["all", ""]["spent_usd"] == "0.70"
    assert by_group["label", "hero"]["failed_usd"] == "0.90"
    assert by_group["label", ""]["jobs"] == "2"
    assert by_group["reason", "moderation"]["failed_usd"] == "0.90"
    assert len(rows) == 1 + 2 + 2 + 2 + 1 + 1


def test_text_is_a_table_with_notes_on_standard_error(account: Account) -> None:
    """The notes say which jobs are not counted."""
    result = account.run("cost")
    rows = [line.split() for line in result.stdout.splitlines()]
    assert rows[1] == ["all", "4", "$0.70", "$0.90", "$0.90", "1"]
    assert "(none)" in result.stdout
    assert ["2026-11-20", "3", "$0.00", "$0.90", "$0.90", "1"] in rows
    assert "failed jobs are not counted in SPENT; they may not be billed" in result.stderr
    assert "1 job has no known price and is not counted" in result.stderr


def test_group_without_any_price_shows_question_marks(account: Account) -> None:
    """An unknown cost is not shown as $0.00."""
    unpriced = '[[jobs]]\nid = "5"\nkind = "v2"\nadded_at = 2026-11-20T11:00:00Z\n'
    account.jobs.write_text(JOBS + unpriced, "utf-8")
    result = account.run("cost")
    rows = [line.split() for line in result.stdout.splitlines()]
    assert "2 jobs have no known price and are not counted" in result.stderr
    assert ["v2", "1", "?", "?", "?", "1"] in rows
    printed = json.loads(account.run("cost", "--json").stdout)
    assert (printed["unpriced_jobs"], printed["by_kind"]["v2"]["unpriced_jobs"]) == (2, 1)


@pytest.mark.parametrize(
    "since", ["2d", "30min", "12h", "1w", "today", "yesterday", "2026-11-20", "2026-11-20T10:00Z"]
)
def test_since_accepts_ages_days_and_times(account: Account, since: str) -> None:
    """`cost` and `list` accept the same values."""
    assert account.run("cost", "--since", since).returncode == 0
    assert account.run("list", "--since", since).returncode == 0


@pytest.mark.parametrize("since", ["", "soon", "2 d", "-1d", "2026-13-01", "0001-01-01T00:00+14"])
def test_invalid_since_is_a_usage_error(account: Account, since: str) -> None:
    """The message lists the accepted forms."""
    result = account.run("cost", f"--since={since}")
    assert (result.returncode, "expected 30min, 12h" in result.stderr) == (2, True)


def test_filters_of_list_are_combined(account: Account) -> None:
    """A job must match all options; a repeated option matches any of its values."""

    def listed(*options: str) -> list[str]:
        return [job["id"] for job in json.loads(account.run("list", "--json", *options).stdout)]

    assert listed("--kind", "o1") == ["2", "3"]
    assert listed("--label", "hero") == ["1", "2"]
    assert listed("--label", "hero", "--kind", "i2v") == ["1"]
    assert listed("--label", "hero", "--label", "") == ["1", "2", "3", "4"]
    assert listed("--since", "2026-11-20") == ["2", "3", "4"]
    assert listed("--status", "failed", "--status", "succeeded", "--kind", "o1") == ["2"]


def test_chart_has_bars_per_day_and_by_group(account: Account) -> None:
    """As wide as the terminal, without colour in a pipe, and with the notes of the table."""
    account.environment["COLUMNS"] = "80"
    result = account.run("cost", "--chart", "--days", "90")
    lines = result.stdout.splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert "\x1b" not in result.stdout
    assert "spent $0.70" in lines[0]
    assert any(line.startswith("Per day, last 90 days") for line in lines)
    (i2v,) = (line for line in lines if line.startswith(" i2v "))
    assert i2v.split()[-3:] == ["$0.70", "1", "unpriced"]
    assert "failed jobs are not counted in SPENT; they may not be billed" in result.stderr


def test_chart_is_one_form_of_several(account: Account) -> None:
    """And has 7, 30 or 90 days."""
    assert account.run("cost", "--chart", "--json").returncode == 2
    assert account.run("cost", "--chart", "--days", "8").returncode == 2


def test_chart_counts_only_the_jobs_that_are_asked_for(account: Account) -> None:
    """By --filter and by --since, as the table does."""
    assert "By batch" not in account.run("cost", "--chart").stdout
    shown = account.run("cost", "--chart", "--filter", "kind:o1").stdout
    assert "jobs 2 " in shown
    assert " i2v " not in shown


def test_budgets_count_all_jobs(account: Account) -> None:
    """Whatever the filter leaves out; jobs in flight count today."""
    account.configure("[budget]\nper_day = 1\nper_label = { hero = 0.5, later = 2 }\n")
    printed = json.loads(account.run("cost", "--json", "--filter", "kind:i2v").stdout)
    day, hero, later = printed["budgets"]
    assert (day["budget"], day["used_usd"], day["share"]) == ("per_day", "0.90", 0.9)
    assert hero == {
        "budget": "per_label", "period": None, "label": "hero", "limit_usd": "0.50",
        "used_usd": "0.70", "spent_usd": "0.70", "in_flight_usd": "0.00", "share": 1.4,
    }  # fmt: skip
    assert later["share"] == 0
    shown = account.run("cost", "--chart").stdout
    assert "140%  $0.70 of $0.50" in shown


def test_text_ends_with_the_budgets(account: Account) -> None:
    """A line for each, with the amounts; without a budget, there is none."""
    assert "budget" not in account.run("cost").stdout
    account.configure("[budget]\nper_day = 1\nper_label = { hero = 0.5 }\n")
    hero, day = account.run("cost").stdout.splitlines()[-1], account.run("cost").stdout
    assert hero.split()[:2] == ["hero", "budget"]
    assert hero.endswith("140% $0.70 of $0.50".replace("% ", "%  "))
    assert "day budget" in day
