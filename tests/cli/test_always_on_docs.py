"""The systemd unit and the program for Apprise in docs/always-on.md work."""

import configparser
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC
from decimal import Decimal
from pathlib import Path

import pytest

from kling_tui.cli.parser import build_parser
from kling_tui.config.loading import parse
from kling_tui.costs import Breakdown
from kling_tui.costs.budget import Budget, budget_uses
from kling_tui.formatting.budgets import alert_as_json
from kling_tui.formatting.output import job_as_json
from kling_tui.jobs import Status
from tests.support.jobs import NOW, a_job

TEXT = (Path(__file__).parents[2] / "docs" / "always-on.md").read_text("utf-8")
PROGRAM = "%h/.local/bin/kling-tui"


def code_block(language: str) -> str:
    """Return the only code block of a language."""
    (block,) = re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    return str(block)


def verify(folder: Path, unit: str) -> "subprocess.CompletedProcess[str]":
    """Have systemd check a unit whose program exists."""
    program = shutil.which("true")
    assert program
    file = folder / "kling-tui.service"
    file.write_text(unit.replace(PROGRAM, program), "utf-8")
    return subprocess.run(  # noqa: S603 - systemd's own check
        ["systemd-analyze", "--user", "verify", str(file)],  # noqa: S607
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_unit_runs_a_command_that_exists() -> None:
    """And takes the ends by signals for successes, and a wrong config for a reason to stay down."""
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(code_block("ini"))
    program, *arguments = unit["Service"]["ExecStart"].split()
    assert program == PROGRAM
    options = build_parser(arguments).parse_args(arguments)
    assert (options.command, options.forever) == ("watch", True)
    assert unit["Service"]["SuccessExitStatus"].split() == ["129", "130", "143"]
    assert unit["Service"]["RestartPreventExitStatus"] == "2"


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    """It would notice a mistake."""
    wrong = verify(tmp_path, code_block("ini").replace("on-failure", "on-failing"))
    assert "on-failing" in wrong.stderr
    ended = verify(tmp_path, code_block("ini"))
    assert "kling-tui.service" not in ended.stderr
    assert ended.returncode == 0


def apprise_arguments(folder: Path, value: Mapping[str, object]) -> list[str]:
    """Run the program of the document, and return the arguments that it calls Apprise with."""
    apprise = folder / "apprise"
    apprise.write_text(
        f"#!{sys.executable}\nimport json, sys; json.dump(sys.argv[1:], open('arguments', 'w'))\n"
    )
    apprise.chmod(0o755)
    subprocess.run(  # noqa: S603 - the program of the document
        [sys.executable, "-c", code_block("python")],
        input=json.dumps(value),
        env={"PATH": str(folder)},
        cwd=folder,
        text=True,
        check=True,
    )
    return list(json.loads((folder / "arguments").read_text("utf-8")))


def test_the_program_for_apprise_gets_title_and_body(tmp_path: Path) -> None:
    """Whatever is in the label, each is one argument."""
    job = a_job(
        label="--hero $(x)", status=Status.FAILED, message="Image pixel is invalid", ended_at=NOW
    )
    assert apprise_arguments(tmp_path, dict(job_as_json(job))) == [
        "--title=--hero $(x): failed",
        "--body=i2v, $0.35\nImage pixel is invalid",
    ]


def test_the_program_for_apprise_tells_of_budgets_too(tmp_path: Path) -> None:
    """They have other fields than a job."""
    (use,) = budget_uses(Budget(per_day=Decimal("0.4")), Breakdown([a_job()], UTC), NOW)
    assert apprise_arguments(tmp_path, alert_as_json(use, Decimal("0.8"))) == [
        "--title=Budget: 80% used",
        "--body=$0.35 of $0.40\n2026-11-20",
    ]


def test_settings_in_the_document_are_valid() -> None:
    """Each block of the config can be used as it is."""
    blocks = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    assert len(blocks) == 3
    for block in blocks:
        parse(block, "docs/always-on.md")
