"""Three-way merge of the changes of several processes, alone and by their stores."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kling_tui.costs import cost_of
from kling_tui.jobs import Job, Price, Report, Review, Status, Video
from kling_tui.storage.merge import three_way_merge
from kling_tui.storage.store import Store
from tests.support.job_files import (
    RUNNING_JOB,
    SUCCEEDED,
    Changes,
    change_job,
    open_store,
    read_jobs,
    write_jobs,
)
from tests.support.jobs import I2V_PRICE, NOW, a_job, after

DONE = a_job(
    status=Status.SUCCEEDED,
    ended_at=NOW,
    checked_at=NOW,
    videos=(Video("https://cdn.test/1.mp4"), Video("https://cdn.test/2.mp4")),
)


def merge(base: Job, mine: Job, theirs: Job) -> Job:
    """Return the result of two changes to a job."""
    return three_way_merge({base.id: base}, {mine.id: mine}, {theirs.id: theirs})[base.id]


def test_download_and_poll_of_the_same_job_are_both_kept() -> None:
    """A later poll of another process does not lose the path of a download."""
    mine = DONE.with_file(0, "/clips/1.mp4")
    renewed = Video("https://cdn.test/1.mp4?again"), Video("https://cdn.test/2.mp4?again")
    theirs = replace(DONE, videos=renewed, checked_at=after(60))
    for first, second in [(mine, theirs), (theirs, mine)]:
        job = merge(DONE, first, second)
        assert job == theirs.with_file(0, "/clips/1.mp4")


def test_downloads_of_both_processes_are_kept() -> None:
    """Each process has downloaded another video of the job."""
    job = merge(DONE, DONE.with_file(0, "/here.mp4"), DONE.with_file(1, "/there.mp4"))
    assert [video.file for video in job.videos] == ["/here.mp4", "/there.mp4"]


def test_path_of_a_deleted_file_stays_removed() -> None:
    """A poll of another process does not bring the path of a deleted file back."""
    base = DONE.with_file(0, "/clips/1.mp4")
    mine = base.with_file(0, None)
    polled = replace(base, checked_at=after(60))
    assert merge(base, mine, polled).videos[0].file is None
    assert merge(base, polled, mine).videos[0].file is None


def test_new_download_wins_over_the_old_file_that_is_missing() -> None:
    """One process has downloaded a video again, and another one has noticed that it was missing."""
    base = DONE.with_file(0, "/disk/1.mp4")
    noticed = base.with_file(0, None, missing_file="/disk/1.mp4")
    downloaded = base.with_file(0, "/clips/1.mp4")
    for first, second in [(noticed, downloaded), (downloaded, noticed)]:
        assert merge(base, first, second) == downloaded
        assert merge(noticed, first, second) == downloaded
    assert merge(base, noticed, base) == merge(base, base, noticed) == noticed
    assert merge(noticed, base, noticed) == merge(noticed, noticed, base) == base


FAILED = replace(
    DONE, status=Status.FAILED, raw_status="failed", message="Image pixel is invalid", videos=()
)
LATER_DONE = replace(
    DONE,
    ended_at=after(60),
    checked_at=after(60),
    videos=(Video("https://cdn.test/1.mp4?again", duration=60.0),),
)


@pytest.mark.parametrize("seconds", [-5.0, 0.0, 5.0])
@pytest.mark.parametrize(("mine", "theirs"), [(DONE, FAILED), (FAILED, DONE)])
def test_first_saved_end_stays_and_another_is_a_problem(
    mine: Job, theirs: Job, seconds: float
) -> None:
    """Whichever was found first: other processes have shown the one in the file."""
    mine = replace(mine, checked_at=after(seconds), label="mine")
    job = merge(RUNNING_JOB, mine, theirs)
    assert job.problem
    assert f"reports {mine.raw_status or mine.status}" in job.problem
    assert job == replace(theirs, label="mine", problem=job.problem, problem_since=after(seconds))


@pytest.mark.parametrize("seconds", [-5.0, 0.0, 5.0])
def test_first_saved_success_stays_and_newer_links_are_kept(seconds: float) -> None:
    """Nothing else of a success changes that two processes found: not its cost, nor when it was."""
    mine = replace(LATER_DONE, checked_at=after(seconds))
    job = merge(RUNNING_JOB, mine, DONE)
    assert replace(job, videos=(), checked_at=NOW) == replace(DONE, videos=())
    links = [video.url for video in job.videos]
    assert (links[0] == mine.videos[0].url) == (seconds >= 0)
    assert links[1] == DONE.videos[1].url
    assert cost_of(job) == cost_of(DONE)
    without_links = merge(RUNNING_JOB, mine, replace(DONE, videos=()))
    assert without_links.videos == mine.videos


class TestStores:
    """Two processes that change the same job after both have loaded it."""

    @pytest.mark.parametrize(
        ("here", "there", "result"),
        [
            ({"label": "new"}, {}, {"label": "new"}),
            ({}, {"label": "new"}, {"label": "new"}),
            ({"label": "mine"}, {"label": "theirs"}, {"label": "mine"}),
            ({"review": Review.KEPT}, {"review": Review.REJECTED}, {"review": Review.KEPT}),
            (
                SUCCEEDED,
                SUCCEEDED | {"review": Review.REJECTED},
                SUCCEEDED | {"review": Review.REJECTED},
            ),
            (
                {"label": "new"},
                SUCCEEDED | {"checked_at": after(20)},
                SUCCEEDED | {"checked_at": after(20), "label": "new"},
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
            ({"checked_at": after(30)}, SUCCEEDED, SUCCEEDED),
            (SUCCEEDED, {"checked_at": after(30)}, SUCCEEDED),
            (None, {"label": "new"}, None),
            (None, SUCCEEDED, None),
            ({"label": "new"}, None, None),
            (SUCCEEDED, None, None),
            (None, None, None),
            ({"problem": "no answer"}, {}, {"problem": "no answer"}),
            ({}, {"problem": "no answer"}, {"problem": "no answer"}),
        ],
    )
    def test_two_changes_to_the_same_job(
        self, path: Path, here: Changes, there: Changes, result: Changes
    ) -> None:
        """A removal wins, then an end, then newer data; what the user changed is kept."""
        write_jobs(path, RUNNING_JOB)
        mine, theirs = open_store(path), open_store(path)
        change_job(theirs, RUNNING_JOB.id, there)
        theirs.save()
        change_job(mine, RUNNING_JOB.id, here)
        mine.save()
        expected = {} if result is None else {RUNNING_JOB.id: replace(RUNNING_JOB, **result)}
        assert read_jobs(path) == expected == mine.jobs
        theirs.save()
        assert theirs.jobs == expected

    def test_ended_job_can_run_again(self, path: Path) -> None:
        """An end is taken back where no other process has changed the job."""
        store = open_store(write_jobs(path, replace(RUNNING_JOB, **SUCCEEDED)))
        store.put(replace(RUNNING_JOB, checked_at=after(30)))
        store.save()
        assert read_jobs(path) == {RUNNING_JOB.id: replace(RUNNING_JOB, checked_at=after(30))}

    @pytest.mark.parametrize(
        ("first", "second", "result"),
        [
            ({"label": "first"}, {"label": "second"}, {"label": "first"}),
            ({"label": "first"}, SUCCEEDED, SUCCEEDED | {"label": "first"}),
            (SUCCEEDED, {"checked_at": after(30), "label": "second"}, SUCCEEDED),
        ],
    )
    def test_job_added_by_both(
        self, path: Path, first: Changes, second: Changes, result: Changes
    ) -> None:
        """The first label is kept, and so is the end."""
        stores = Store(path), Store(path)
        for store, changes in zip(stores, (first, second), strict=True):
            store.put(replace(a_job(), **(changes or {})))
        for store in stores:
            store.save()
        assert read_jobs(path) == {a_job().id: replace(a_job(), **(result or {}))}

    def test_remove_of_an_unsaved_job_keeps_that_of_another_process(self, path: Path) -> None:
        """A job that was added and removed here may have been added by another process."""
        mine = open_store(path)
        mine.put(a_job())
        mine.remove(a_job().id)
        write_jobs(path, a_job())
        mine.save()
        assert read_jobs(path) == mine.jobs == {a_job().id: a_job()}

    def test_job_put_back_after_a_saved_removal_is_back_for_all(self, path: Path) -> None:
        """Other processes that saw the removal get the job again."""
        write_jobs(path, a_job())
        mine, theirs = open_store(path), open_store(path)
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
        st.sampled_from(["put", "run", "succeed", "fail", "label", "remove", "save"]),
        st.sampled_from(["C1", "C2", "C3"]),
    )

    REPORTS: Mapping[str, Report] = {
        "run": Report(status=Status.RUNNING),
        "succeed": Report(status=Status.SUCCEEDED, videos=(Video("https://cdn.test/1.mp4"),)),
        "fail": Report(status=Status.FAILED, message="Image pixel is invalid"),
    }

    @settings(max_examples=80)
    @given(st.lists(OPERATIONS, max_size=15))
    def test_stores_converge(self, operations: list[tuple[int, str, str]]) -> None:
        """Three processes have the same jobs once all have saved, whatever they did before.

        An end in the file is final, unless the job was removed.
        """
        with TemporaryDirectory() as folder:
            stores = [Store(Path(folder) / "jobs.toml") for _ in range(3)]
            ends: dict[str, tuple[Status, datetime | None]] = {}
            removes = any(operation == "remove" for _, operation, _ in operations)
            saves = [(number, "save", "") for number in (0, 1, 2, 0, 1, 2)]
            for second, (number, operation, job_id) in enumerate([*operations, *saves]):
                store = stores[number]
                job = store.jobs.get(job_id)
                if operation == "save":
                    store.save()
                    in_file = read_jobs(store.path).values()
                    ended = {job.id: (job.status, job.ended_at) for job in in_file if job.ended}
                    assert ended | ends == ended or removes
                    ends = ended
                elif operation == "put":
                    store.put(job or a_job(job_id, label=str(number)))
                elif operation == "remove":
                    store.remove(job_id)
                elif job and operation == "label":
                    store.put(replace(job, label=f"{number} at {second}"))
                elif job:
                    store.put(job.with_report(self.REPORTS[operation], after(second)))
            assert stores[0].jobs == stores[1].jobs == stores[2].jobs == read_jobs(stores[0].path)
            assert not any(store.dirty for store in stores)
