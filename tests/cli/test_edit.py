"""``edit``: the label and the price of tracked jobs."""

import json

import pytest
from msgspec.structs import replace

from kling_tui.storage.store import Store
from tests.support.commands import NUMBER, assert_usage_error
from tests.support.documented_gateway import I2V_DONE, DocumentedGateway
from tests.support.jobs import REQUEST, TASK
from tests.support.terminal import Account


def test_an_unpriced_job_gets_a_price_after_its_end(
    account: Account, gateway: DocumentedGateway
) -> None:
    """It is what the whole job costs, however long the video is; nothing else changes."""
    gateway.script(TASK, I2V_DONE)
    account.run("add", TASK)
    account.run("wait")
    store = Store(account.jobs)
    store.load()
    store.put(replace(store.jobs[TASK], price=None))
    store.save()
    before = account.tracked()[TASK]
    assert before["cost_usd"] is None
    result = account.run("edit", TASK, "--price", "1.25")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert account.tracked()[TASK] == {**before, "cost_usd": "1.25"}
    assert json.loads(account.run("cost", "--json").stdout)["spent_usd"] == "1.25"


def test_labels_are_set_and_removed(account: Account) -> None:
    """Of all given jobs, and the price stays."""
    account.run("add", TASK, REQUEST, NUMBER)
    cost = account.tracked()[TASK]["cost_usd"]
    account.run("edit", TASK, REQUEST, "--label", "hero/\x071")
    jobs = account.tracked()
    assert [jobs[job_id]["label"] for job_id in (TASK, REQUEST, NUMBER)] == ["hero/1", "hero/1", ""]
    assert jobs[TASK]["cost_usd"] == cost
    account.run("edit", "-", "--label", "", stdin=TASK)
    assert account.tracked()[TASK]["label"] == ""


def test_an_unknown_id_is_an_error_and_the_others_are_changed(account: Account) -> None:
    """As with `remove`."""
    account.run("add", TASK)
    assert_usage_error(account.run("edit", "nope", TASK, "--label", "fox"), "not tracked")
    assert account.tracked()[TASK]["label"] == "fox"


@pytest.mark.parametrize("price", ["", "free", "-1", "nan", "inf", "20000"])
def test_what_is_no_price_is_an_error(account: Account, price: str) -> None:
    """Nothing changes."""
    account.run("add", TASK)
    before = account.tracked()
    assert_usage_error(account.run("edit", TASK, f"--price={price}"), "is no price; expected")
    assert account.tracked() == before


def test_without_a_change_it_is_an_error(account: Account) -> None:
    """It says what there is to change."""
    account.run("add", TASK)
    assert_usage_error(account.run("edit", TASK), "give --label or --price")
