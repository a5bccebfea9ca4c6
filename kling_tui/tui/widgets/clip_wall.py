"""The grid of tiles of the clip wall: its cursor and its pages."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.geometry import Size

from kling_tui.tui.messages import ResultHighlighted, ResultOpened, TileClicked
from kling_tui.tui.tile_content import TileContent
from kling_tui.tui.video.first_frames import FirstFrames
from kling_tui.tui.wall_results import Grid, Result, fit_grid
from kling_tui.tui.widgets.wall_tile import CAPTION_LINES, MARGIN, Tile


class ClipWall(Container, can_focus=True):
    """Shows as many results as fit, each in a tile. Only those in view have one.

    The cursor stays on its result when others are added or removed.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        # The ids are those of the table's keys, so that remapping those remaps these.
        Binding("right,right_square_bracket", "move(1)", "Next", show=False, id="next"),
        Binding("left,left_square_bracket", "move(-1)", "Previous", show=False, id="previous"),
        Binding("down,j", "move_rows(1)", "Down", show=False, id="down"),
        Binding("up,k", "move_rows(-1)", "Up", show=False, id="up"),
        Binding("home,g", "move_to(0)", "First", show=False, id="first"),
        Binding("end,G", "move_to(-1)", "Last", show=False, id="last"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="page_down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="page_up"),
    ]

    def __init__(
        self,
        frames: FirstFrames | None,
        content_of: Callable[[Result, bool], TileContent | None],
        *,
        id: str,  # noqa: A002 - as in Widget
    ) -> None:
        """`frames` reads video files for posters; None where only text can be shown.

        `content_of` returns what a tile shows of a result, under the cursor (True) or not.
        """
        super().__init__(id=id)
        self._frames = frames
        self._content_of = content_of
        self._tiles: list[Tile] = []
        """In the order in which they are shown."""
        self._grid = Grid(1, 1, Size(0, 0), 0)
        self._top = 0
        """The first row in view."""
        self.results: Sequence[Result] = ()
        """What is shown, also out of view."""
        self.index = 0
        """Where the cursor is among the results."""
        self._empty = ""

    @property
    def cursor(self) -> Result | None:
        """The result under the cursor; None if there are none."""
        return self.results[self.index] if self.results else None

    @property
    def tile(self) -> Tile | None:
        """The tile under the cursor, once there is one."""
        cursor = self.cursor
        return next((each for each in self._tiles if cursor and each.result == cursor), None)

    @property
    def text_width(self) -> int:
        """Cells for the texts of a tile."""
        return self._grid.tile.width - 2 * MARGIN

    @property
    def in_view(self) -> range:
        """The part of the results that is in view."""
        start = self._top * self._grid.columns
        return range(start, min(len(self.results), start + self._grid.tiles))

    def show(self, results: Sequence[Result], empty: str) -> None:
        """Show these results; `empty` is shown where there are none."""
        cursor = self.cursor
        self.results, self._empty = results, empty
        if cursor in results:
            self.index = results.index(cursor)
        self.index = max(0, min(self.index, len(results) - 1))
        self._scroll_into_view()
        self._show_tiles()
        self.refresh()
        if self.cursor != cursor:
            self.post_message(ResultHighlighted(by_user=False))

    def select(self, result: Result) -> None:
        """Move the cursor to a result, if it is shown."""
        if result in self.results:
            self._select(self.results.index(result))

    def _select(self, index: int) -> None:
        self.index = max(0, min(index, len(self.results) - 1))
        self._scroll_into_view()
        self._show_tiles()
        self.post_message(ResultHighlighted(by_user=True))

    def _scroll_into_view(self) -> None:
        row, last = self.index // self._grid.columns, self._row_count - self._grid.rows
        self._top = max(0, min(self._top, row, last), row - self._grid.rows + 1)

    @property
    def _row_count(self) -> int:
        return -(-len(self.results) // self._grid.columns)

    async def on_resize(self) -> None:
        """Show as many tiles as fit now."""
        self._grid = grid = fit_grid(self.size, CAPTION_LINES, 2 * MARGIN)
        self.styles.grid_size_columns = grid.columns
        self.styles.grid_columns, self.styles.grid_rows = map(str, grid.tile)
        self.styles.grid_gutter_horizontal = grid.gap
        more = [Tile(self._frames) for _ in range(grid.tiles - len(self._tiles))]
        removed, self._tiles = self._tiles[grid.tiles :], [*self._tiles[: grid.tiles], *more]
        for tile in removed:
            await tile.remove()
        await self.mount_all(more)
        self._scroll_into_view()
        self._show_tiles()
        self.post_message(ResultHighlighted(by_user=False))

    def update(self) -> None:
        """Show what has changed of the results in view."""
        self._show_tiles()

    def _show_tiles(self) -> None:
        """Give each result in view a tile; those that are in view already keep theirs."""
        in_view = [self.results[index] for index in self.in_view]
        wanted = set(in_view)
        kept = {tile.result: tile for tile in self._tiles if tile.result in wanted}
        free = [tile for tile in self._tiles if tile.result not in kept]
        order = [kept.get(result) or free.pop(0) for result in in_view if self._tiles]
        order += free
        if order != self._tiles:
            self._tiles = order
            positions = {id(tile): position for position, tile in enumerate(order)}
            self.sort_children(key=lambda tile: positions[id(tile)])
        cursor = self.cursor
        for tile, result in zip(order, in_view, strict=False):
            tile.show(self._content_of(result, result == cursor))
        for tile in free:
            tile.show(None)

    def render(self) -> Content:
        """Return what is shown where there are no results."""
        return Content("" if self.results else self._empty)

    @on(TileClicked)
    def follow_click(self, event: TileClicked) -> None:
        """Move the cursor to the result that was clicked; a double click opens it."""
        event.stop()
        self.select(event.result)
        if event.twice:
            self.post_message(ResultOpened())

    def on_mouse_scroll_down(self) -> None:
        """Move the cursor down."""
        self.action_move_rows(1)

    def on_mouse_scroll_up(self) -> None:
        """Move the cursor up."""
        self.action_move_rows(-1)

    def action_move(self, by: int) -> None:
        """Move the cursor by a number of results."""
        if self.results:
            self._select(self.index + by)

    def action_move_rows(self, by: int) -> None:
        """Move the cursor by a number of rows, as far as there are some."""
        if self.results:
            column, row = self.index % self._grid.columns, self.index // self._grid.columns
            row = max(0, min(row + by, self._row_count - 1))
            self._select(row * self._grid.columns + column)

    def action_move_to(self, index: int) -> None:
        """Move the cursor to the first result (0) or the last (-1)."""
        if self.results:
            self._select(range(len(self.results))[index])

    def action_page(self, pages: int) -> None:
        """Move the cursor by screenfuls."""
        self.action_move_rows(pages * self._grid.rows)
