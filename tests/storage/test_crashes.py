"""Writers killed at any instant: nothing that was said to be saved is lost, no file is torn."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from subprocess import PIPE, Popen
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kling_tui.jobs import Job
from kling_tui.storage.toml_format import dump, load
from tests.support.crashing_writers import WRITERS
from tests.support.independent_gateway import I2V_RUNNING, IndependentGateway
from tests.support.jobs import a_job
from tests.support.terminal import PATIENCE, Account
from tests.support.virtual_time import seeded_random

ROOT = Path(__file__).parents[2]
MOST_LINES = 200
"""More lines of the store's code than a small save executes."""
RUNS = 3
"""How often the processes are let loose; more only takes longer."""
PROCESSES = 12
EACH = 4
"""Jobs that each process adds, one after the other."""
ADDS = """\
import sys
from kling_tui.cli.main import main
print("ready", flush=True)
sys.stdin.readline()
for job_id in sys.argv[1:]:
    if main(["add", job_id]):
        sys.exit(1)
    sys.stdout.flush()
"""


def held(path: Path) -> dict[str, Job]:
    """Return what a file holds, as somebody else reads it; none need exist."""
    return load(path.read_text("utf-8"), path.name) if path.exists() else {}


class Writers:
    """The program of `tests.support.crashing_writers`, and the job file that it works on."""

    def __init__(self, process: Popen[str]) -> None:
        self._process = process
        self.path = Path()

    def open(self, path: Path) -> None:
        """Begin anew, on another file."""
        self.path = path
        self.do("open", str(path))

    def do(self, *step: object) -> str:
        """Do one step, and return what is answered."""
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps(step), file=self._process.stdin, flush=True)
        return self._process.stdout.readline().strip()


@pytest.fixture(scope="module")
def writers() -> Iterator[Writers]:
    """Start the program."""
    words = [sys.executable, "-m", "tests.support.crashing_writers"]
    with Popen(words, stdin=PIPE, stdout=PIPE, text=True, cwd=ROOT) as process:  # noqa: S603
        yield Writers(process)


@dataclass
class Promises:
    """What the file must hold by what was said to be saved."""

    pending: list[dict[str, str]] = field(default_factory=lambda: [{} for _ in range(WRITERS)])
    """What each writer did to which job since it began or saved."""
    added: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)
    doubtful: set[str] = field(default_factory=set)
    """Jobs that somebody set out to remove."""

    def note(self, writer: int, act: str, job_id: str) -> None:
        """Take note of what a writer did, which nobody has promised to keep yet."""
        before = self.pending[writer].get(job_id)
        self.pending[writer][job_id] = f"{before or ''} {act}"
        if act == "remove":
            self.doubtful.add(job_id)

    def saved(self, writer: int) -> None:
        """Take a writer at its word."""
        for job_id, acts in self.pending[writer].items():
            if "remove" in acts:
                self.removed.add(job_id)
            elif "end" in acts:
                self.ended.add(job_id)
            if "put" in acts:
                self.added.add(job_id)

    def check(self, jobs: dict[str, Job]) -> None:
        """See that all promises are kept."""
        assert self.added - self.doubtful <= jobs.keys()
        assert not self.removed & jobs.keys()
        assert all(job.ended for job_id, job in jobs.items() if job_id in self.ended)


STEPS = st.tuples(
    st.integers(0, WRITERS - 1),
    st.sampled_from(["put", "put", "end", "remove", "label", "save", "save", "save"]),
    st.integers(0, MOST_LINES),
)
"""Which writer does what: to which of the jobs so far, or killed at which line of its save."""


