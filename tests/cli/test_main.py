"""The commands as scripts meet them: exit status, standard output, standard error, files."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from kling_tui import __version__
from tests.support.independent_gateway import I2V_PATH, KEY_HEADER, O1_PATH, IndependentGateway
from tests.support.terminal import PATIENCE, PROGRAM, Account

TASK = "CjNQtmctxFMAAAAxxxxxx"
REQUEST = "a1b2c3d4-e5f6-7890-g1h2-i3j4k5l6m7n8"
NUMBER = "842250903629086785"
KEY = "s3cr3t-0f-4-k3y"
URL = "https://cdn.klingai.com/bs2/raw_video_1.mp4?cacheKey=a%2Fb&x-kcdn-pid=1"

KNOWN_OF_ALL = f"""\
version = 1

[[jobs]]
id = "{REQUEST}"
kind = "o1"
label = "héron"
profile = "studio"
added_at = 2026-11-20T10:00:00Z
price = {{ usd = "0.90" }}
status = "succeeded"
raw_status = "COMPLETED"
message = "fine"
problem = "no answer within 10 s"
problem_since = 2026-11-20T10:03:00Z
videos = [
  {{ url = "{URL}", id = "v1", duration = 5.1, width = 1280, height = 720, \
content_type = "video/mp4", file = "/clips/heron.mp4" }},
  {{ url = "{URL}&n=2" }},
]
prompt = "Take @Image1 as the start frame..."
aspect_ratio = "16:9"
processing_seconds = 87.0
created_at = 2026-11-20T11:00:00.172+01:00
updated_at = 2026-11-20T10:01:27Z
checked_at = 2026-11-20T10:02:00Z
ended_at = 2026-11-20T10:01:27Z
history = [{{ at = 2026-11-20T10:01:27Z, status = "succeeded", raw_status = "COMPLETED" }}]
reply = "{{}}"

