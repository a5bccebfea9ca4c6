"""Processes killed during a save: no saved change is lost, and the file can always be loaded."""

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
from tests.support.crashing_writers import WRITERS
from tests.support.documented_gateway import I2V_RUNNING, DocumentedGateway
from tests.support.job_files import open_store, read_jobs, read_line, run_program, write_jobs
from tests.support.jobs import a_job
from tests.support.terminal import Account
from tests.support.virtual_time import seeded_random
from tests.support.waiting import TIMEOUT

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SEEDS = range(3)
PROCESSES = 12
KILLED_PROCESSES = 5
JOBS_PER_PROCESS = 4
"""Jobs that each process adds, one after the other."""
ADD_JOBS = """\
import sys
from kling_tui.cli.main import main
print("ready", flush=True)
sys.stdin.readline()
for job_id in sys.argv[1:]:
    if main(["add", job_id]):
        sys.exit(1)
    sys.stdout.flush()
"""
SAVE_FOREVER = """
import sys
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from kling_tui.jobs import Job
from kling_tui.storage.store import Store
store = Store(Path(sys.argv[1]))
for number in count():
    store.put(Job(id=str(number), kind="i2v", prompt="p" * 500, added_at=datetime.now(UTC)))
    store.save()
    print(number, flush=True)
"""


@pytest.mark.parametrize("saves", [1, 7])
def test_process_killed_while_saving(path: Path, saves: int) -> None:
    """At any moment the file can be loaded, and has all jobs that were reported as saved."""
    with run_program(SAVE_FOREVER, path) as process:
        for number in range(saves):
            assert read_line(process) == str(number)
        process.kill()
    assert list(read_jobs(path))[:saves] == [str(number) for number in range(saves)]
    store = open_store(path)
    store.put(a_job())
    store.save()
    assert a_job().id in read_jobs(path)


class Writers:
    """The program of `tests.support.crashing_writers`, and the job file that it works on."""

    def __init__(self, process: Popen[str]) -> None:
        self._process = process
        self.path = Path()

    def open(self, path: Path) -> None:
        """Open the writers of another file."""
        self.path = path
        self.do("open", str(path))

    def count_lines(self, path: Path) -> int:
        """Return how many lines it takes to save one more job, which ends up in the file."""
        return int(self.do("count", str(path)))

    def do(self, *step: object) -> str:
        """Do one step, and return the answer."""
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps(step), file=self._process.stdin, flush=True)
        return self._process.stdout.readline().strip()


@pytest.fixture(scope="module")
def writers() -> Iterator[Writers]:
    """Start the program."""
    argv = [sys.executable, "-m", "tests.support.crashing_writers"]
    with Popen(argv, stdin=PIPE, stdout=PIPE, text=True, cwd=ROOT) as process:  # noqa: S603
        yield Writers(process)


@pytest.fixture(scope="module")
def save_lines(writers: Writers, tmp_path_factory: pytest.TempPathFactory) -> int:
    """Return how many lines the save of a job beside another one executes."""
    path = write_jobs(tmp_path_factory.mktemp("count") / "jobs.toml", a_job("first"))
    lines = writers.count_lines(path)
    assert lines > 100
    assert set(read_jobs(path)) == {"first", "second"}
    return lines


@dataclass
class SavedChanges:
    """The changes that writers reported as saved, so that the file must have them."""

    unsaved: list[dict[str, list[str]]] = field(
        default_factory=lambda: [{} for _ in range(WRITERS)]
    )
    """For each writer and job, what was done to it since the writer was opened."""
    added: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)
    maybe_removed: set[str] = field(default_factory=set)
    """Jobs that a writer removed, whether its save was completed or not."""

    def changed(self, writer: int, act: str, job_id: str) -> None:
        """Record an unsaved change."""
        self.unsaved[writer].setdefault(job_id, []).append(act)
        if act == "remove":
            self.maybe_removed.add(job_id)

    def saved(self, writer: int) -> None:
        """Record that a writer reported a save."""
        for job_id, acts in self.unsaved[writer].items():
            if "remove" in acts:
                self.removed.add(job_id)
            elif "end" in acts:
                self.ended.add(job_id)
            if "put" in acts:
                self.added.add(job_id)

    def check(self, jobs: dict[str, Job]) -> None:
        """Check that the jobs of the file have all saved changes."""
        assert self.added - self.maybe_removed <= jobs.keys()
        assert not self.removed & jobs.keys()
        assert all(job.ended for job_id, job in jobs.items() if job_id in self.ended)


STEPS = st.tuples(
    st.integers(0, WRITERS - 1),
    st.sampled_from(["put", "put", "end", "remove", "label", "save", "save", "save"]),
    st.integers(0, 999),
)
"""A writer, an act, and a number: which of the jobs is changed, or when the save is killed."""


