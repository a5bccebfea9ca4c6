"""Renders the pictures in this folder from the tests' scenes: ``python -m screenshots.render``."""

import asyncio
import sys
from pathlib import Path

import tests.conftest  # noqa: F401 - before Textual is loaded, which reads the colours then
from tests.support.pictures import PICTURES

FOLDER = Path(__file__).parent


async def render(names: list[str]) -> None:
    """Render the scenes of these names, all of them where there are none."""
    for name in names or PICTURES:
        file = FOLDER / f"{name}.svg"
        file.write_text(await PICTURES[name].render(), "utf-8")
        print(file)


if __name__ == "__main__":
    asyncio.run(render(sys.argv[1:]))
