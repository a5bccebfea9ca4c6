"""Turns values into text for people and scripts; knows no Textual.

- `text`: times, amounts and job states
- `reasons`: why jobs failed, and whether to retry
- `results`: downloads, expiry and video files
- `columns`: the columns of the job table, with their layout
- `details`: the fields of the detail pane
- `output`: JSON and aligned lines for the command line
- `ansi`: ANSI colours for commands without a screen
"""
