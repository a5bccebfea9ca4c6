"""Replaces itself with a program that has default signal handling, for tests started with `&`.

A shell without job control has background processes ignore SIGINT, and all their children inherit
that. Usage: ``python -IS launch.py [--controlling-terminal] PROGRAM ARGUMENT…``. The option makes
standard input the controlling terminal, so that the program gets SIGHUP when it is closed.
"""

import fcntl
import os
import signal
import sys
import termios

CONTROLLING_TERMINAL = "--controlling-terminal"


def main() -> None:
    """Restore the signals, take the terminal and execute the program."""
    command = sys.argv[1:]
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGTERM, signal.SIGTSTP):
        signal.signal(number, signal.SIG_DFL)
    if command[0] == CONTROLLING_TERMINAL:
        del command[0]
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    os.execv(command[0], command)  # noqa: S606 - a program of the tests


if __name__ == "__main__":
    main()
