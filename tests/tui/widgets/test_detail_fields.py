"""The text of the detail pane: what it redraws, its scrolling, selection, links and colours."""

from collections.abc import Sequence
from typing import Self

import pytest
from rich.cells import cell_len
from rich.color import ColorSystem
from textual._compositor import LayoutUpdate
from textual.app import App, ComposeResult
from textual.events import MouseScrollDown
from textual.geometry import Offset, Region
from textual.pilot import Pilot
from textual.selection import SELECT_ALL

from kling_tui.formatting.details import DetailField
from kling_tui.sanitize import sanitize_line
from kling_tui.tui.diff_output.screen_buffer import ScreenBuffer
from kling_tui.tui.messages import LinkClicked
from kling_tui.tui.widgets.detail_fields import DetailFields
from kling_tui.tui.widgets.detail_lines import wrap_field
from tests.support.hostile_jobs import HOSTILE_TEXTS
from tests.support.images import no_images
from tests.support.layouts import counting_layouts

URL = "https://cdn.test/1.mp4"
LONG_URL = f"https://cdn.test/{'x' * 60}.mp4"
TEXTS = [text for text in (sanitize_line(each) for each in HOSTILE_TEXTS) if text]
STATUS: DetailField = ("status", (("✓ done", "succeeded"), ("  1:27", "plain")))


def a_field(name: str, value: str) -> DetailField:
    """Return a field in one style."""
    return name, ((value, "plain"),)


def fields(*values: str) -> Sequence[DetailField]:
    """Return fields with these values."""
    return [a_field(f"field {number}", value) for number, value in enumerate(values)]


class RecordedFields(DetailFields):
    """The text, with the parts of it that were redrawn."""

    redrawn: list[Region]

    def refresh(self, *regions: Region, **options: bool) -> Self:
        """Redraw."""
        self.redrawn = [*getattr(self, "redrawn", []), *regions]
        return super().refresh(*regions, **options)


