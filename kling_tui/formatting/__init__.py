"""Turns values into text for people and scripts; knows no Textual.

- `text`: times, amounts and job states
- `progress`: how far a job is
- `reasons`: why jobs failed, and whether to retry
- `results`: downloads, expiry and video files
- `columns`: the columns of the job table, with their layout
- `fitting`: which parts of the last column are shown
- `details`: the fields of the detail pane
- `exchanges`: the HTTP exchange of a job's last reply
- `output`: JSON and aligned lines for the command line
- `list_columns`: fits the lines of ``list`` into a terminal
- `symbols`: symbols, and ASCII characters for them where there is no UTF-8
- `ansi`: ANSI colours for commands without a screen
"""
