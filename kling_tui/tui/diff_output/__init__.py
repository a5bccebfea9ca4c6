"""A diff renderer: sends the terminal only the cells that changed, where Textual sends regions."""

from kling_tui.tui.diff_output.app import DiffRenderingApp

__all__ = ["DiffRenderingApp"]
