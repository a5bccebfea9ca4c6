"""The README agrees with the code."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from kling_tui.cli.main import build_parser
from kling_tui.config.settings import parse
from kling_tui.demo import SETTINGS, DemoGateway
from kling_tui.formatting.output import job_as_json
from kling_tui.tui.app import KNOWN_KEYS
from tests.benchmarks.figures import BARS
from tests.support.scenes import SCENES, demo_jobs
from tests.support.terminal import Account

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
_NAMES = {
    "?": "question_mark",
    "/": "slash",
    "*": "asterisk",
    "[": "left_square_bracket",
    "]": "right_square_bracket",
}


def section(title: str) -> str:
    """Return the text below a heading."""
    return README.split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_every_key_in_the_readme_is_bound_to_what_it_says() -> None:
    """The table of keys is complete, and each key is that of its id."""
    rows = re.findall(r"^\| (`.+?`) \| `(\w+)` \|", section("Keys"), re.MULTILINE)
    told = {
        binding_id: {_NAMES.get(key, key) for key in re.findall(r"`([^`]+)`", keys)}
        for keys, binding_id in rows
    }
    bound = {
        binding_id: set(binding.key.split(","))
        for binding_id, binding in KNOWN_KEYS.items()
        if binding_id not in {"suspend", "redraw"}
    }
    assert told == bound


def test_every_command_in_the_readme_exists_and_the_other_way_round() -> None:
    """The table of commands is that of --help."""
    told = set(re.findall(r"^\| `kling-tui (\w+)", section("Use it"), re.MULTILINE))
    listed = re.findall(r"^    (\w+)  ", build_parser().format_help(), re.MULTILINE)
    assert told == set(listed)


def test_the_schema_in_the_readme_is_that_of_the_json() -> None:
    """Every field of a job and of a video is told."""
    told = re.findall(r"`(\w+)`", section("Jobs as JSON"))
    assert set(job_as_json(demo_jobs()[0])) <= set(told)


def test_the_figures_in_the_readme_are_those_of_the_benchmarks() -> None:
    """Every figure that has a bar is shown, and none that is not measured."""
    told = re.findall(r"^\| (.+?) \|", section("How light it is"), re.MULTILINE)[2:]
    assert set(told) <= set(BARS)
    assert set(told) >= {name for name, bar in BARS.items() if bar}


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README))))
def test_every_link_leads_to_a_file(link: str) -> None:
    """Nothing in the README points to what is not there."""
    assert (ROOT / link).exists()


@pytest.mark.parametrize("test", sorted(set(re.findall(r"`(tests/[^`]+::[^`]+)`", README))))
def test_every_test_in_the_readme_exists(test: str) -> None:
    """What it survives is shown by tests that are there."""
    file, *names = test.split("::")
    body = ast.parse((ROOT / file).read_text("utf-8")).body
    for name in names:
        (found,) = (each for each in body if getattr(each, "name", None) == name)
        body = getattr(found, "body", [])
    assert names[-1].startswith("test_")


def test_every_picture_in_the_readme_is_a_scene() -> None:
    """Pictures come from the tests' scenes alone."""
    assert set(re.findall(r"screenshots/(\w+)\.svg", README)) <= set(SCENES)


def test_the_session_in_the_readme(tmp_path: Path) -> None:
    """What is shown of scripts is what happens, on a demo gateway at another port."""
    shown = re.search(r"```console\n(.*?)```", section("In scripts"), re.DOTALL)
    assert shown
    lines = shown[1].splitlines()
    commands = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    expected = [line for line in lines if not line.startswith("$ ")]
    account = Account(tmp_path)
    account.environment["PATH"] = f"{Path(sys.executable).parent}:{account.environment['PATH']}"
    with DemoGateway(speed=20) as gateway:
        port = gateway.url.rpartition(":")[2]
        ended = subprocess.run(  # noqa: S603 - what the README shows
            ["bash", "-uo", "pipefail", "-c", "\n".join(commands).replace("8765", port)],  # noqa: S607
            env=account.environment, cwd=tmp_path, capture_output=True, text=True, check=True,
        )  # fmt: skip
    assert ended.stdout.replace(port, "8765").splitlines() == expected


def test_the_other_model_in_the_readme(tmp_path: Path) -> None:
    """Ten lines of config, and a job of that model is known, polled, priced and found by kind."""
    (shown,) = re.findall(r"```toml\n(.*?)```", section("Other models"), re.DOTALL)
    assert len(shown.splitlines()) == 10
    (job_id,) = re.findall(r"kling-tui add (\S+)`", section("Other models"))
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


def test_the_other_model_in_the_readme_is_the_demos() -> None:
    """The words beside it change nothing of what the demo opens with."""
    (shown,) = re.findall(r"```toml\n(.*?)```", section("Other models"), re.DOTALL)
    assert tomllib.loads(shown) == tomllib.loads(SETTINGS)


def test_the_profile_in_the_readme() -> None:
    """What is shown of profiles are settings."""
    (shown,) = re.findall(r"```toml\n(.*?)```", section("Profiles"), re.DOTALL)
    assert list(parse(shown, "the README").gateways) == ["", "studio"]


def test_ci_finds_its_commands() -> None:
    """The blocks that CI runs are each told by words that stand in one of them only."""
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    words = re.findall(
        r"""\$\(block (?:"(.+?)"|([\w-]+))""", (ROOT / ".ci" / "run").read_text("utf-8")
    )
    for quoted, bare in words:
        assert sum((quoted or bare) in block for block in blocks) == 1
    assert len(words) == 2


def test_the_shell_blocks_are_shell() -> None:
    """Every command shown can at least be read by a shell."""
    for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL):
        subprocess.run(["bash", "-n"], input=block, text=True, check=True)  # noqa: S607
