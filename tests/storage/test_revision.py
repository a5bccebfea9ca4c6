"""What a revision says about the jobs that a file lacks, and the comment that keeps it."""

import pytest

from kling_tui.storage.revision import HAND_WRITTEN, Revision

FIRST = Revision().next(created=True)


def test_revision_includes_all_earlier_writes() -> None:
    """A file that was only ever changed includes each write before."""
    second = FIRST.next(created=False)
    assert second.includes(FIRST.last_write)
    assert not FIRST.includes(second.last_write)


def test_created_file_includes_nothing_of_the_one_before() -> None:
    """Another process that creates the file does not know what was in it."""
    other = Revision().next(created=True)
    assert not other.includes(FIRST.last_write)
    assert not other.includes(HAND_WRITTEN.last_write)


def test_merged_revision_includes_both() -> None:
    """It stays on the branch of the file that is there."""
    other = Revision().next(created=True)
    merged = FIRST.merged_with(other)
    assert merged.includes(FIRST.last_write, other.last_write)
    assert merged.last_write == other.last_write
    # A process that knows more of the first file than the one that merged is not included.
    assert not merged.includes(FIRST.next(created=False).last_write)


def test_hand_written_file_becomes_a_branch_with_its_first_write() -> None:
    """Other processes that read it before are included."""
    written = HAND_WRITTEN.next(created=False)
    assert written.includes(HAND_WRITTEN.last_write)
    assert not HAND_WRITTEN.includes(written.last_write)
    assert written.last_write[0] != HAND_WRITTEN.last_write[0]


def test_parse_reads_what_line_wrote() -> None:
    """Also among other comments, and with the line ends of other systems."""
    for text in (FIRST.line, f"\ufeff# mine\n\n{FIRST.line}", FIRST.line.replace("\n", "\r\n")):
        assert Revision.parse(f"{text}version = 1\n") == FIRST


@pytest.mark.parametrize(
    "text",
    [
        "",
        "version = 1\n",
        "# revision: \n",
        "# revision: 0011aabb:x\n",
        "# revision: 0011aabb:1111111111111111111\n",
        f"version = 1\n[[jobs]]\nprompt = '''\n{FIRST.line}'''\n",
    ],
)
def test_only_the_start_of_a_file_has_a_revision(text: str) -> None:
    """Neither a damaged line counts nor one in the text of a job."""
    assert Revision.parse(text) is None


def test_revision_does_not_grow_for_ever() -> None:
    """Of many branches, the newest are kept."""
    revision = FIRST
    for _ in range(100):
        revision = revision.next(created=True)
    assert len(revision.line) < 200
    assert not revision.includes(FIRST.last_write)
