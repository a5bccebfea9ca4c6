"""The names of all commands."""

COMMANDS = {
    "demo": "open the app with demo jobs on a local gateway",
    "demo-gateway": "run the demo gateway and print its URL",
    "add": "track jobs",
    "list": "print tracked jobs from the last poll, without contacting the gateway (alias: ls)",
    "watch": "poll until jobs have ended, print one line per change",
    "wait": "poll until jobs have ended, print their result URLs",
    "cost": "print what jobs cost",
    "doctor": "check config, key, gateway, job file and terminal",
    "download": "download the results of finished jobs",
    "remove": "stop tracking jobs (alias: rm)",
    "restore": "restore a corrupt job file from its backup",
    "completion": "print the code for tab completion in a shell",
    "help": "show the options of a command, with examples",
}
"""The summary of each command for --help. The module `app` runs if no command is given."""
ALIASES = {"ls": "list", "rm": "remove", "gateway": "demo-gateway"}
"""Other names of commands, which completion does not offer; `gateway` is a former one."""