[[jobs]]
id = "{TASK}"
kind = "i2v"
added_at = 2026-11-20T10:00:00Z
status = "queued"
queue_position = 2
eta_seconds = 45.0
percent = 40.0
"""
VIDEO = {
    "url": URL,
    "id": "v1",
    "duration": 5.1,
    "width": 1280,
    "height": 720,
    "content_type": "video/mp4",
    "file": "/clips/heron.mp4",
}
ALL_OF_THEM: list[dict[str, Any]] = [
    {
        "id": REQUEST,
        "kind": "o1",
        "label": "héron",
        "profile": "studio",
        "status": "succeeded",
        "raw_status": "COMPLETED",
        "message": "fine",
        "problem": "no answer within 10 s",
        "queue_position": None,
        "eta_seconds": None,
        "percent": None,
        "videos": [VIDEO, {**dict.fromkeys(VIDEO), "url": f"{URL}&n=2"}],
        "prompt": "Take @Image1 as the start frame...",
        "aspect_ratio": "16:9",
        "processing_seconds": 87,
        "cost_usd": "0.90",
        "added_at": "2026-11-20T10:00:00Z",
        "created_at": "2026-11-20T10:00:00.172Z",
        "updated_at": "2026-11-20T10:01:27Z",
        "checked_at": "2026-11-20T10:02:00Z",
        "ended_at": "2026-11-20T10:01:27Z",
    },
    {
        "id": TASK,
        "kind": "i2v",
        "label": "",
        "profile": "",
        "status": "queued",
        "raw_status": None,
        "message": None,
        "problem": None,
        "queue_position": 2,
        "eta_seconds": 45,
        "percent": 40,
        "videos": [],
        "prompt": None,
        "aspect_ratio": None,
        "processing_seconds": None,
        "cost_usd": None,
        "added_at": "2026-11-20T10:00:00Z",
        "created_at": None,
        "updated_at": None,
        "checked_at": None,
        "ended_at": None,
    },
]


@pytest.fixture
def account(tmp_path: Path) -> Account:
    """Make an account that has nothing yet."""
    return Account(tmp_path)


def ids(account: Account) -> list[str]:
    """Return the ids in the job file."""
    return [job["id"] for job in account.held()]


def listed(account: Account, *options: str) -> list[str]:
    """Return the ids that ``list`` finds."""
    return [job["id"] for job in json.loads(account.run(*options, "list", "--json").stdout)]


def refused(ended: subprocess.CompletedProcess[str], *words: str) -> None:
    """Check that a command failed with status 2 and words, and with nothing else."""
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(("kling-tui: ", "usage: "))
    assert "Traceback" not in ended.stderr
    for each in words:
        assert each in ended.stderr


class TestAdd:
    """``add`` tracks ids."""

    def test_prints_what_is_new(self, account: Account) -> None:
        """Each new id has its line on standard output, and nothing is on standard error."""
        ended = account.run("add", TASK, REQUEST, NUMBER)
        assert (ended.returncode, ended.stderr) == (0, "")
        assert ended.stdout.split() == [TASK, REQUEST, NUMBER]

    def test_tells_kinds_by_shape(self, account: Account) -> None:
        """The documents' own ids are known by their shapes, and no state is made up."""
        account.run("add", TASK, REQUEST, NUMBER, "--label", "reel")
        told = {job["id"]: (job["kind"], job["label"], job["status"]) for job in account.held()}
        assert told == {
            TASK: ("i2v", "reel", "unknown"),
            REQUEST: ("o1", "reel", "unknown"),
            NUMBER: ("i2v", "reel", "unknown"),
        }

    def test_keeps_the_order(self, account: Account) -> None:
        """Ids are listed in the order in which they were given."""
        many = [f"{NUMBER[:-1]}{digit}" for digit in "3920581746"]
        account.run("add", *many)
        assert ids(account) == many

    @pytest.mark.parametrize("kind", ["i2v", "o1"])
    def test_takes_a_person_at_their_word(self, account: Account, kind: str) -> None:
        """--kind wins over the shape, and any shape will do with it."""
        assert account.run("add", TASK, REQUEST, "take-12", "--kind", kind).returncode == 0
        assert [job["kind"] for job in account.held()] == [kind] * 3

    @pytest.mark.parametrize(
        "given",
        [
            f"{TASK}\n{REQUEST}\n",
            f"{TASK}\r\n\r\n  {REQUEST}",
            f"{TASK}, {REQUEST}",
            json.dumps([{"task_id": TASK}, {"request_id": REQUEST}]),
            json.dumps([TASK, REQUEST]),
            f'{{"code": 0, "data": {{"task_id": "{TASK}"}}}}\n{{"request_id": "{REQUEST}"}}\n',
            json.dumps([{"data": {"task_id": TASK}}, {"request_id": REQUEST}], indent=2),
            "\N{BYTE ORDER MARK}" + json.dumps([TASK, REQUEST]),
        ],
        ids=["lines", "ragged", "commas", "objects", "strings", "json lines", "indented", "marked"],
    )
    def test_reads_a_pipe(self, account: Account, given: str) -> None:
        """- reads ids one a line, or JSON in any of the shapes of a submit call's reply."""
        ended = account.run("add", "-", given=given)
        assert (ended.returncode, ended.stderr) == (0, "")
        assert ids(account) == [TASK, REQUEST]

    @pytest.mark.parametrize(
        ("body", "job_id"),
        [
            ({"task_id": NUMBER}, NUMBER),
            ({"task_id": int(NUMBER)}, NUMBER),
            ({"request_id": TASK, "data": {"task_id": NUMBER}}, NUMBER),
            ({"request_id": REQUEST}, REQUEST),
        ],
    )
    def test_finds_the_id_in_an_object(
        self, account: Account, body: dict[str, object], job_id: str
    ) -> None:
        """A single object will do, also one over several lines and beside an id."""
        ended = account.run("add", TASK, "-", given=json.dumps(body, indent=2))
        assert (ended.returncode, ended.stderr) == (0, "")
        assert ids(account) == [TASK, job_id]

    def test_says_what_is_tracked_already(self, account: Account) -> None:
        """An id that is tracked is printed too, is said so, is no error, and stays as it is."""
        account.run("add", TASK, "--label", "first")
        ended = account.run("add", TASK, REQUEST, REQUEST, "--label", "second")
        assert (ended.returncode, ended.stdout.split()) == (0, [TASK, REQUEST])
        assert ended.stderr == f"kling-tui: {TASK} is already tracked; its label stays as it is\n"
        assert [job["label"] for job in account.held()] == ["first", "second"]

    @pytest.mark.parametrize(
        ("bad", "words"),
        [
            ("take-12", "looks like no known kind of id"),
            ("x" * 300, "longer than 200 characters"),
            ("Cj\x1b[31mred\x07", "characters that no id has"),
            ('{"task_id": "Cj', "neither an id nor whole JSON"),
            ('{"id": "CjNQtmctxFMAAAAxxxxxx"}', "has no task_id, data.task_id or request_id"),
        ],
    )
    def test_tracks_the_good_among_bad(self, account: Account, bad: str, words: str) -> None:
        """A bad id gives words and status 2; the others are tracked all the same."""
        ended = account.run("add", TASK, "-", REQUEST, given=bad)
        assert (ended.returncode, ended.stdout.split()) == (2, [TASK, REQUEST])
        assert words in ended.stderr
        assert ended.stderr.count("\n") == 1
        assert ended.stderr.rstrip().isprintable()
        assert ids(account) == [TASK, REQUEST]

    @pytest.mark.parametrize("given", [b"", b"\n \n", b"[]", b"\xff\xfe\x00"])
    def test_needs_something(self, account: Account, given: bytes) -> None:
        """A pipe without ids gives words."""
        refused(account.run("add", "-", given=given))

    def test_makes_a_label_harmless(self, account: Account) -> None:
        """A label's control characters go, its markup stays text, in the file and on the screen."""
        account.run("add", TASK, "--label", "\x1b]0;owned\x07[/nope]\u202e[red]\n'''\"\"\"")
        assert [job["label"] for job in account.held()] == ["]0;owned[/nope][red] '''\"\"\""]
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]|\u202e", account.run("list").stdout)

    def test_fixes_the_price(self, account: Account) -> None:
        """A price that changes later changes no job that is tracked."""
        account.run("add", TASK)
        account.configure("[price]\ni2v = { usd = 9 }\n")
        account.run("add", NUMBER)
        costs = {job_id: job["cost_usd"] for job_id, job in account.tracked().items()}
        assert costs == {TASK: "0.35", NUMBER: "9.00"}

    def test_loses_nothing_among_many(self, account: Account) -> None:
        """Commands that run at once lose none of each other's ids."""
        many = {f"{NUMBER[:-1]}{digit}" for digit in range(6)}
        running = [
            subprocess.Popen(  # noqa: S603 - the program under test
                (*PROGRAM, "add", each), env=account.environment, stdout=subprocess.DEVNULL
            )
            for each in many
        ]
        assert [each.wait(PATIENCE) for each in running] == [0] * len(many)
        assert set(ids(account)) == many


