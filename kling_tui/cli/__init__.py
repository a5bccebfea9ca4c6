"""The command line.

- `main`: parses the arguments and runs one command.
- `commands`: one module per command.
- `doctor`: the checks of the command `doctor`.
- `bootstrap`: composition root; builds store, endpoints and gateways from the settings.
- `headless`: runs `watch` and `wait`; `headless_run` polls and reports until they are done.
- `wait_condition`: when `watch` and `wait` are done, and their common options.
- `live_display`, `progress_line`: what `watch` and `download` draw on a terminal.
- `since`: the option `--since`.
- `completers`: candidates for shell completion.
- `exit_status`: exit statuses and error messages.
- `gc_policy`: settings of Python's garbage collector.
"""
