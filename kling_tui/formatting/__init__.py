"""Turns values into text for people and scripts; knows no Textual.

- `text`: times, amounts and job states
- `names`: names of jobs, which differ where labels are equal
- `spans`: pieces of text with styles; `cells`: text measured in terminal cells
- `symbols`: symbols, and ASCII characters for them where there is no UTF-8
- `ansi`: ANSI colours for commands without a screen
- `output`: JSON and aligned lines for the command line
- `edits`, `exit_summary`: messages of the app

Jobs:

- `columns`: the columns of the job table; `render_context`: what they depend on besides the job
- `column_layout`: which columns have room; `fitting`: which parts of a cell
- `list_columns`: fits the lines of ``list`` into a terminal
- `progress`: how far a job is; `activity`: how far the jobs in flight are together
- `reasons`: why jobs failed, and whether to retry
- `results`: downloads, expiry and video files; `captions`: below a poster of the clip wall
- `details`: the fields of the detail pane; `exchanges`: the HTTP exchange of the last reply
- `batches`: a batch as one row; `batch_cells`, `batch_details`: its cells and its detail
- `counts`: how many jobs are in each state
- `timeline_cells`, `timeline_text`: the timeline

Costs:

- `cost_figures`: the key figures; `budgets`: gauges, and messages about thresholds
- `cost_chart`: the chart, made of `day_chart` and `group_chart`
- `bars`, `blocks`: bars made of characters, and blocks of lines with bars
"""