@settings(max_examples=60)
@given(st.lists(STEPS, max_size=14))
def test_no_promise_is_broken(writers: Writers, steps: list[tuple[int, str, int]]) -> None:
    """Whatever several writers do, and wherever a save is cut off, what was saved stays saved."""
    numbers, known, promises = count(), list[str](), Promises()
    with TemporaryDirectory() as folder:
        writers.open(Path(folder) / "jobs.toml")
        for writer, act, number in steps:
            if act == "save":
                before = held(writers.path)
                fresh = {each for each, acts in promises.pending[writer].items() if acts == " put"}
                if writers.do(writer, "save", number) == "saved":
                    promises.saved(writer)
                after = held(writers.path)
                assert after == before or fresh <= after.keys()
                promises.pending[writer].clear()
            elif act == "put":
                known.append(f"job {next(numbers)}")
                assert writers.do(writer, act, known[-1]) == "done"
                promises.note(writer, act, known[-1])
            elif known:
                job_id = known[number % len(known)]
                if writers.do(writer, act, job_id) == "done":
                    promises.note(writer, act, job_id)
            promises.check(held(writers.path))


def test_killed_at_each_line(writers: Writers, tmp_path: Path) -> None:
    """There is no line of a save at which an end tears the file or takes a job away."""
    found = []
    for line in count():
        path = tmp_path / f"{line}.toml"
        path.write_text(dump([a_job("first")]), "utf-8")
        writers.open(path)
        writers.do(0, "put", "second")
        reply = writers.do(0, "save", line)
        found.append(set(held(writers.path)))
        if reply == "saved":
            break
    assert 100 < line < MOST_LINES
    assert found[0] == {"first"}
    assert found[-1] == {"first", "second"}
    assert found == sorted(found, key=len)
    assert all(jobs in (found[0], found[-1]) for jobs in found)


@dataclass
class Adder:
    """A process that adds jobs one after the other, and prints each that was added."""

    process: Popen[bytes]
    output: Path
    mercy: int | None
    """After how many jobs it is killed; None for never."""

    @property
    def reported(self) -> list[str]:
        """The jobs of which it has said that they were added."""
        lines = self.output.read_text().split("\n")
        return lines[1:-1]  # the first says that it is ready, the last is not whole

    def kill_in_time(self) -> None:
        """Kill it amid its work, if that is its fate."""
        if self.mercy is not None and len(self.reported) >= self.mercy:
            self.process.kill()


def start(account: Account, ids: list[str], mercy: int | None) -> Adder:
    """Start a process that is ready to add jobs."""
    output = account.home / f"said-{ids[0]}"
    with output.open("wb") as file:
        process = Popen(  # noqa: S603 - the program under test
            (sys.executable, "-c", ADDS, *ids),
            stdin=PIPE,
            stdout=file,
            stderr=subprocess.DEVNULL,
            env=account.environment,
        )
    return Adder(process, output, mercy)


@pytest.mark.parametrize("seed", range(RUNS))
def test_a_dozen_at_once(tmp_path: Path, seed: int) -> None:
    """Twelve processes add, some are killed at it, and an open app shows all that was added."""
    dice, account = seeded_random(seed), Account(tmp_path)
    ids = [[str(10**17 + who * 100 + each) for each in range(EACH)] for who in range(PROCESSES)]
    fates = dice.sample([*(dice.randrange(EACH) for _ in range(5)), *[None] * 7], PROCESSES)
    with IndependentGateway() as gateway:
        account.configure(f'[gateway]\nurl = "{gateway.url}"\n')
        for job_id in (each for group in ids for each in group):
            gateway.script(job_id, I2V_RUNNING)
        adders = [start(account, *each) for each in zip(ids, fates, strict=True)]
        with account.open() as terminal:
            terminal.until_shows("No jobs are tracked yet")
            terminal.until(lambda: all(each.output.read_bytes() for each in adders), "all ready")
            for each in adders:
                assert each.process.stdin
                each.process.stdin.write(b"\n")
                each.process.stdin.close()
            while any(each.process.poll() is None for each in adders):
                for each in adders:
                    each.kill_in_time()
                held(account.jobs)
                terminal.read()
            assert [each.process.wait(PATIENCE) for each in adders if each.mercy is None] == [0] * 7
            added = held(account.jobs)
            assert {job_id for each in adders for job_id in each.reported} <= added.keys()
            terminal.until_shows(f"{len(added)} jobs")
            terminal.press("q")
            assert terminal.wait() == 0
    assert held(account.jobs).keys() == added.keys()
