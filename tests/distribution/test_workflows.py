"""The workflows in .github/ run documented commands, and the lists of versions agree."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    (ROOT / name).read_text("utf-8") for name in ("README.md", "CONTRIBUTING.md", ".ci/run")
]
WORKFLOWS = {path.name: path.read_text("utf-8") for path in ROOT.glob(".github/workflows/*.yml")}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def test_workflows_run_documented_commands() -> None:
    """A command of CI can be run by hand, as it is described."""
    found = re.findall(r"- run: (.+)", WORKFLOWS["tests.yml"])
    commands = {part.strip() for line in found for part in line.split("&&")}
    assert len(commands) >= 7
    for command in commands:
        # A matrix stands for several commands.
        pattern = r"\S+".join(map(re.escape, re.split(r"\$\{\{.*?\}\}", command)))
        assert any(re.search(pattern, text) for text in (*DOCUMENTS, ".ci/run")), command


def test_all_supported_versions_of_python_are_tested() -> None:
    """The classifiers and the matrix have the same."""
    prefix = "Programming Language :: Python :: "
    classified = [
        name.removeprefix(prefix)
        for name in PROJECT["classifiers"]
        if name.startswith(f"{prefix}3.")
    ]
    (tested,) = re.findall(r"python: \[(.+)\]", WORKFLOWS["tests.yml"])
    assert tested.replace('"', "").split(", ") == classified
    assert PROJECT["requires-python"] == f">={classified[0]}"


def test_constraints_pin_every_dependency() -> None:
    """The screenshots and the tests are repeatable."""
    pinned = set(
        re.findall(r"^([a-z0-9-]+)==", (ROOT / "constraints.txt").read_text("utf-8"), re.MULTILINE)
    )
    wanted = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]]
    assert {re.match(r"[a-z0-9-]+", name)[0] for name in wanted} <= pinned  # type: ignore[index]


def test_issue_forms_ask_for_the_output_of_doctor() -> None:
    """Each of them requires it."""
    for form in ROOT.glob(".github/ISSUE_TEMPLATE/[!c]*.yml"):
        fields = form.read_text("utf-8").split("  - type: ")
        (field,) = (text for text in fields if "Output of `kling-tui doctor`" in text)
        assert "required: true" in field
