"""A gateway, and an account whose settings lead to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.documented_gateway import DocumentedGateway
from tests.support.terminal import Account

KEY = "s3cr3t-0f-4-k3y"


@pytest.fixture
def gateway() -> Iterator[DocumentedGateway]:
    """Start a gateway that knows no job yet."""
    with DocumentedGateway() as started:
        yield started


@pytest.fixture
def account(tmp_path: Path, gateway: DocumentedGateway) -> Account:
    """Make an account with a key that polls every tenth of a second."""
    made = Account(tmp_path)
    made.environment["PIXAZO_API_KEY"] = KEY
    poll = "[poll]\nfirst = 0.1\nslowest = 0.1\njitter = 0\n"
    made.configure(f'[gateway]\nurl = "{gateway.url}"\n{poll}')
    return made
