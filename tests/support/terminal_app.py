"""The app on a pseudo-terminal: jobs, accounts and steps that its tests share."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.documented_gateway import DocumentedGateway
from tests.support.terminal import Account, Terminal

I2V_ID = "CjNQtmctxFMAAAAxxxxxx"
I2V_ID_2 = "CjI17WevH1IAAAAAAHmgsw"
I2V_NUMERIC_ID = "842250903629086785"
O1_ID = "a1b2c3d4-e5f6-7890-g1h2-i3j4k5l6m7n8"
API_KEY = "s3cr3t-0f-4-k3y"
TEXT_AFTER_KEY = {"a": "Add jobs", "?": " Keys ─", "/": "words, status:failed", "e": "No label"}
"""What the screen shows once a key was pressed."""


def account_polling(url: str, home: Path) -> Account:
    """Return an account with an API key that polls the gateway at `url` every tenth of a second."""
    account = Account(home)
    account.environment["PIXAZO_API_KEY"] = API_KEY
    account.configure(f'[gateway]\nurl = "{url}"\n[poll]\nfirst = 0.1\nslowest = 0.1\njitter = 0\n')
    return account


@contextmanager
def app_watching(account: Account, *ids: str, **options: Any) -> Iterator[Terminal]:
    """Open the app with newly tracked jobs, by default one of each kind."""
    account.track(*(ids or (I2V_ID, O1_ID)))
    with account.open(**options) as terminal:
        yield terminal
        assert "Traceback" not in terminal.text


def wait_for_polls(
    terminal: Terminal, gateway: DocumentedGateway, job_id: str, count: int = 4
) -> None:
    """Wait until a job has been polled `count` more times."""
    before = len(gateway.requests_for(job_id))
    terminal.until(
        lambda: len(gateway.requests_for(job_id)) >= before + count, f"polls of {job_id}"
    )


def wait_until_saved_as_running(terminal: Terminal, account: Account) -> None:
    """Wait until the job file has two running jobs."""
    terminal.until(lambda: [job.get("status") for job in account.jobs_in_file()] == ["running"] * 2)


def quit_app(terminal: Terminal) -> None:
    """Quit the app by its key."""
    terminal.press("q")
    assert terminal.wait() == 0


def open_and_close(terminal: Terminal, keys: str) -> None:
    """Open what each key opens, and close it again."""
    for key in keys:
        terminal.press(key)
        terminal.until_shows(TEXT_AFTER_KEY[key])
        terminal.press("\x1b")
        terminal.until_hides(TEXT_AFTER_KEY[key])


def table_rows(terminal: Terminal) -> list[str]:
    """Return the status, job and kind of each row of the table."""
    matches = (re.search(r"[●○✓✗] .*?  (i2v|o1) ", line) for line in terminal.lines)
    return [match[0] for match in matches if match]


def ended_rows(terminal: Terminal) -> int:
    """Return how many rows of the table show a job that has ended."""
    return len([row for row in table_rows(terminal) if row[0] in "✓✗"])