@settings(max_examples=60)
@given(st.lists(STEPS, max_size=14))
def test_no_saved_change_is_lost(
    writers: Writers, save_lines: int, steps: list[tuple[int, str, int]]
) -> None:
    """Several writers change the same jobs, and any save can be killed at any line."""
    numbers, job_ids, changes = count(), list[str](), SavedChanges()
    with TemporaryDirectory() as folder:
        writers.open(Path(folder) / "jobs.toml")
        for writer, act, number in steps:
            if act == "save":
                before = read_jobs(writers.path)
                new = {
                    job_id for job_id, acts in changes.unsaved[writer].items() if acts == ["put"]
                }
                # Beyond the lines of the save in one case out of three.
                line = number * save_lines * 3 // 2 // 1000
                if writers.do(writer, "save", line) == "saved":
                    changes.saved(writer)
                after = read_jobs(writers.path)
                assert after == before or new <= after.keys()
                changes.unsaved[writer].clear()
            elif act == "put":
                job_ids.append(f"job {next(numbers)}")
                assert writers.do(writer, act, job_ids[-1]) == "done"
                changes.changed(writer, act, job_ids[-1])
            elif job_ids:
                job_id = job_ids[number % len(job_ids)]
                if writers.do(writer, act, job_id) == "done":
                    changes.changed(writer, act, job_id)
            changes.check(read_jobs(writers.path))


def test_save_killed_at_each_line(writers: Writers, save_lines: int, tmp_path: Path) -> None:
    """The file has the old jobs up to some line of the save, and the new ones from there on."""
    found = []
    for line in range(save_lines + 1):
        writers.open(write_jobs(tmp_path / f"{line}.toml", a_job("first")))
        writers.do(0, "put", "second")
        reply = writers.do(0, "save", line)
        assert reply == ("saved" if line == save_lines else "killed")
        found.append(set(read_jobs(writers.path)))
    assert found[0] == {"first"}
    assert found[-1] == {"first", "second"}
    assert found == sorted(found, key=len)
    assert all(jobs in (found[0], found[-1]) for jobs in found)


@dataclass
class Adder:
    """A process that adds jobs one after the other, and prints the id of each."""

    process: Popen[bytes]
    output: Path
    killed_after: int | None
    """The number of added jobs after which the process is killed; None for never."""

    @property
    def reported(self) -> list[str]:
        """The ids of the jobs that it reported as added."""
        lines = self.output.read_text().split("\n")
        return lines[1:-1]  # the first is "ready", the last is incomplete

    def kill_if_due(self) -> None:
        """Kill the process if it has added enough jobs."""
        if self.killed_after is not None and len(self.reported) >= self.killed_after:
            self.process.kill()


def start_adder(account: Account, ids: list[str], killed_after: int | None) -> Adder:
    """Start a process that adds jobs once it gets a line on its standard input."""
    output = account.home / f"output-{ids[0]}"
    with output.open("wb") as file:
        process = Popen(  # noqa: S603 - the program under test
            (sys.executable, "-c", ADD_JOBS, *ids),
            stdin=PIPE,
            stdout=file,
            stderr=subprocess.DEVNULL,
            env=account.environment,
        )
    return Adder(process, output, killed_after)


@pytest.mark.pty
@pytest.mark.parametrize("seed", SEEDS)
def test_twelve_processes_and_an_open_app(tmp_path: Path, seed: int) -> None:
    """The file and the app have all jobs that were reported as added, even if some are killed."""
    random, account = seeded_random(seed), Account(tmp_path)
    ids = [
        [str(10**17 + process * 100 + number) for number in range(JOBS_PER_PROCESS)]
        for process in range(PROCESSES)
    ]
    kills = [random.randrange(JOBS_PER_PROCESS) for _ in range(KILLED_PROCESSES)]
    survivors = PROCESSES - KILLED_PROCESSES
    killed_after = random.sample([*kills, *[None] * survivors], PROCESSES)
    with DocumentedGateway() as gateway:
        account.environment["PIXAZO_API_KEY"] = "key"
        account.configure(f'[gateway]\nurl = "{gateway.url}"\n')
        for job_id in (job_id for group in ids for job_id in group):
            gateway.script(job_id, I2V_RUNNING)
        adders = [start_adder(account, *args) for args in zip(ids, killed_after, strict=True)]
        with account.open() as terminal:
            terminal.until_shows("No jobs are tracked yet")
            terminal.until(lambda: all(adder.output.read_bytes() for adder in adders), "all ready")
            for adder in adders:
                assert adder.process.stdin
                adder.process.stdin.write(b"\n")
                adder.process.stdin.close()
            while any(adder.process.poll() is None for adder in adders):
                for adder in adders:
                    adder.kill_if_due()
                read_jobs(account.jobs)
                terminal.read()
            finished = [adder for adder in adders if adder.killed_after is None]
            assert [adder.process.wait(TIMEOUT) for adder in finished] == [0] * survivors
            added = read_jobs(account.jobs)
            assert {job_id for adder in adders for job_id in adder.reported} <= added.keys()
            terminal.until_shows(f"{len(added)} jobs")
            terminal.press("q")
            assert terminal.wait() == 0
    assert read_jobs(account.jobs).keys() == added.keys()
