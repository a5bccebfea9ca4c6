"""An account with a temporary home folder, and a gateway for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import KEY
from tests.support.documented_gateway import DocumentedGateway
from tests.support.terminal import Account


@pytest.fixture
def account(tmp_path: Path) -> Account:
    """Return an account without config, key and jobs."""
    return Account(tmp_path)


@pytest.fixture
def gateway(account: Account) -> Iterator[DocumentedGateway]:
    """Start a gateway without jobs; the account has a key for it and polls every 0.1 s."""
    with DocumentedGateway() as gateway:
        account.environment["PIXAZO_API_KEY"] = KEY
        poll = "[poll]\nfirst = 0.1\nslowest = 0.1\njitter = 0\n"
        account.configure(f'[gateway]\nurl = "{gateway.url}"\n{poll}')
        yield gateway
