"""README, docs/, CONTRIBUTING and .ci/run agree with the code and with each other."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from kling_tui import __version__
from kling_tui.cli.parser import build_parser
from kling_tui.config.loading import parse
from kling_tui.demo import SETTINGS, DemoGateway
from kling_tui.formatting.output import job_as_json
from kling_tui.jobs import Video
from kling_tui.tui.app import KNOWN_KEYS
from tests.benchmarks.figures import TARGETS
from tests.support.jobs import a_job
from tests.support.pictures import PICTURES
from tests.support.terminal import Account

ROOT = Path(__file__).parents[1]
DOCUMENTS = {
    path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
    for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"))
}
README = DOCUMENTS["README.md"]
KEY_NAMES = {
    "?": "question_mark",
    "/": "slash",
    "*": "asterisk",
    "+": "plus",
    "-": "minus",
    "[": "left_square_bracket",
    "]": "right_square_bracket",
}
LINKS = sorted(
    (name, link)
    for name, text in DOCUMENTS.items()
    for link in re.findall(r"\]\(([^)\s]+)\)", text)
)
NAMED_TESTS = sorted(
    {test for text in DOCUMENTS.values() for test in re.findall(r"`(tests/[^`]+::[^`]+)`", text)}
)


def section(document: str, title: str) -> str:
    """Return the text below a heading of the second level."""
    return DOCUMENTS[document].split(f"\n## {title}\n")[1].split("\n## ")[0]


def code_blocks(document: str, language: str) -> list[str]:
    """Return the code blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", DOCUMENTS[document], re.DOTALL)