class TestList:
    """``list`` prints what is known."""

    def test_has_a_fixed_schema(self, account: Account) -> None:
        """--json prints every documented field, in its order: null for what is not known."""
        account.jobs.parent.mkdir(parents=True)
        account.jobs.write_text(KNOWN_OF_ALL, "utf-8")
        told: list[dict[str, Any]] = json.loads(account.run("list", "--json").stdout)
        assert told == ALL_OF_THEM
        assert [list(job) for job in told] == [list(ALL_OF_THEM[0])] * 2

    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            (["queued"], [TASK]),
            (["succeeded", "queued"], [REQUEST, TASK]),
            (["failed"], []),
        ],
    )
    def test_filters_by_status(self, account: Account, wanted: list[str], found: list[str]) -> None:
        """--status may be given again, and means any of them."""
        account.jobs.parent.mkdir(parents=True)
        account.jobs.write_text(KNOWN_OF_ALL, "utf-8")
        options = [each for status in wanted for each in ("--status", status)]
        ended = account.run("list", "--json", *options)
        assert [job["id"] for job in json.loads(ended.stdout)] == found
        plain = account.run("list", *options)
        assert all(job_id in plain.stdout for job_id in found)
        assert plain.returncode == 0
        assert plain.stderr == ("" if found else "kling-tui: none of 2 tracked jobs is like that\n")

    def test_says_how_to_begin(self, account: Account) -> None:
        """No jobs are no error: no line, an empty array, and words on standard error."""
        ended = account.run("list")
        assert (ended.returncode, ended.stdout) == (0, "")
        assert "kling-tui add ID" in ended.stderr
        assert account.run("list", "--json").stdout == "[]\n"
        assert list(account.home.iterdir()) == []

    def test_is_plain_text_for_people(self, account: Account) -> None:
        """A job has one line, with its result's link to the letter and no colour."""
        account.jobs.parent.mkdir(parents=True)
        account.jobs.write_text(KNOWN_OF_ALL, "utf-8")
        lines = account.run("list").stdout.splitlines()
        assert len(lines) == 3
        assert lines[1].split() == [
            "✓", "done", REQUEST, "o1", "studio", "$0.90", *lines[1].split()[6:8], "héron", URL,
            f"{URL}&n=2",
        ]  # fmt: skip
        assert "2nd in queue" in lines[2]
        assert "\x1b" not in "".join(lines)

    @pytest.mark.parametrize("encoding", ["latin-1", "ascii"])
    def test_bears_any_encoding(self, account: Account, encoding: str) -> None:
        """What an output cannot show becomes a question mark, not a traceback."""
        account.jobs.parent.mkdir(parents=True)
        account.jobs.write_text(KNOWN_OF_ALL, "utf-8")
        for options in ([], ["--json"]):
            ended = account.run("list", *options, PYTHONIOENCODING=encoding, output=encoding)
            assert (ended.returncode, ended.stderr) == (0, "")
            assert REQUEST in ended.stdout

    @pytest.mark.parametrize("many", [1, 3000])
    def test_ends_quietly_when_nobody_reads(self, account: Account, many: int) -> None:
        """A pipe that is closed, as by ``head``, is no failure of ours."""
        jobs = "".join(
            f'[[jobs]]\nid = "{n}"\nkind = "i2v"\nadded_at = 2026-11-20T10:00:00Z\n'
            for n in range(many)
        )
        account.jobs.parent.mkdir(parents=True)
        account.jobs.write_text(f"version = 1\n{jobs}", "utf-8")
        reader, writer = os.pipe()
        os.close(reader)
        with os.fdopen(writer, "wb") as nobody:
            ended = subprocess.run(  # noqa: S603 - the program under test
                (*PROGRAM, "list"),
                stdout=nobody, stderr=subprocess.PIPE, env=account.environment, check=False,
            )  # fmt: skip
        assert (ended.returncode, ended.stderr) == (0, b"")

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
    def test_says_that_the_disk_is_full(self, account: Account) -> None:
        """What could not be written is said so, and is a failure."""
        with Path("/dev/full").open("wb") as full:
            ended = subprocess.run(  # noqa: S603 - the program under test
                (*PROGRAM, "list", "--json"),
                stdout=full, stderr=subprocess.PIPE, env=account.environment, check=False,
            )  # fmt: skip
        assert (ended.returncode, ended.stderr[:24]) == (2, b"kling-tui: cannot write:")

    def test_asks_the_gateway_nothing(self, account: Account) -> None:
        """What is listed is what is known already."""
        with IndependentGateway() as gateway:
            account.configure(f'[gateway]\nurl = "{gateway.url}"\n')
            account.run("add", TASK)
            assert (listed(account), gateway.connections) == ([TASK], 0)


