"""What the tests of the storage share."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of the job file, which does not exist yet."""
    return tmp_path / "jobs.toml"


@pytest.fixture
def path_for_all() -> Iterator[Path]:
    """Return the path of a job file in a folder that other users can enter.

    Those of pytest are private, and each start of pytest on the machine makes them so again.
    """
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder, "jobs.toml")