class FieldsApp(App[None]):
    """Shows the text alone."""

    CSS = """
    DetailFields { overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1; }
    .job-detail--muted { color: $foreground-muted; }
    .job-detail--link { text-style: underline; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.fields = RecordedFields(id="facts")
        self.clicked: list[str] = []

    def compose(self) -> ComposeResult:
        """Show the text."""
        yield self.fields

    def on_link_clicked(self, event: LinkClicked) -> None:
        """Note the URL."""
        self.clicked.append(event.url)


async def drag(pilot: Pilot[None], start: tuple[int, int], end: tuple[int, int]) -> None:
    """Select text with the mouse."""
    await pilot.mouse_down(DetailFields, offset=start)
    await pilot.hover(DetailFields, offset=end)
    await pilot.mouse_up(DetailFields, offset=end)


async def test_a_change_redraws_only_its_line_and_lays_nothing_out() -> None:
    """Also where the text becomes longer than the widget, and where it is shorter again."""
    app = FieldsApp()
    async with app.run_test(size=(60, 10)) as pilot:
        app.fields.show(fields("a", "b", "c"))
        await pilot.pause()
        with counting_layouts(app) as layouts:
            app.fields.redrawn.clear()
            app.fields.show(fields("a", "B", "c"))
            assert {region.y for region in app.fields.redrawn} == {1}
            await pilot.pause()
            assert app.fields.render_line(1).text.split() == ["field", "1", "B"]
            app.fields.show(fields(*"abcdefghijklmnop"))
            await pilot.pause()
            assert app.fields.max_scroll_y == 6
            app.fields.show(fields("a"))
            await pilot.pause()
            assert app.fields.max_scroll_y == 0
            assert not layouts


async def test_the_same_fields_redraw_nothing() -> None:
    """Such as those of most ticks."""
    app = FieldsApp()
    async with app.run_test(size=(60, 10)) as pilot:
        app.fields.show(fields("a", "b"))
        await pilot.pause()
        app.fields.redrawn.clear()
        app.fields.show(fields("a", "b"))
        assert app.fields.redrawn == []


async def test_lines_out_of_view_are_not_redrawn_and_the_text_stays_where_it_was_scrolled() -> None:
    """It moves up only where it would stand below its end."""
    app = FieldsApp()
    async with app.run_test(size=(60, 4)) as pilot:
        app.fields.show(fields(*"abcdefgh"))
        await pilot.pause()
        app.fields.scroll_to(y=3, animate=False)
        await pilot.pause()
        app.fields.redrawn.clear()
        app.fields.show(fields(*"Abcdefgh"))
        assert app.fields.redrawn == []
        app.fields.show(fields(*"AbcdEfgh"))
        assert {region.y for region in app.fields.redrawn} == {1}
        assert app.fields.scroll_offset.y == 3
        app.fields.show(fields(*"abcdef"))
        assert app.fields.scroll_offset.y == 2
        await pilot.pause()
        assert "field 2" in app.fields.render_line(0).text


async def test_the_wheel_scrolls_the_text() -> None:
    """As it does in other panes."""
    app = FieldsApp()
    async with app.run_test(size=(60, 4)) as pilot:
        app.fields.show(fields(*"abcdefghijkl"))
        await pilot.pause()
        turn = MouseScrollDown(app.fields, 5, 1, 0, 1, 0, shift=False, meta=False, ctrl=False)
        app.fields.post_message(turn)
        await pilot.pause()
        assert app.fields.scroll_offset.y > 0


async def test_another_width_wraps_the_values_again() -> None:
    """In their own column."""
    app = FieldsApp()
    async with app.run_test(size=(60, 10)) as pilot:
        app.fields.show([a_field("prompt", "some words that need more than one narrow line")])
        await pilot.pause()
        assert len(app.fields.text.splitlines()) == 1
        await pilot.resize_terminal(32, 10)
        await pilot.pause()
        first, *others = app.fields.text.splitlines()
        assert first == "prompt     some words that need"
        assert others
        assert all(line.startswith(" " * 11) and len(line) < 32 for line in others)


def test_the_properties_of_a_video_are_in_one_line() -> None:
    """Beside its URL if they fit, else below it."""
    field = "video", ((URL, "link"), ("  5 s  1280×720", "muted"))
    assert [line.text for line in wrap_field(field, 50)] == [f"video      {URL}  5 s  1280×720"]
    name_and_url, properties = wrap_field(field, 40)
    assert name_and_url.text == f"video      {URL}"
    assert properties.text == f"{'':11}5 s  1280×720"


@pytest.mark.parametrize("width", [5, 24, 80])
def test_no_line_is_wider_than_the_pane_whatever_its_text(width: int) -> None:
    """A name and ten cells are shown in any case, and nothing is lost but blanks."""
    for text in TEXTS:
        lines = wrap_field(a_field("name", text), width)
        assert all(cell_len(line.text) <= max(width, 21) for line in lines)
        shown = "".join(line.text[11:] for line in lines)
        assert "".join(shown.split()) == "".join(text.split())


async def test_hostile_texts_fill_their_lines_exactly() -> None:
    """Wide and zero-width characters shift nothing to their right."""
    app = FieldsApp()
    async with app.run_test(size=(50, 10)) as pilot:
        for text in TEXTS:
            app.fields.show([a_field("name", text)])
            await pilot.pause()
            assert {app.fields.render_line(y).cell_length for y in range(10)} == {49}


async def test_text_selected_with_the_mouse_can_be_copied() -> None:
    """Over lines and styles, also while the text is scrolled; what is selected looks different."""
    app = FieldsApp()
    async with app.run_test(size=(60, 4)) as pilot:
        app.fields.show([*fields(*"abcd"), STATUS, a_field("id", "漢字 CjI17W"), *fields("x")])
        await pilot.pause()
        app.fields.scroll_end(animate=False)
        await pilot.pause()
        plain = app.fields.render_line(2)
        await drag(pilot, (13, 1), (16, 2))
        assert app.screen.get_selected_text() == "done  1:27\nid         漢字 C"
        assert list(app.fields.render_line(2)) != list(plain)
        styles = [segment.style for segment in app.fields.render_line(2)]
        assert all(style and style.color != style.bgcolor for style in styles)
        await drag(pilot, (11, 2), (13, 2))
        assert app.screen.get_selected_text() == "漢字"
        app.screen.clear_selection()
        await pilot.pause()
        assert list(app.fields.render_line(2)) == list(plain)


async def test_a_selection_outlives_the_text() -> None:
    """Nothing is copied where the text is now shorter, and everything if all is selected."""
    app = FieldsApp()
    async with app.run_test(size=(60, 10)) as pilot:
        app.fields.show(fields(*"abcdefgh"))
        await pilot.pause()
        await drag(pilot, (2, 6), (8, 6))
        assert app.screen.get_selected_text()
        app.fields.show(fields("a"))
        assert not app.screen.get_selected_text()
        app.screen.selections = {app.fields: SELECT_ALL}
        assert app.screen.get_selected_text() == "field 0    a"


async def test_a_click_on_a_url_follows_it() -> None:
    """Each line of a wrapped one, but neither its name, nor the blanks beside it."""
    app = FieldsApp()
    async with app.run_test(size=(60, 10)) as pilot:
        app.fields.show([("video", ((URL, "link"),)), ("video", ((LONG_URL, "link"),))])
        await pilot.pause()
        for offset in (2, 0), (58, 0), (5, 2), (20, 5):
            await pilot.click(DetailFields, offset=offset)
        assert app.clicked == []
        for offset in (12, 0), (30, 1), (12, 2):
            await pilot.click(DetailFields, offset=offset)
        assert app.clicked == [URL, LONG_URL, LONG_URL]
        await pilot.double_click(DetailFields, offset=(12, 0))
        assert app.clicked[3:] == [URL]


async def test_selecting_a_part_of_a_url_does_not_follow_it() -> None:
    """The mouse button is released over the link as well."""
    app = FieldsApp()
    async with app.run_test(size=(60, 10)) as pilot:
        app.fields.show([("video", ((URL, "link"),))])
        await pilot.pause()
        await drag(pilot, (12, 0), (20, 0))
        await pilot.pause()
        assert app.screen.get_selected_text()
        assert app.clicked == []


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        (URL, False),
        ("http://cdn.test:8080/a-b_c/%20~x?cacheKey=a+b&n=1#t=2", False),
        (LONG_URL, True),
        ("https://cdn.test/a(b).mp4", True),
        ("https://cdn.test/a;b", True),
        ("https://cdn.test/漢字.mp4", True),
        ("https://cdn.test/ends.with.a.dot.", True),
    ],
)
async def test_a_url_is_sent_again_as_a_hyperlink_only_where_terminals_do_not_detect_it(
    url: str,
    sent: bool,  # noqa: FBT001 - as in the list
) -> None:
    """They detect it within one line, if it has no character that may end it."""
    app = FieldsApp()
    async with app.run_test(size=(70, 10)) as pilot:
        app.fields.show([("video", ((url, "link"), ("  5 s", "muted")))])
        await pilot.pause()
        segments = [segment for y in range(3) for segment in app.fields.render_line(y)]
        links = {segment.style.link for segment in segments if segment.style} - {None}
        assert links == ({url} if sent else set())
        assert app.fields.text.replace("\n           ", "").startswith(f"video      {url}")
        assert app.fields.text.split()[-2:] == ["5", "s"]


async def test_the_target_of_a_wrapped_url_is_sent_once() -> None:
    """Not for each of its lines; a URL in one line is sent as its text alone."""
    app = FieldsApp()
    async with app.run_test(size=(60, 3)) as pilot:
        for url, times in (LONG_URL, 1), (URL, 0):
            app.fields.show([("video", ((url, "link"),))])
            await pilot.pause()
            lines = [[app.fields.render_line(y)] for y in range(3)]
            update = LayoutUpdate([*lines], Region(0, 0, lines[0][0].cell_length, 3))
            screen_buffer = ScreenBuffer(no_images(), back_colour_erase=True)
            sent = screen_buffer.diff(update, (0, 0), ColorSystem.TRUECOLOR)
            assert sent.count("\x1b]8;id=") == sent.count(f";{url}\x1b\\") == times


async def test_another_theme_colours_the_text_anew() -> None:
    """Without new fields."""
    app = FieldsApp()
    async with app.run_test(size=(60, 10)) as pilot:
        app.fields.show([STATUS])
        await pilot.pause()
        before = app.fields.render_line(0)
        app.theme = "textual-light"
        await pilot.pause()
        after = app.fields.render_line(0)
        assert after.text == before.text
        assert all(old.style != new.style for old, new in zip(before, after, strict=True))


async def test_an_offset_beyond_the_text_selects_up_to_its_end() -> None:
    """A drag that ends in the blanks takes the whole line."""
    app = FieldsApp()
    async with app.run_test(size=(60, 10)) as pilot:
        app.fields.show(fields("abc"))
        await pilot.pause()
        await drag(pilot, (11, 0), (40, 0))
        assert app.screen.get_selected_text() == "abc"
        assert app.screen.selections[app.fields].start == Offset(11, 0)