class TestRemove:
    """``remove`` stops tracking."""

    def test_forgets(self, account: Account) -> None:
        """A job that is removed is gone, the others stay, and nothing is printed."""
        account.run("add", TASK, REQUEST, NUMBER)
        ended = account.run("remove", REQUEST, TASK)
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
        assert ids(account) == [NUMBER]

    def test_says_what_is_not_tracked(self, account: Account) -> None:
        """An id that is not tracked gives words and status 2; the others are removed."""
        account.run("add", TASK, REQUEST)
        refused(account.run("remove", "\x1b[2Jnope", TASK), "nope' is not tracked")
        assert ids(account) == [REQUEST]


class TestRestore:
    """``restore`` puts the last good copy back."""

    def test_by_the_command_that_the_message_names(self, account: Account) -> None:
        """Who does as told has the jobs again, and still the damaged file."""
        option = account.home / "it's mine.toml"
        account.run("--jobs", str(option), "add", TASK, REQUEST)
        option.write_bytes(b"damage")
        ended = account.run("--jobs", str(option), "list")
        refused(ended, "not TOML", "nothing was changed")
        _, _, command = ended.stderr.partition("in its place:  kling-tui ")
        ended = account.run(*shlex.split(command))
        aside = option.with_name(f"{option.name}.damaged")
        assert (ended.returncode, ended.stdout) == (0, f"{option}\n")
        assert str(aside) in ended.stderr
        assert aside.read_bytes() == b"damage"
        assert listed(account, "--jobs", str(option)) == [TASK, REQUEST]

    def test_says_that_all_is_well(self, account: Account) -> None:
        """Where every file can be read there is nothing to do."""
        account.run("add", TASK)
        ended = account.run("restore")
        assert (ended.returncode, ended.stdout) == (0, "")
        assert "nothing to restore" in ended.stderr
        assert ids(account) == [TASK]

    def test_misses_a_copy(self, account: Account) -> None:
        """Without a good copy it says so, and leaves the damaged file alone."""
        account.jobs.parent.mkdir(parents=True)
        account.jobs.write_bytes(b"damage")
        refused(account.run("restore"), "jobs.toml.bak: no good copy")
        assert account.jobs.read_bytes() == b"damage"


