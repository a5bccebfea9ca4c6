"""A gateway with a running job of each kind, and an account that polls it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.documented_gateway import I2V_RUNNING, O1_QUEUED, DocumentedGateway
from tests.support.terminal import Account
from tests.support.terminal_app import I2V_ID, O1_ID, account_polling


@pytest.fixture
def gateway() -> Iterator[DocumentedGateway]:
    """Start a gateway with a running I2V job and a queued O1 job."""
    with DocumentedGateway() as started:
        started.script(I2V_ID, I2V_RUNNING)
        started.script(O1_ID, O1_QUEUED)
        yield started


@pytest.fixture
def account(tmp_path: Path, gateway: DocumentedGateway) -> Account:
    """Return an account that polls the gateway."""
    return account_polling(gateway.url, tmp_path)