def anchor(heading: str) -> str:
    """Return the anchor that Markdown renderers give to a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_readme_is_short() -> None:
    """Everything else belongs in docs/."""
    assert len(README.splitlines()) <= 160


def test_documented_keys_are_the_bound_keys() -> None:
    """The table of keys is complete, and each key belongs to its binding id."""
    rows = re.findall(r"^\| (`.+?`) \| `(\w+)` \|", section("docs/keys.md", "Keys"), re.MULTILINE)
    documented = {
        binding_id: {KEY_NAMES.get(key, key) for key in re.findall(r"`([^`]+)`", keys)}
        for keys, binding_id in rows
    }
    bound = {
        binding_id: set(binding.key.split(","))
        for binding_id, binding in KNOWN_KEYS.items()
        if binding_id not in {"suspend", "redraw"}
    }
    assert documented == bound


def test_keys_in_the_readme_are_documented_keys() -> None:
    """The short table has only keys of the full one."""
    short = re.findall(r"^\| `(.+?)` \|", section("README.md", "Eight keys"), re.MULTILINE)
    documented = re.findall(r"`([^`]+)`", section("docs/keys.md", "Keys"))
    assert len(short) == 8
    assert set(short) <= set(documented)


def test_documented_commands_are_those_of_help() -> None:
    """Every command is documented, and every documented command exists."""
    documented = set(
        re.findall(r"^\| `kling-tui ([\w-]+)", DOCUMENTS["docs/commands.md"], re.MULTILINE)
    )
    listed = re.findall(r"^    ([\w-]+)\b.*  ", build_parser().format_help(), re.MULTILINE)
    assert documented == set(listed)


def test_documented_json_has_every_field() -> None:
    """Fields of a job and of a video."""
    documented = set(re.findall(r"`(\w+)`", DOCUMENTS["docs/json.md"]))
    job = job_as_json(a_job(videos=(Video("https://cdn.test/1.mp4"),)))
    assert {*job, *job["videos"][0]} <= documented


def test_performance_table_has_every_figure_with_a_target() -> None:
    """And none that is not measured."""
    rows = re.findall(r"^\| (.+?) \|", DOCUMENTS["docs/performance.md"], re.MULTILINE)
    figures = set(rows) - {"figure", "---"}
    assert figures <= set(TARGETS)
    assert figures >= {name for name, target in TARGETS.items() if target}


@pytest.mark.parametrize(("document", "link"), LINKS)
def test_links_lead_to_a_file_and_heading(document: str, link: str) -> None:
    """Links to the web are not followed."""
    if "://" in link:
        return
    path, _, heading = link.partition("#")
    target = (ROOT / document).parent / path if path else ROOT / document
    assert target.exists()
    if heading:
        headings = re.findall(r"^#+ (.+)$", target.read_text("utf-8"), re.MULTILINE)
        assert heading in map(anchor, headings)


@pytest.mark.parametrize("test", NAMED_TESTS)
def test_named_tests_exist(test: str) -> None:
    """Each row of the reliability tables names tests, or classes of tests."""
    file, *names = test.split("::")
    body = ast.parse((ROOT / file).read_text("utf-8")).body
    for name in names:
        (definition,) = (node for node in body if getattr(node, "name", None) == name)
        body = getattr(definition, "body", [])
    assert names[-1].startswith(("test_", "Test"))


def test_every_row_of_the_reliability_table_names_a_test() -> None:
    """A claim without a test is not documented."""
    rows = re.findall(
        r"^\| (?!\*\*|fault|no\.|---)(.+)$", DOCUMENTS["docs/reliability.md"], re.MULTILINE
    )
    assert rows
    assert all("`tests/" in row for row in rows)


def test_documented_files_exist() -> None:
    """Paths of modules in the architecture page."""
    text = DOCUMENTS["docs/architecture.md"]
    for name in re.findall(r"`([\w/]+\.py)`", text):
        assert (ROOT / "kling_tui" / name).exists() or list(ROOT.glob(f"kling_tui/*/{name}")), name


def test_architecture_lists_every_package() -> None:
    """The table of layers has each package and module of `kling_tui`."""
    documented = set(
        re.findall(r"^\| \d+ \| `(\w+)", DOCUMENTS["docs/architecture.md"], re.MULTILINE)
    )
    present = {
        path.stem
        for path in (ROOT / "kling_tui").iterdir()
        if path.suffix in {"", ".py"} and not path.name.startswith("__")
    }
    assert documented == present


PACKAGES_THAT_LIST_MODULES = (
    "cli", "config", "demo", "downloads", "formatting", "gateways", "notifications", "polling",
    "storage", "timeline",
)  # fmt: skip


@pytest.mark.parametrize("package", PACKAGES_THAT_LIST_MODULES)
def test_docstrings_of_packages_list_their_modules(package: str) -> None:
    """All of them: a new module has a line."""
    folder = ROOT / "kling_tui" / package
    docstring = ast.get_docstring(ast.parse((folder / "__init__.py").read_text("utf-8"))) or ""
    modules = {file.stem for file in folder.glob("*.py")} - {"__init__"}
    assert modules - set(re.findall(r"\w+", docstring)) == set()


def test_pictures_are_scenes() -> None:
    """Pictures in documents are those of the snapshot tests, and the animated demo."""
    shown = {
        name for text in DOCUMENTS.values() for name in re.findall(r"screenshots/(\w+)\.svg", text)
    }
    assert shown <= {*PICTURES, "demo"}


@pytest.mark.slow
@pytest.mark.parametrize(("document", "speed"), [("docs/commands.md", 20), ("docs/agents.md", 100)])
def test_documented_session(tmp_path: Path, document: str, speed: float) -> None:
    """The session in a document prints what is shown, on a demo gateway at another port."""
    lines = "".join(code_blocks(document, "console")).splitlines()
    assert f"kling-tui demo-gateway --port 8765 --speed {speed}" in DOCUMENTS[document]
    commands = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    expected = [line for line in lines if not line.startswith("$ ")]
    account = Account(tmp_path)
    account.environment["PATH"] = f"{Path(sys.executable).parent}:{account.environment['PATH']}"
    with DemoGateway(speed=speed) as gateway:
        port = gateway.url.rpartition(":")[2]
        ended = subprocess.run(  # noqa: S603 - the commands of the document
            ["bash", "-uo", "pipefail", "-c", "\n".join(commands).replace("8765", port)],  # noqa: S607
            env=account.environment, cwd=tmp_path, capture_output=True, text=True, check=True,
        )  # fmt: skip
    assert ended.stdout.replace(port, "8765").splitlines() == expected


def piped_steps(text: str) -> list[str]:
    """Return the steps of the pipes in a text that read ids from the step before them."""
    lines = re.findall(r"^(?:\$ |  )?([^|\n]+(?:\|.+))$", text, re.MULTILINE)
    steps = [step for line in lines for step in re.split(r"(?<!\|)\|(?!\|)", line)[1:]]
    return [step.strip() for step in steps if re.search(r"kling-tui \w.* -(?= |$)", step)]


@pytest.mark.slow
def test_documented_pipes_are_safe_when_a_step_fails(tmp_path: Path) -> None:
    """Without ids from the step before, a command does nothing, and its status is 2."""
    account = Account(tmp_path)
    account.environment["PATH"] = f"{Path(sys.executable).parent}:{account.environment['PATH']}"
    helps = (account.run(name, "--help").stdout for name in ("add", "wait", "watch", "download"))
    steps = {step for text in (*DOCUMENTS.values(), *helps) for step in piped_steps(text)}
    commands = {step.partition("kling-tui ")[2].split()[0] for step in steps}
    assert commands >= {"add", "wait", "watch", "download"}
    assert any(step.startswith("xargs ") for step in steps)
    with DemoGateway() as gateway:
        account.configure(f'[gateway]\nurl = "{gateway.url}"\nkey = "{gateway.key}"\n')
        account.track("CjI17WevH1IAAAAAAHmgsw")
        before = account.jobs.read_bytes()
        for step in sorted(steps):
            ended = subprocess.run(  # noqa: S603 - the commands of the documents
                ["bash", "-c", f"false | {step}"],  # noqa: S607
                env=account.environment, capture_output=True, text=True, check=False,
            )  # fmt: skip
            xargs = step.startswith("xargs ")
            assert (step, ended.returncode, ended.stdout) == (step, 123 if xargs else 2, "")
        assert account.jobs.read_bytes() == before
        assert not gateway.requests


def test_documented_endpoint_works(tmp_path: Path) -> None:
    """With the ten lines of config, a job of that model is recognised, polled and priced."""
    (shown,) = re.findall(
        r"```toml\n(.*?)```", section("docs/configuration.md", "Other models"), re.DOTALL
    )
    assert len(shown.splitlines()) == 10
    (job_id,) = re.findall(
        r"kling-tui add (\S+)`", section("docs/configuration.md", "Other models")
    )
    account = Account(tmp_path)
    with DemoGateway(speed=100) as gateway:
        account.environment["PIXAZO_API_KEY"] = gateway.key
        poll = "[poll]\nfirst = 0.1\nslowest = 0.1\n"
        account.configure(f'[gateway]\nurl = "{gateway.url}"\n{poll}{shown}')
        assert account.run("add", job_id).stdout.split() == [job_id]
        assert account.run("wait", job_id).stdout.startswith(f"{gateway.url}/clips/")
    listed = json.loads(account.run("list", "--json", "--kind", "wan").stdout)
    assert [(job["id"], job["cost_usd"]) for job in listed] == [(job_id, "0.25")]
    assert json.loads(account.run("cost", "--json").stdout)["by_kind"]["wan"]["spent_usd"] == "0.25"


def test_documented_endpoint_is_that_of_the_demo() -> None:
    """The demo gateway serves exactly the documented model."""
    (shown,) = re.findall(
        r"```toml\n(.*?)```", section("docs/configuration.md", "Other models"), re.DOTALL
    )
    assert tomllib.loads(shown) == tomllib.loads(SETTINGS)


def test_documented_profile_is_valid() -> None:
    """The example of a profile can be parsed."""
    (shown,) = re.findall(
        r"```toml\n(.*?)```", section("docs/configuration.md", "Profiles"), re.DOTALL
    )
    assert list(parse(shown, "docs/configuration.md").gateways) == ["", "studio"]


def test_readme_contributing_and_ci_run_the_same_commands() -> None:
    """CI runs the README's test command, and the checks of CONTRIBUTING, in their order."""
    ci = [
        line
        for line in (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
        if line.startswith((".venv/", "python3 "))
    ]
    setup, *checks = ci
    _, readme_tests, *_ = code_blocks("README.md", "sh")
    contributing_setup, contributing_checks, *_ = code_blocks("CONTRIBUTING.md", "sh")
    assert readme_tests.strip() == f"{setup} && {checks[-1]}"
    assert contributing_setup.strip() == setup
    assert contributing_checks.splitlines() == checks


def test_changelog_has_the_version() -> None:
    """The newest release in the changelog is the version of the package."""
    releases = re.findall(r"^## \[(\d[^\]]*)\]", DOCUMENTS["CHANGELOG.md"], re.MULTILINE)
    assert releases[0] == __version__


def test_shell_blocks_are_valid_shell() -> None:
    """Every shell block can be parsed by bash."""
    for document in DOCUMENTS:
        for block in code_blocks(document, "sh"):
            subprocess.run(["bash", "-n"], input=block, text=True, check=True)  # noqa: S607