class TestConfig:
    """Which settings hold, and what is said of bad ones."""

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("[gateway\n", ["is not TOML", "line 1"]),
            ("[poll]\nfrist = 1\n", ["poll.frist", "did you mean first?"]),
            ("[pol]\n", ["pol is not a setting", "did you mean poll?"]),
            (
                '[gateway]\nconcurrency = "8"\n',
                ["gateway.concurrency", "whole number from 1 to 256"],
            ),
            ("[poll]\nfirst = 0.01\n", ["poll.first is 0.01", "from 0.1 to"]),
            ("gateway = 1\n", ["gateway is a number", "expected a table"]),
        ],
    )
    def test_names_what_is_wrong(self, account: Account, text: str, words: list[str]) -> None:
        """A setting that does not hold is named, with its file and what was expected."""
        account.configure(text)
        refused(account.run("list"), str(account.config), *words)

    @pytest.mark.parametrize("command", ["add", "remove"])
    def test_must_hold_for_all_commands(self, account: Account, command: str) -> None:
        """Nothing is changed on the ground of settings that do not hold."""
        account.configure("[jobs]\nfiel = 'elsewhere.toml'\n")
        refused(account.run(command, TASK), "jobs.fiel", "did you mean file?")
        assert [file.name for file in account.home.rglob("*.toml")] == ["config.toml"]

    @pytest.mark.parametrize("how", ["option", "variable"])
    def test_must_exist_when_asked_for(self, account: Account, how: str) -> None:
        """A file that a person names and that is not there gives words."""
        gone = str(account.home / "gone.toml")
        options = ["--config", gone] if how == "option" else []
        variables = {"KLING_TUI_CONFIG": gone} if how == "variable" else {}
        refused(account.run(*options, "list", **variables), f"{gone}: does not exist")

    def test_may_be_no_folder(self, account: Account) -> None:
        """A folder in the place of the file gives words."""
        refused(account.run("--config", str(account.home), "list"), "Is a directory")

    def test_comes_from_the_nearest_place(self, account: Account) -> None:
        """--config wins over $KLING_TUI_CONFIG, and that over the config folder's file."""
        for job_id, name in ((TASK, "option"), (REQUEST, "variable"), (NUMBER, "folder")):
            jobs = account.home / f"{name}.jobs"
            account.run("--jobs", str(jobs), "add", job_id)
            (account.home / f"{name}.toml").write_text(f'[jobs]\nfile = "{jobs}"\n', "utf-8")
        account.configure((account.home / "folder.toml").read_text("utf-8"))
        assert listed(account) == [NUMBER]
        account.environment["KLING_TUI_CONFIG"] = str(account.home / "variable.toml")
        assert listed(account) == [REQUEST]
        assert listed(account, "--config", str(account.home / "option.toml")) == [TASK]

    def test_follows_the_xdg_folders(self, account: Account) -> None:
        """The config and state folders are those of the XDG variables, where they are set."""
        account.environment["XDG_CONFIG_HOME"] = str(account.home / "c")
        account.environment["XDG_STATE_HOME"] = str(account.home / "s")
        account.config = account.home / "c" / "kling-tui" / "config.toml"
        account.configure("[price]\ni2v = { usd = 2 }\n")
        account.run("add", TASK)
        account.jobs = account.home / "s" / "kling-tui" / "jobs.toml"
        assert [job["price"] for job in account.held()] == [{"usd": "2"}]


