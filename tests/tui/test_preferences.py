"""The file in which the app remembers theme, sort order, filter, cursor and views."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from kling_tui.tui.preferences import Preferences, SavedViews, load, save
from kling_tui.tui.views import View

CHOSEN = Preferences(
    "nord", "textual-dark", "label", reverse=True, filter='label:"a b"', cursor="CjI17",
    hidden_columns=("Kind", "Cost"), folded=("a", "b"),
    view="Mine", views=(View("Mine", 'label:"ä b"', "cost", reverse=True), View("Other")),
)  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return the path of the file, which does not exist yet."""
    return tmp_path / "state" / "view.toml"


def test_saved_choices_are_loaded(file: Path) -> None:
    """Also when they replace older ones."""
    for chosen in (CHOSEN, Preferences("gruvbox")):
        save(file, chosen)
        assert load(file) == chosen


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o277])
def test_file_is_private(file: Path, umask: int) -> None:
    """Under any umask, and no other file is left beside it."""
    before = os.umask(umask)
    try:
        save(file, CHOSEN)
        save(file, Preferences())
    finally:
        os.umask(before)
    assert [path.name for path in file.parent.iterdir()] == ["view.toml"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["view.toml", ".view.toml.new"])
def test_planted_link_is_not_followed(tmp_path: Path, file: Path, name: str) -> None:
    """A link to another file changes nothing there."""
    file.parent.mkdir()
    target = tmp_path / "target"
    target.write_text("precious", "utf-8")
    file.with_name(name).symlink_to(target)
    save(file, CHOSEN)
    assert load(file) == CHOSEN
    assert target.read_text("utf-8") == "precious"


@pytest.mark.parametrize(
    "make",
    [
        os.mkfifo,
        Path.mkdir,
        lambda path: path.symlink_to("/dev/zero"),
        lambda path: path.write_bytes(b"theme = \xff"),
        lambda path: path.write_text(f"theme = {'[' * 9000}", "utf-8"),
        lambda path: path.write_text(f"theme = {'1' * 9000}", "utf-8"),
    ],
    ids=["pipe", "folder", "device", "not UTF-8", "deep", "long"],
)
def test_unusable_file_gives_the_defaults(file: Path, make: Callable[[Path], object]) -> None:
    """The app opens all the same, and does not wait."""
    file.parent.mkdir()
    make(file)
    assert load(file) == Preferences()
    save(file, CHOSEN)


@pytest.mark.parametrize(
    "views",
    [
        "views = 1",
        'views = ["x"]',
        "[views]\nname = 1",
        "[[views]]\nfilter = 'x'",
        "[[views]]\nname = 1",
        "[[views]]\nname = '  '",
    ],
)
def test_unusable_views_are_left_out(file: Path, views: str) -> None:
    """The rest of the file counts."""
    file.parent.mkdir()
    file.write_text(f'theme = "nord"\n{views}\n', "utf-8")
    assert load(file) == Preferences("nord")


def test_unusable_parts_of_a_view_have_their_defaults(file: Path) -> None:
    """Control characters do not reach the terminal, and the key is not that of the file."""
    file.parent.mkdir()
    file.write_text('[[views]]\nname = "a\\u001bb"\nsort = 1\nkey = "3"\nfilter = "x"\n', "utf-8")
    (view,) = load(file).views
    assert "\x1b" not in view.name
    assert (view.filter, view.sort, view.key) == ("x", "live", "")


def test_saved_views_keep_those_of_other_processes(file: Path) -> None:
    """And all other choices; a name that exists is replaced in its place."""
    save(file, CHOSEN)
    ours, theirs = SavedViews(file, ()), SavedViews(file, ())
    theirs.put(View("Theirs"))
    ours.put(View("OTHER", "fox"))
    ours.remove("Mine")
    assert ours.views == (View("OTHER", "fox"), View("Theirs"))
    assert load(file) == replace(CHOSEN, views=ours.views)


def test_saved_views_without_a_file_last_as_long_as_the_app() -> None:
    """As in the demo."""
    saved = SavedViews(None, ())
    saved.put(View("a"))
    saved.put(View("b"))
    saved.remove("a")
    assert saved.views == (View("b"),)


def test_names_of_batches_that_are_no_texts_are_ignored(file: Path) -> None:
    """The others are used."""
    file.parent.mkdir()
    file.write_text('folded = ["a", 1, ["b"], "c"]', "utf-8")
    assert load(file) == Preferences(folded=("a", "c"))
    file.write_text("folded = 1", "utf-8")
    assert load(file) == Preferences()


def test_no_file(file: Path) -> None:
    """Neither is an error: no path, and a path where nothing was saved."""
    assert load(None) == load(file) == Preferences()
    save(None, CHOSEN)
