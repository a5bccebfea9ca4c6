"""What the tests of the storage share."""

from pathlib import Path

import pytest


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of the job file, which does not exist yet."""
    return tmp_path / "jobs.toml"