class TestJobFile:
    """Which file holds the jobs, and what is said of a damaged one."""

    def test_comes_from_the_nearest_place(self, account: Account) -> None:
        """--jobs wins over jobs.file, which may start with ~, and that over the state folder."""
        account.run("add", NUMBER)
        account.configure('[jobs]\nfile = "~/mine/jobs.toml"\n')
        account.run("add", REQUEST)
        option = account.home / "option.toml"
        account.run("--jobs", str(option), "add", TASK)
        assert (listed(account), listed(account, "--jobs", str(option))) == ([REQUEST], [TASK])
        assert (account.home / "mine" / "jobs.toml").exists()
        account.configure("")
        assert listed(account) == [NUMBER]

    def test_is_private(self, account: Account) -> None:
        """Nobody else may read what a person makes."""
        account.run("add", TASK)
        assert account.jobs.stat().st_mode & 0o077 == 0

    def test_needs_a_home(self, account: Account) -> None:
        """The home folder of somebody who is not there gives words."""
        account.configure('[jobs]\nfile = "~nobody-has-this-name/jobs.toml"\n')
        refused(account.run("list"), "~nobody-has-this-name", "no such home folder")

    @pytest.mark.parametrize(
        ("command", "text", "words"),
        [
            ("list", b"version = 1\n[[jobs]]\nid = \n", ["not TOML", "line 3"]),
            ("add", b"version = 1\n[[jobs]\n", ["not TOML", "line 2"]),
            ("remove", b"version = 0\n", ["version", "found 0"]),
            ("add", b"version = 2\n", ["made by a newer kling-tui", "update"]),
            ("list", b"version = 1\njobs = 3\n", ["jobs"]),
            ("list", b'version = 1\n[[jobs]]\nid = "a"\nkind = "i2v"\n', ["job 1", "added_at"]),
            ("remove", b"version = 1\n\xff", ["not UTF-8"]),
        ],
    )
    def test_is_left_alone_when_damaged(
        self, account: Account, command: str, text: bytes, words: list[str]
    ) -> None:
        """A file that cannot be understood is named with the place, and stays byte for byte."""
        account.jobs.parent.mkdir(parents=True)
        account.jobs.write_bytes(text)
        ended = account.run(command, *([] if command == "list" else [TASK]))
        refused(ended, str(account.jobs), "nothing was changed", *words)
        assert account.jobs.read_bytes() == text


class TestUsage:
    """What is said of the command line itself."""

    def test_version(self, account: Account) -> None:
        """--version prints the name and the version."""
        ended = account.run("--version")
        assert (ended.returncode, ended.stdout) == (0, f"kling-tui {__version__}\n")

    @pytest.mark.parametrize("command", ["", "demo", "add"])
    def test_help(self, account: Account, command: str) -> None:
        """--help of the program and of each command is on standard output."""
        ended = account.run(*command.split(), "--help")
        assert (ended.returncode, ended.stderr) == (0, "")
        assert ended.stdout.startswith(f"usage: kling-tui {command}".rstrip())

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            ("nonsense", "invalid choice: 'nonsense'"),
            ("add", "required: ID"),
            (f"add {TASK} --kind o2", "no kind 'o2'; expected one of i2v, o1, v2"),
            ("list --kind o2", "no kind 'o2'; expected one of i2v, o1, v2"),
            ("list --status gone", "(choose from 'queued', 'running',"),
            ("gateway --port 65536", "expected a port from 0 to 65535"),
            ("gateway --speed fast", "expected a number from 0.01 to 1000"),
        ],
    )
    def test_bad_usage(self, account: Account, arguments: str, words: str) -> None:
        """Bad usage has status 2 and says what was expected, in a person's words."""
        refused(account.run(*arguments.split()), words)

    @pytest.mark.parametrize("command", [[], ["demo"]])
    def test_the_app_needs_a_terminal(self, account: Account, command: list[str]) -> None:
        """Without a terminal the app says so at once, and writes nothing."""
        refused(account.run(*command), "needs a terminal", "list --json")
        assert list(account.home.iterdir()) == []

    @pytest.mark.parametrize("command", ["", "demo", "add -"])
    def test_closed_streams(self, account: Account, command: str) -> None:
        """Where standard input is closed altogether, there are words as well."""
        closing = "import os, sys; os.close(0); os.execv(sys.argv[1], sys.argv[1:])"
        arguments = (sys.executable, "-c", closing, *PROGRAM, *command.split())
        ended = subprocess.run(  # noqa: S603 - the program under test
            arguments, capture_output=True, text=True, env=account.environment, check=False
        )
        refused(ended)

    @pytest.mark.parametrize("command", ["list", "list --json", f"add {TASK}", "cost", "--version"])
    def test_starts_light(self, account: Account, command: str) -> None:
        """The commands without a screen load neither the screen's library nor HTTP's."""
        account.run("add", REQUEST)
        ended = account.run(*command.split(), PYTHONPROFILEIMPORTTIME="1")
        loaded = {line.rpartition("|")[2].strip() for line in ended.stderr.splitlines()}
        assert "kling_tui.cli.main" in loaded
        assert not loaded & {"textual", "rich", "httpx", "kling_tui.tui.app"}

    @pytest.mark.parametrize("arguments", ["--version", "--help"])
    def test_tells_of_itself_at_once(self, account: Account, arguments: str) -> None:
        """What needs no settings and no jobs loads nothing but the commands' names."""
        ended = account.run(arguments, PYTHONPROFILEIMPORTTIME="1")
        loaded = {line.rpartition("|")[2].strip() for line in ended.stderr.splitlines()}
        ours = {name for name in loaded if name.startswith("kling_tui")}
        assert "argparse" in loaded
        command_line = {"kling_tui.cli", "kling_tui.cli.gc_policy", "kling_tui.cli.main"}
        assert ours <= {"kling_tui", "kling_tui.__main__", *command_line}
        assert not loaded & {"asyncio", "tomllib", "platformdirs", "filelock", "argcomplete"}

    def test_keeps_the_key_to_itself(self, account: Account) -> None:
        """The key is in no output and in no file."""
        account.environment["PIXAZO_API_KEY"] = KEY
        commands = ("add", TASK), ("list",), ("list", "--json"), ("remove", TASK), ("add", "nope")
        for command in (*commands, ("--config", "/", "list"), ()):
            ended = account.run(*command)
            assert KEY not in ended.stdout + ended.stderr
        files = [file.read_bytes() for file in account.home.rglob("*") if file.is_file()]
        assert files
        assert not any(KEY.encode() in held for held in files)


