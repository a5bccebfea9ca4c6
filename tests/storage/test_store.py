"""The job file as several processes share it: nothing is lost, and nothing is done twice."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from shutil import rmtree
from subprocess import PIPE, Popen
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from filelock import FileLock
from hypothesis import given, settings
from hypothesis import strategies as st

from kling_tui.jobs import Job, Price, Status
from kling_tui.storage.store import Store, StoreError
from kling_tui.storage.toml_format import dump, load
from tests.support.jobs import I2V_PRICE, NOW, a_job, after, seen

HEAD = "import sys\nfrom datetime import UTC, datetime\nfrom pathlib import Path\n"
ADDS_TEN = f"""{HEAD}
from kling_tui.jobs import Job
from kling_tui.storage.store import Store
store = Store(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for number in range(10):
    store.put(Job(id=f"{{sys.argv[2]}}-{{number}}", kind="i2v", added_at=datetime.now(UTC)))
    store.save()
"""
NEVER_STOPS = f"""{HEAD}
from itertools import count
from kling_tui.jobs import Job
from kling_tui.storage.store import Store
store = Store(Path(sys.argv[1]))
for number in count():
    store.put(Job(id=str(number), kind="i2v", prompt="p" * 500, added_at=datetime.now(UTC)))
    store.save()
    print(number, flush=True)
"""
HOLDS_THE_LOCK = f"""{HEAD}
from filelock import FileLock
with FileLock(sys.argv[1] + ".lock"):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the job file is, or will be."""
    return tmp_path / "jobs.toml"


@contextmanager
def program(code: str, *arguments: object) -> Iterator[Popen[str]]:
    """Run Python code in a process of its own, which is killed in the end."""
    words = [sys.executable, "-c", code, *map(str, arguments)]
    with Popen(words, stdin=PIPE, stdout=PIPE, text=True) as process:  # noqa: S603
        try:
            yield process
        finally:
            process.kill()


def heard(process: Popen[str]) -> str:
    """Wait for a line that a process prints."""
    assert process.stdout
    return process.stdout.readline().strip()


def opened(path: Path, **options: float) -> Store:
    """Return a store that has read its file."""
    store = Store(path, **options)
    store.load()
    return store


def holding(path: Path, *jobs: Job) -> Path:
    """Write a job file, and return its path."""
    path.write_text(dump(jobs), "utf-8")
    return path


def held(path: Path) -> dict[str, Job]:
    """Return what a file holds, as somebody else reads it; none need exist."""
    return load(path.read_text("utf-8"), path.name) if path.exists() else {}


class TestOneProcess:
    """A store that has its file for itself."""

    def test_no_file(self, path: Path) -> None:
        """A file that does not exist holds no jobs, and looking does not make one."""
        store = opened(path)
        assert store.jobs == {}
        assert not store.dirty
        assert not path.exists()

    def test_what_is_put_is_found_again(self, path: Path) -> None:
        """Saved jobs are there for the next process, in their order."""
        store = opened(path)
        store.put(a_job("C1"), a_job("C2"))
        store.put(a_job("C1", label="one"))
        assert store.dirty
        store.save()
        assert not store.dirty
        assert list(opened(path).jobs.values()) == [a_job("C1", label="one"), a_job("C2")]

    def test_removal(self, path: Path) -> None:
        """What is removed is returned and gone; what is not tracked is no error."""
        store = opened(holding(path, a_job("C1"), a_job("C2")))
        assert store.remove("C2", "C3", "C2") == [a_job("C2")]
        store.save()
        assert list(held(path)) == ["C1"]

    def test_undo(self, path: Path) -> None:
        """A job that was removed can be put back, whether the removal was saved or not."""
        store = opened(holding(path, a_job()))
        store.put(*store.remove(a_job().id))
        store.save()
        assert held(path) == {a_job().id: a_job()}
        removed = store.remove(a_job().id)
        store.save()
        assert held(path) == {}
        store.put(*removed)
        store.save()
        assert held(path) == {a_job().id: a_job()} == store.jobs

    def test_always_the_same_mapping(self, path: Path) -> None:
        """Whoever holds the jobs sees every change of them."""
        store = Store(path)
        jobs = store.jobs
        holding(path, a_job())
        store.load()
        assert store.jobs is jobs
        assert list(jobs) == [a_job().id]

    def test_folders_are_made(self, tmp_path: Path) -> None:
        """Folders that are missing are made, for nobody else to read."""
        store = Store(tmp_path / "state" / "kling-tui" / "jobs.toml")
        store.put(a_job())
        store.save()
        assert store.path.parent.stat().st_mode & 0o777 == 0o700

    def test_a_new_file_is_private(self, path: Path) -> None:
        """Only its owner may read a file that the store made."""
        store = Store(path)
        store.put(a_job())
        store.save()
        assert path.stat().st_mode & 0o777 == 0o600

    @pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o666])
    def test_an_old_file_keeps_its_mode(self, path: Path, mode: int) -> None:
        """Who may read and write the file is for its owner to say."""
        holding(path).chmod(mode)
        (path.parent / ".jobs.toml.new").touch(0o604)
        store = opened(path)
        store.put(a_job())
        store.save()
        assert path.stat().st_mode & 0o777 == mode
        assert held(path)

    def test_no_change_writes_nothing(self, path: Path) -> None:
        """To put what the file already holds leaves the file alone."""
        store = opened(holding(path, a_job()))
        before = path.stat()
        store.put(a_job())
        store.save()
        assert path.stat() == before
        assert not store.dirty

    @pytest.mark.parametrize("target", ["elsewhere/real.toml", "elsewhere/missing.toml"])
    def test_a_link_stays_a_link(self, tmp_path: Path, path: Path, target: str) -> None:
        """It is the file behind a link that is replaced, be it still to be made."""
        (tmp_path / "elsewhere").mkdir()
        holding(tmp_path / "elsewhere" / "real.toml")
        path.symlink_to(target)
        store = opened(path)
        store.put(a_job())
        store.save()
        assert path.is_symlink()
        assert list(held(tmp_path / target)) == [a_job().id]

    @pytest.mark.parametrize("ends", ["\n", "\r\n"])
    @pytest.mark.parametrize("mark", ["", "\ufeff"])
    def test_other_editors(self, path: Path, ends: str, mark: str) -> None:
        """Line ends and byte order marks of other systems do no harm."""
        path.write_text(mark + dump([a_job()]), "utf-8", newline=ends)
        assert opened(path).jobs == {a_job().id: a_job()}


class TestCrash:
    """What an end at a bad moment leaves behind."""

    def test_a_stale_file_aside(self, path: Path) -> None:
        """What a crash left before the rename is written over, to its last byte."""
        store = opened(holding(path, a_job("C1")))
        (path.parent / ".jobs.toml.new").write_text("half a jo" * 1000, "utf-8")
        store.put(a_job("C2"))
        store.save()
        assert list(held(path)) == ["C1", "C2"]
        assert sorted(each.name for each in path.parent.iterdir()) == [
            "jobs.toml",
            "jobs.toml.bak",
            "jobs.toml.lock",
        ]

    @pytest.mark.parametrize("saves", [1, 7])
    def test_killed_while_saving(self, path: Path, saves: int) -> None:
        """A file is whole at any moment, and holds all that was said to be saved."""
        with program(NEVER_STOPS, path) as process:
            for number in range(saves):
                assert heard(process) == str(number)
            process.kill()
        assert list(held(path))[:saves] == [str(number) for number in range(saves)]
        store = opened(path)
        store.put(a_job())
        store.save()
        assert a_job().id in held(path)


class TestLock:
    """Other processes that write the file."""

    def test_none_is_lost(self, path: Path) -> None:
        """Six processes that each add ten jobs at once add sixty."""
        names = "abcdef"
        with ExitStack() as stack:
            processes = [stack.enter_context(program(ADDS_TEN, path, name)) for name in names]
            assert {heard(process) for process in processes} == {"ready"}
            for process in processes:
                assert process.stdin
                process.stdin.write("\n")
                process.stdin.flush()
            assert [process.wait() for process in processes] == [0] * 6
        assert set(held(path)) == {f"{name}-{number}" for name in names for number in range(10)}

    def test_held_by_the_living_and_the_dead(self, path: Path) -> None:
        """A lock is waited for with patience, and nothing is lost; a killed process has none."""
        store = Store(path, lock_timeout=0.1)
        store.put(a_job())
        with program(HOLDS_THE_LOCK, path) as process:
            assert heard(process) == "held"
            with pytest.raises(StoreError, match=r"jobs\.toml: another .* held it for 0\.1 s"):
                store.save()
            assert store.dirty
            assert opened(path).jobs == {}
            process.kill()
        store.save()
        assert held(path) == {a_job().id: a_job()}

    def test_given_back_in_time(self, path: Path) -> None:
        """Who waits gets the lock as soon as it is free."""
        store = Store(path)
        store.put(a_job())
        with program(HOLDS_THE_LOCK, path) as process:
            assert heard(process) == "held"
            process.communicate("\n")
            store.save()
        assert not store.dirty


LIVE = a_job(
    label="old",
    status=Status.RUNNING,
    checked_at=after(10),
    history=seen(Status.RUNNING),
)
DONE: dict[str, Any] = {"status": Status.SUCCEEDED, "ended_at": after(20)}
Changes = dict[str, Any] | None
"""To a job; None is its removal."""


def change(store: Store, changes: Changes) -> None:
    """Change the only job of a store, or remove it."""
    if changes is None:
        store.remove(LIVE.id)
    else:
        store.put(replace(store.jobs[LIVE.id], **changes))


class TestMerge:
    """Two processes that change the same job on the same ground."""

    @pytest.mark.parametrize(
        ("here", "there", "result"),
        [
            ({"label": "new"}, {}, {"label": "new"}),
            ({}, {"label": "new"}, {"label": "new"}),
            ({"label": "mine"}, {"label": "theirs"}, {"label": "mine"}),
            (
                {"label": "new"},
                DONE | {"checked_at": after(20)},
                DONE | {"checked_at": after(20), "label": "new"},
            ),
            (
                {"checked_at": after(30), "message": "here"},
                {"label": "new"},
                {"checked_at": after(30), "message": "here", "label": "new"},
            ),
            (
                {"checked_at": after(30)},
                {"kind": "o1", "price": Price(I2V_PRICE.usd)},
                {"checked_at": after(30), "kind": "o1", "price": Price(I2V_PRICE.usd)},
            ),
            (
                {"checked_at": after(30), "message": "here"},
                {"checked_at": after(20), "message": "there"},
                {"checked_at": after(30), "message": "here"},
            ),
            (
                {"checked_at": after(20), "message": "here"},
                {"checked_at": after(30), "message": "there"},
                {"checked_at": after(30), "message": "there"},
            ),
            ({"checked_at": after(30)}, DONE, DONE),
            (DONE, {"checked_at": after(30)}, DONE),
            (None, {"label": "new"}, None),
            (None, DONE, None),
            ({"label": "new"}, None, None),
            (DONE, None, None),
            (None, None, None),
            ({"problem": "no answer"}, {}, {"problem": "no answer"}),
            ({}, {"problem": "no answer"}, {"problem": "no answer"}),
        ],
    )
    def test_both(self, path: Path, here: Changes, there: Changes, result: Changes) -> None:
        """A removal wins, an end beats life, newer beats older, and a person's words are kept."""
        holding(path, LIVE)
        mine, theirs = opened(path), opened(path)
        change(theirs, there)
        theirs.save()
        change(mine, here)
        mine.save()
        expected = {} if result is None else {LIVE.id: replace(LIVE, **result)}
        assert held(path) == expected == mine.jobs
        theirs.save()
        assert theirs.jobs == expected

    def test_an_end_taken_back(self, path: Path) -> None:
        """A job that turns out to live is live, where nobody else says otherwise."""
        store = opened(holding(path, replace(LIVE, **DONE)))
        store.put(replace(LIVE, checked_at=after(30)))
        store.save()
        assert held(path) == {LIVE.id: replace(LIVE, checked_at=after(30))}

    @pytest.mark.parametrize(
        ("first", "second", "result"),
        [
            ({"label": "first"}, {"label": "second"}, {"label": "first"}),
            ({"label": "first"}, DONE, DONE | {"label": "first"}),
            (DONE, {"checked_at": after(30), "label": "second"}, DONE),
        ],
    )
    def test_both_add(self, path: Path, first: Changes, second: Changes, result: Changes) -> None:
        """Of the same job added twice, the first keeps its label, and the end is known."""
        stores = Store(path), Store(path)
        for store, changes in zip(stores, (first, second), strict=True):
            store.put(replace(a_job(), **(changes or {})))
        for store in stores:
            store.save()
        assert held(path) == {a_job().id: replace(a_job(), **(result or {}))}

    def test_removing_what_was_never_saved(self, path: Path) -> None:
        """To add a job and to take that back is no order to remove somebody else's."""
        mine = opened(path)
        mine.put(a_job())
        mine.remove(a_job().id)
        holding(path, a_job())
        mine.save()
        assert held(path) == mine.jobs == {a_job().id: a_job()}

    def test_undo_of_a_removal_that_others_saw(self, path: Path) -> None:
        """A job that one process put back is back for all."""
        holding(path, a_job())
        mine, theirs = opened(path), opened(path)
        removed = mine.remove(a_job().id)
        mine.save()
        theirs.save()
        assert theirs.jobs == {}
        mine.put(*removed)
        mine.save()
        theirs.save()
        assert theirs.jobs == {a_job().id: a_job()}

    OPERATIONS = st.tuples(
        st.integers(0, 2),
        st.sampled_from(["put", "poll", "end", "label", "remove", "save"]),
        st.sampled_from(["C1", "C2", "C3"]),
    )

    @settings(max_examples=40)
    @given(st.lists(OPERATIONS, max_size=15))
    def test_all_agree_in_the_end(self, operations: list[tuple[int, str, str]]) -> None:
        """Whatever three processes do in whatever order, once all have saved they agree."""
        with TemporaryDirectory() as folder:
            stores = [Store(Path(folder) / "jobs.toml") for _ in range(3)]
            for moment, (number, operation, job_id) in enumerate(operations):
                store = stores[number]
                job = store.jobs.get(job_id)
                if operation == "put":
                    store.put(job or a_job(job_id, label=str(number)))
                elif operation == "save":
                    store.save()
                elif operation == "remove":
                    store.remove(job_id)
                elif job and operation == "label":
                    store.put(replace(job, label=f"{number} at {moment}"))
                elif job:
                    status = Status.FAILED if operation == "end" else Status.RUNNING
                    store.put(replace(job, status=status, checked_at=after(moment)))
            for store in stores * 2:
                store.save()
            assert stores[0].jobs == stores[1].jobs == stores[2].jobs == held(stores[0].path)
            assert not any(store.dirty for store in stores)


class TestSync:
    """Looking at the file off the event loop."""

    async def test_tells_what_others_did(self, path: Path) -> None:
        """What others add, change and remove is taken over, and told once."""
        mine, theirs = opened(path), opened(path)
        for act in (
            lambda: theirs.put(a_job("C1"), a_job("C2")),
            lambda: theirs.put(a_job("C1", label="new")),
            lambda: theirs.remove("C2"),
        ):
            act()
            theirs.save()
            assert await mine.sync()
            assert mine.jobs == theirs.jobs
            assert not await mine.sync()

    async def test_own_changes_are_not_told(self, path: Path) -> None:
        """What this process did is saved, and is no news to it."""
        store = opened(path)
        store.put(a_job())
        assert not await store.sync()
        assert held(path) == {a_job().id: a_job()}
        store.remove(a_job().id)
        assert not await store.sync()
        assert held(path) == {}

    async def test_without_save(self, path: Path) -> None:
        """Changes that can wait are saved along with the next of others."""
        mine, theirs = opened(holding(path, LIVE)), opened(path)
        mine.put(replace(LIVE, checked_at=after(30)))
        assert not await mine.sync(save=False)
        assert (held(path), mine.dirty) == ({LIVE.id: LIVE}, True)
        theirs.put(a_job("C2"))
        theirs.save()
        assert await mine.sync(save=False)
        assert not mine.dirty
        assert held(path) == {LIVE.id: replace(LIVE, checked_at=after(30)), "C2": a_job("C2")}

    async def test_a_file_replaced_by_hand(self, path: Path) -> None:
        """A file that an editor renamed into place is noticed."""
        store = opened(holding(path, a_job("C1"), a_job("C2")))
        holding(path.with_name("other"), a_job("C2", label="by hand"), a_job("C3")).replace(path)
        assert await store.sync()
        assert list(store.jobs.values()) == [a_job("C2", label="by hand"), a_job("C3")]

    @pytest.mark.parametrize("pending", [(), (a_job("C2"),)])
    @pytest.mark.parametrize("folder_too", [False, True])
    async def test_a_file_that_vanished(
        self, tmp_path: Path, pending: tuple[Job, ...], *, folder_too: bool
    ) -> None:
        """A file that is gone, with its folder or not, is no order to forget the jobs."""
        (tmp_path / "state").mkdir()
        store = opened(holding(tmp_path / "state" / "jobs.toml", a_job("C1")))
        store.put(*pending)
        if folder_too:
            rmtree(store.path.parent)
        else:
            store.path.unlink()
        assert not await store.sync()
        assert list(held(store.path)) == list(store.jobs) == ["C1", *(job.id for job in pending)]

    IN_FLIGHT: tuple[Callable[[Store], object], ...] = (
        lambda store: store.put(a_job("C2")),
        lambda store: store.put(replace(LIVE, label="newer")),
        lambda store: store.put(replace(LIVE, **DONE)),
        lambda store: store.remove(LIVE.id),
    )

    @pytest.mark.parametrize("act", IN_FLIGHT)
    @pytest.mark.parametrize("first", [{"label": "new"}, None])
    async def test_changes_while_saving(
        self, path: Path, first: Changes, act: Callable[[Store], object]
    ) -> None:
        """What is done while a save is under way is kept, saved next, and no news from others."""
        store = opened(holding(path, LIVE))
        change(store, first)
        saving = asyncio.create_task(store.sync())
        await asyncio.sleep(0)
        act(store)
        expected = dict(store.jobs)
        assert not await saving
        assert store.jobs == expected
        await store.sync()
        assert (held(path), store.dirty) == (expected, False)

    async def test_one_at_a_time(self, path: Path) -> None:
        """Several calls at once do what one after the other would."""
        mine, theirs = opened(path), opened(path)
        mine.put(a_job("C1"))
        theirs.put(a_job("C2"))
        await asyncio.gather(*(store.sync() for store in (mine, theirs, mine, theirs)))
        await mine.sync()
        assert set(held(path)) == set(mine.jobs) == {"C1", "C2"}

    async def test_cancelled_while_saving(self, path: Path) -> None:
        """A save that is cancelled is over when it says so: nothing is written afterwards."""
        store = opened(path)
        store.put(LIVE)
        with FileLock(f"{path}.lock"):
            saving = asyncio.create_task(store.sync())
            await asyncio.sleep(0)
            for _ in range(2):
                saving.cancel()
                await asyncio.sleep(0.01)
                assert not saving.done()
        with pytest.raises(asyncio.CancelledError):
            await saving
        assert held(path) == {LIVE.id: LIVE}
        assert store.dirty  # so that the next one looks what has become of it


DAMAGE = {
    "TOML": (b"[[jobs]\n", r"not TOML: .*line 1"),
    "value": (b"version = 1\n[[jobs]]\nid = 3\n", "job 1: id: expected text"),
    "UTF-8": (b'version = 1\n# \xff"\n', "not UTF-8 .*line 2"),
    "empty": (b"", "version: missing"),
    "version": (b"version = 2\n", "version: expected 1, found 2"),
}


class TestTrouble:
    """Files that cannot be read or written."""

    @pytest.mark.parametrize(("content", "words"), DAMAGE.values(), ids=DAMAGE.keys())
    def test_damage_at_the_start(self, path: Path, content: bytes, words: str) -> None:
        """A damaged file is named with what is wrong in it, and stays as it is."""
        path.write_bytes(content)
        store = Store(path)
        with pytest.raises(StoreError, match=rf"^{path}: {words}.*; nothing was changed$"):
            store.load()
        store.put(a_job())
        with pytest.raises(StoreError, match=words):
            store.save()
        assert path.read_bytes() == content

    @pytest.mark.parametrize(("content", "words"), DAMAGE.values(), ids=DAMAGE.keys())
    def test_damage_while_open(self, path: Path, content: bytes, words: str) -> None:
        """Nothing is written over a file damaged by hand; once mended, both sides' work is in."""
        store = opened(holding(path, a_job("C1"), a_job("C2")))
        store.put(a_job("C1", label="here"))
        path.write_bytes(content)
        for _ in range(2):
            for save in (True, False):
                with pytest.raises(StoreError, match=words):
                    asyncio.run(store.sync(save=save))
        assert path.read_bytes() == content
        assert list(store.jobs) == ["C1", "C2"]
        assert store.dirty
        holding(path, a_job("C1"), a_job("C2", label="by hand"))
        assert asyncio.run(store.sync())
        assert held(path) == store.jobs
        assert [job.label for job in store.jobs.values()] == ["here", "by hand"]

    def test_a_folder_in_its_place(self, path: Path) -> None:
        """A folder where the file should be is said, and the jobs are kept until it is gone."""
        store = opened(path)
        path.mkdir()
        with pytest.raises(StoreError, match=rf"^{path}: cannot be read: Is a directory"):
            opened(path)
        store.put(a_job())
        with pytest.raises(StoreError, match=rf"^{path}: cannot be read: Is a directory"):
            store.save()
        assert store.dirty
        path.rmdir()
        store.save()
        assert held(path) == {a_job().id: a_job()}

    def test_a_file_in_place_of_its_folder(self, tmp_path: Path) -> None:
        """A path below a file is an error in words."""
        (tmp_path / "file").touch()
        store = Store(tmp_path / "file" / "jobs.toml")
        with pytest.raises(StoreError, match=r"cannot be read: Not a directory"):
            store.load()

    @pytest.mark.parametrize("name", [".jobs.toml.new", "jobs.toml.lock"])
    def test_a_folder_that_takes_no_file(self, path: Path, name: str) -> None:
        """Where nothing can be written the old file stays whole, and the change is not lost."""
        store = opened(holding(path, a_job("C1")))
        (path.parent / name).mkdir()
        store.put(a_job("C2"))
        with pytest.raises(StoreError, match=rf"^{path}: cannot be saved: "):
            store.save()
        assert list(held(path)) == ["C1"]
        assert store.dirty
        (path.parent / name).rmdir()
        store.save()
        assert list(held(path)) == ["C1", "C2"]

    def test_links_in_a_circle(self, path: Path) -> None:
        """A link that leads nowhere is an error in words."""
        path.symlink_to(path.name)
        with pytest.raises(StoreError, match="cannot be read: Too many levels"):
            opened(path)


def test_the_oldest_come_first(path: Path) -> None:
    """Jobs that others added before stand before those that were added here."""
    mine, theirs = Store(path), Store(path)
    mine.put(a_job("late", added_at=after(5)))
    theirs.put(a_job("early", added_at=NOW))
    theirs.save()
    mine.save()
    assert list(mine.jobs) == list(held(path)) == ["early", "late"]
