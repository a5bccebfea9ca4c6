"""``demo-gateway``: runs the demo gateway until interrupted."""

import argparse
import sys
import threading

from kling_tui.cli import bootstrap
from kling_tui.cli.exit_status import OK, UsageError, print_error
from kling_tui.demo import DemoGateway

_EXAMPLES = """examples:
  kling-tui demo-gateway --port 8765 --speed 10
"""


def define(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "--port", type=_port, default=0, metavar="N", help="listen on port N (default: a free one)"
    )
    define_speed(parser)


def define_speed(parser: argparse.ArgumentParser) -> None:
    """Add the option that `demo` shares."""
    parser.add_argument(
        "--speed", type=_speed, default=1.0, metavar="N", help="time speed-up factor"
    )


def run(options: argparse.Namespace) -> int:
    """Print the URL, and serve until interrupted."""
    if ignored := bootstrap.ignored_options("demo-gateway", options):
        print_error(ignored)
    gateway = DemoGateway(port=options.port, speed=options.speed)
    try:
        gateway.start()
    except OSError as error:
        raise UsageError(f"port {options.port}: {error.strerror or error}") from error
    with gateway:
        print(gateway.url, flush=True)
        print(f"GET {gateway.url}/ lists its jobs; press ctrl+c to stop it", file=sys.stderr)
        threading.Event().wait()
    return OK


def _port(value: str) -> int:
    port = int(value) if value.isdecimal() else -1
    if not 0 <= port < 1 << 16:
        raise argparse.ArgumentTypeError("expected a port from 0 to 65535")
    return port


def _speed(value: str) -> float:
    try:
        speed = float(value)
    except ValueError:
        speed = 0.0
    if not 0.01 <= speed <= 1_000:
        raise argparse.ArgumentTypeError("expected a number from 0.01 to 1000")
    return speed