class TestGateway:
    """``gateway`` runs the demo gateway alone."""

    @pytest.fixture
    def running(self, account: Account) -> Iterator[subprocess.Popen[str]]:
        """Start it."""
        with account.start("gateway") as process:
            yield process
            process.kill()

    @staticmethod
    def url(running: subprocess.Popen[str]) -> str:
        """Return the first line that it prints."""
        assert running.stdout
        return running.stdout.readline().rstrip("\n")

    @staticmethod
    def ask(url: str, body: dict[str, str], key: str | None = None) -> tuple[int, dict[str, Any]]:
        """Send a request as the documents' curl does."""
        headers = {"Content-Type": "application/json", "Cache-Control": "no-cache"}
        headers |= {KEY_HEADER: key} if key else {}
        request = Request(url, json.dumps(body).encode(), headers)  # noqa: S310 - on this machine
        try:
            with build_opener(ProxyHandler({})).open(request, timeout=PATIENCE) as reply:
                return reply.status, json.load(reply)
        except HTTPError as error:
            with error:
                return error.code, json.load(error)

    def test_answers_the_documents(self, running: subprocess.Popen[str]) -> None:
        """Its URL is the first line, and both documented requests are answered there."""
        url = self.url(running)
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
        status, body = self.ask(url + I2V_PATH, {"task_id": TASK})
        assert (status, body["code"], body["data"]["task_id"]) == (200, 0, TASK)
        status, body = self.ask(url + O1_PATH, {"request_id": REQUEST}, key="YOUR_SUBSCRIPTION_KEY")
        assert (status, body["request_id"]) == (200, REQUEST)
        status, body = self.ask(url + O1_PATH, {"request_id": REQUEST})
        assert (status, body) == (401, {"error": "Invalid or missing authentication"})

    def test_ends_when_interrupted(self, running: subprocess.Popen[str]) -> None:
        """An interrupt ends it with status 130; standard output has had nothing but the URL."""
        self.url(running)
        running.send_signal(signal.SIGINT)
        output, words = running.communicate(timeout=PATIENCE)
        assert (running.returncode, output) == (130, "")
        assert "Traceback" not in words

    def test_says_that_its_port_is_taken(self, account: Account) -> None:
        """A port that somebody else has gives words."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            refused(account.run("gateway", "--port", port), f"port {port}", "in use")
