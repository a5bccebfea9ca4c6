"""``demo-gateway``: serves the documented API in a process."""

import json
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from tests.support.commands import assert_usage_error
from tests.support.documented_gateway import I2V_PATH, KEY_HEADER, O1_PATH
from tests.support.jobs import REQUEST, TASK
from tests.support.terminal import Account
from tests.support.waiting import TIMEOUT


@pytest.fixture
def process(account: Account) -> Iterator[subprocess.Popen[str]]:
    """Start the command."""
    with account.start("demo-gateway") as process:
        yield process
        process.kill()


def read_url(process: subprocess.Popen[str]) -> str:
    """Return the first line that it prints."""
    assert process.stdout
    return process.stdout.readline().rstrip("\n")


def send(url: str, body: dict[str, str], key: str | None = None) -> tuple[int, dict[str, Any]]:
    """Send a request like the curl commands of the API documents; return status and body."""
    headers = {"Content-Type": "application/json", "Cache-Control": "no-cache"}
    headers |= {KEY_HEADER: key} if key else {}
    request = Request(url, json.dumps(body).encode(), headers)  # noqa: S310 - on this machine
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=TIMEOUT) as reply:
            return reply.status, json.load(reply)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_prints_its_url_and_serves_the_documented_requests(process: subprocess.Popen[str]) -> None:
    """The URL is the first line; both documented requests are answered there."""
    url = read_url(process)
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
    status, body = send(url + I2V_PATH, {"task_id": TASK})
    assert (status, body["code"], body["data"]["task_id"]) == (200, 0, TASK)
    status, body = send(url + O1_PATH, {"request_id": REQUEST}, key="YOUR_SUBSCRIPTION_KEY")
    assert (status, body["request_id"]) == (200, REQUEST)
    status, body = send(url + O1_PATH, {"request_id": REQUEST})
    assert (status, body) == (401, {"error": "Invalid or missing authentication"})


def test_it_says_which_options_it_ignores(account: Account) -> None:
    """They name files and profiles of the user."""
    with account.start("--config", "x", "--jobs", "y", "demo-gateway") as process:
        read_url(process)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=TIMEOUT)
    assert "demo-gateway ignores --config and --jobs" in errors


def test_interrupt_ends_it_with_status_130(process: subprocess.Popen[str]) -> None:
    """Standard output contains only the URL."""
    read_url(process)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=TIMEOUT)
    assert (process.returncode, output) == (130, "")
    assert "Traceback" not in errors


def test_used_port_is_an_error(account: Account) -> None:
    """A port in use gives a message."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert_usage_error(account.run("demo-gateway", "--port", port), f"port {port}", "in use")


def test_old_name_gateway_still_works(account: Account) -> None:
    """`gateway` is the former name of the command."""
    with account.start("gateway") as process:
        assert read_url(process).startswith("http://127.0.0.1:")
        process.kill()
