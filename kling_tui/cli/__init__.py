"""The command line.

- `main`: runs one command; `parser`: the parser of all arguments; `version`: ``--version``
- `commands`: one module per command
- `doctor`: the checks of the command `doctor`

What commands share:

- `bootstrap`: composition root; builds store, endpoints and gateways from the settings
- `user_files`: where the config, the job file and downloads are
- `notification_settings`: what notifies outside the terminal, from the settings
- `filters`, `since`: the options of these names; `piped`: job ids from standard input
- `completers`: candidates for shell completion; `suggestions`: for a word that is not known
- `exit_status`: exit statuses and error messages; `exit_signals`: ends a command on a signal
- `gc_policy`: settings of Python's garbage collector
- `demo_jobs`: the tracked jobs of the demo

While the app or a command runs:

- `reloadable_config`: reads the config again when it changes
- `live_config`: what the app takes from it; `always_on_config`: what `watch --forever` takes
- `headless`: runs `watch` and `wait`; `headless_run` polls until they are done
- `wait_condition`: when `watch` and `wait` are done, and their common options
- `always_on`: runs `watch --forever`; `auto_downloads`: its downloads
- `reporting`: what they print about changes; `outages`: about a gateway that cannot be reached
- `background_output`: standard output of `watch --forever`, which never waits for its reader
- `live_display`, `progress_line`: what `watch` and `download` draw on a terminal
"""
