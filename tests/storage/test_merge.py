"""What several processes did to the same job, put together."""

from dataclasses import replace

from kling_tui.jobs import Job, Status, Video
from kling_tui.storage.merge import three_way_merge
from tests.support.jobs import NOW, a_job, after

DONE = a_job(
    status=Status.SUCCEEDED,
    ended_at=NOW,
    checked_at=NOW,
    videos=(Video("https://cdn.test/1.mp4"), Video("https://cdn.test/2.mp4")),
)


def put_together(base: Job, mine: Job, theirs: Job) -> Job:
    """Return what two processes make of a job that both have changed."""
    return three_way_merge({base.id: base}, {mine.id: mine}, {theirs.id: theirs})[base.id]


def test_a_download_here_and_a_poll_there() -> None:
    """Where a result was downloaded to is kept beside what a later poll found."""
    mine = DONE.with_file(0, "/clips/1.mp4")
    theirs = replace(DONE, message="fine", checked_at=after(60))
    for one, other in [(mine, theirs), (theirs, mine)]:
        job = put_together(DONE, one, other)
        assert job == theirs.with_file(0, "/clips/1.mp4")


def test_downloads_here_and_there() -> None:
    """Each process's own downloads are kept."""
    job = put_together(DONE, DONE.with_file(0, "/here.mp4"), DONE.with_file(1, "/there.mp4"))
    assert [video.file for video in job.videos] == ["/here.mp4", "/there.mp4"]


def test_a_file_that_was_missed_here() -> None:
    """That a file is gone is kept, unless it was fetched anew there."""
    base = DONE.with_file(0, "/clips/1.mp4")
    mine = base.with_file(0, None)
    polled = replace(base, checked_at=after(60))
    assert put_together(base, mine, polled).videos[0].file is None
    assert put_together(base, polled, mine).videos[0].file is None
