"""The commands; the only place where the parts are put together.

Only here are the clock, the environment and the home folder read. Nothing is imported before a
command needs it.
"""

import argparse
import asyncio
import errno
import importlib
import io
import json
import logging
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import platformdirs

from kling_tui import __version__, config
from kling_tui.config import Config, ConfigError
from kling_tui.costs import totals
from kling_tui.gateways import ENDPOINTS, Gateway
from kling_tui.intake import Found, find_ids, new_job
from kling_tui.jobs import Job, Price, Status
from kling_tui.pace import Cadence
from kling_tui.plain import plain
from kling_tui.store import Store, StoreError

if TYPE_CHECKING:
    from kling_tui.ui.wiring import Wiring

FINE, BAD, INTERRUPTED = 0, 2, 130
"""Exit statuses; 1, 3 and 4 belong to commands that wait for jobs."""
_APP = "kling-tui"
_LOG_BYTES = 1_000_000


class UsageError(Exception):
    """What a person asked for cannot be done; the words say why."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    options = build_parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    _accept_any_encoding()
    try:
        status = run(options)
    except (UsageError, ConfigError, StoreError) as error:
        print(f"{_APP}: {error}", file=sys.stderr)
        status = BAD
    except KeyboardInterrupt:
        status = INTERRUPTED
    except BrokenPipeError:
        status = FINE  # whoever read our output has seen enough
    return _written(status)


def _accept_any_encoding() -> None:
    """Show a question mark for what an output's encoding does not have, rather than fail."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _written(status: int) -> int:
    """Write what is still held back, and return the status, which a failure of that changes.

    A reader that has gone is no failure, and Python is kept from complaining of it at its exit.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            if error.errno not in (errno.EPIPE, errno.EIO):
                print(f"{_APP}: cannot write: {error.strerror}", file=sys.stderr)
                status = status or BAD
    return status


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog=_APP, description="Watches AI video generation jobs live. Opens the app by default."
    )
    parser.add_argument("--version", action="version", version=f"{_APP} {__version__}")
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings to use")
    parser.add_argument("--jobs", type=Path, metavar="FILE", help="job file to use")
    parser.set_defaults(run=_open)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    demo = commands.add_parser("demo", help="open the app on a gateway of its own")
    demo.set_defaults(run=_demo)
    gateway = commands.add_parser("gateway", help="run the demo gateway alone, print its URL")
    gateway.add_argument("--port", type=_port, default=0, metavar="N", help="default: a free one")
    gateway.set_defaults(run=_gateway)
    for command in (demo, gateway):
        words = "how much faster than life time runs there"
        command.add_argument("--speed", type=_speed, default=1.0, metavar="N", help=words)

    add = commands.add_parser("add", help="track jobs")
    add.add_argument("ids", nargs="+", metavar="ID", help="an id; - reads ids or JSON from a pipe")
    add.add_argument(
        "--kind", choices=list(ENDPOINTS), help="instead of the kind by the id's shape"
    )
    add.add_argument("--label", default="", metavar="TEXT", help="a name for all of them")
    add.set_defaults(run=_add)

    listing = commands.add_parser("list", help="print the tracked jobs as last known")
    listing.add_argument("--json", action="store_true", help="as a JSON array")
    words = "only jobs in this state; may be given again"
    listing.add_argument(
        "--status", action="append", choices=list(map(str, Status)), metavar="S", help=words
    )
    listing.set_defaults(run=_list)

    remove = commands.add_parser("remove", help="stop tracking jobs")
    remove.add_argument("ids", nargs="+", metavar="ID")
    remove.set_defaults(run=_remove)
    return parser


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


def _open(options: argparse.Namespace) -> int:
    """Open the app on the gateway of the config."""
    _require_terminal()
    settings, file = _settings(options)
    key = config.find_key(settings, os.environ)
    store = _store(options, settings)
    gateway, poll = settings.gateway, settings.poll
    state = _state_folder()
    _log_to(state / f"{_APP}.log")

    from kling_tui.ui.wiring import Wiring

    wiring = Wiring(
        store=store,
        connect=lambda: _connect(gateway.url, key, gateway.timeout, gateway.concurrency),
        prices=_prices(settings),
        now=_now,
        cadence=Cadence(poll.first, poll.slowest, poll.jitter),
        concurrency=gateway.concurrency,
        place=urlsplit(gateway.url).netloc,
        view_file=state / "view.toml",
        theme=settings.ui.theme,
        keys=settings.keys,
        bell=settings.notify.bell,
    )
    return _run_app(wiring, file, mouse=settings.ui.mouse)


def _demo(options: argparse.Namespace) -> int:
    """Open the app on a gateway of its own, which leaves nothing behind."""
    _require_terminal()
    from kling_tui.demo import DemoGateway
    from kling_tui.ui.wiring import Wiring

    settings, speed = Config(), options.speed
    with DemoGateway(speed=speed) as gateway, tempfile.TemporaryDirectory(prefix=_APP) as folder:
        store = Store(Path(folder) / "jobs.toml")
        store.put(*_staged(settings, speed))
        store.save()
        wiring = Wiring(
            store=store,
            connect=lambda: _connect(gateway.url, gateway.key, 10.0, 8, through_proxies=False),
            prices=_prices(settings),
            now=_now,
            cadence=Cadence(first=max(0.1, 1 / speed), slowest=max(0.1, 3 / speed)),
            place=f"demo gateway, {gateway.url}",
            bell=False,
        )
        return _run_app(wiring, Path("demo"), mouse=True)


def _staged(settings: Config, speed: float) -> Iterable[Job]:
    """Yield the demo's jobs as someone would have tracked them when they were submitted."""
    from kling_tui.demo import STAGED

    for staged in STAGED:
        yield Job(
            id=staged.id,
            kind=staged.kind,
            label=staged.label,
            added_at=_now() - timedelta(seconds=round(staged.age / speed)),
            price=settings.price.of(staged.kind),
        )


def _run_app(wiring: "Wiring", file: Path, *, mouse: bool) -> int:
    """Run the app, and leave one line of what there was on the normal screen."""
    from kling_tui.ui import text
    from kling_tui.ui.app import KNOWN_KEYS, KlingApp
    from kling_tui.ui.keymap import faults

    if wrong := [f"{file}: {plain(fault)}" for fault in faults(wiring.keys, KNOWN_KEYS)]:
        raise ConfigError("\n".join(wrong))
    app = KlingApp(wiring)
    if wiring.theme not in app.available_themes:
        known = ", ".join(sorted(app.available_themes))
        raise ConfigError(f"{file}: ui.theme is {plain(wiring.theme)!r}; expected one of {known}")
    app.heed_signals()
    app.run(mouse=mouse)
    if not app.return_code:
        jobs = wiring.store.jobs.values()
        print(text.summary(totals(jobs, wiring.now().astimezone().date())))
        if app.unsaved:
            raise StoreError(f"not saved: {app.unsaved}")
    return app.return_code or FINE


def _gateway(options: argparse.Namespace) -> int:
    """Run the demo gateway until interrupted."""
    import threading

    from kling_tui.demo import DemoGateway

    gateway = DemoGateway(port=options.port, speed=options.speed)
    try:
        gateway.start()
    except OSError as error:
        raise UsageError(f"port {options.port}: {error.strerror or error}") from error
    with gateway:
        print(gateway.url, flush=True)
        print(f"GET {gateway.url}/ lists its jobs; ctrl+c ends it", file=sys.stderr)
        threading.Event().wait()
    return FINE


def _add(options: argparse.Namespace) -> int:
    """Track ids, and print each that was not tracked yet."""
    settings, _ = _settings(options)
    found: dict[str, Found] = {}
    for given in options.ids:
        # Each by itself: piped JSON is no JSON any more with an id in front of it.
        for each in find_ids(_piped() if given == "-" else given, options.kind):
            found.setdefault(each.id, each)
    if not found:
        raise UsageError("add: no ids were given")
    store = _store(options, settings)
    new: list[Found] = []
    known: list[Found] = []
    for each in found.values():
        if each.problem is None:
            (known if each.id in store.jobs else new).append(each)
        else:
            print(f"{_APP}: {each.id!r} {each.problem}", file=sys.stderr)
    prices, now = _prices(settings), _now()
    store.put(*(new_job(each, options.label, prices, now) for each in new))
    store.save()
    for each in known:
        print(f"{_APP}: {each.id} is already tracked", file=sys.stderr)
    for each in new:
        print(each.id)
    return FINE if len(new) + len(known) == len(found) else BAD


def _piped() -> str:
    if sys.stdin is None:
        raise UsageError("add: standard input is closed")
    return sys.stdin.buffer.read().decode("utf-8-sig", "replace")


def _list(options: argparse.Namespace) -> int:
    """Print what the job file says."""
    from kling_tui import listing

    settings, _ = _settings(options)
    wanted = options.status or list(Status)
    tracked = _store(options, settings).jobs.values()
    # One that is in the queue by its position is listed as queued, whatever its status word.
    jobs = [
        job for job in tracked if job.status in wanted or (job.in_queue and Status.QUEUED in wanted)
    ]
    if options.json:
        print(json.dumps([listing.as_json(job) for job in jobs], indent=2, ensure_ascii=False))
    elif jobs:
        print("\n".join(listing.as_lines(jobs, _now())))
    elif tracked:
        print(f"{_APP}: no job is {' or '.join(wanted)}", file=sys.stderr)
    else:
        print(f"{_APP}: no jobs; track some by:  {_APP} add ID", file=sys.stderr)
    return FINE


def _remove(options: argparse.Namespace) -> int:
    """Stop tracking jobs."""
    settings, _ = _settings(options)
    store = _store(options, settings)
    unknown = [job_id for job_id in options.ids if job_id not in store.jobs]
    store.remove(*options.ids)
    store.save()
    for job_id in unknown:
        print(f"{_APP}: {plain(job_id)!r} is not tracked", file=sys.stderr)
    return BAD if unknown else FINE


def _settings(options: argparse.Namespace) -> tuple[Config, Path]:
    """Return the settings, and the file that they come from."""
    default = platformdirs.user_config_path(_APP) / "config.toml"
    file, required = config.find_config(options.config, os.environ, default)
    return config.load(file, required=required), file


def _store(options: argparse.Namespace, settings: Config) -> Store:
    """Return the job file's store, loaded."""
    named = options.jobs or settings.jobs.file
    try:
        path = Path(named).expanduser() if named else _state_folder() / "jobs.toml"
    except RuntimeError as error:
        raise UsageError(f"{plain(str(named))}: there is no such home folder") from error
    store = Store(path)
    store.load()
    return store


def _prices(settings: Config) -> Mapping[str, Price]:
    found = {kind: settings.price.of(kind) for kind in ENDPOINTS}
    return {kind: price for kind, price in found.items() if price is not None}


def _state_folder() -> Path:
    return platformdirs.user_state_path(_APP)


def _now() -> datetime:
    """Return the time of day, to the second, which is all that anybody reads."""
    return datetime.now(UTC).replace(microsecond=0)


def _require_terminal() -> None:
    """Refuse to open the app where it could only paint into a pipe and never end."""
    if not all(stream and stream.isatty() for stream in (sys.stdin, sys.stdout)):
        words = "the app needs a terminal on standard input and output; try list, or list --json"
        raise UsageError(words)
    if not (sys.stderr and sys.stderr.isatty()):
        raise UsageError("the app draws on standard error, which is no terminal here")


@asynccontextmanager
async def _connect(
    url: str, key: str, within: float, concurrency: int, *, through_proxies: bool = True
) -> AsyncIterator[Mapping[str, Gateway]]:
    # To load HTTP takes longer than a frame, so it is done in a thread after the first paint.
    client = await asyncio.to_thread(importlib.import_module, "kling_tui.gateways.client")
    async with client.connect(
        url, key, within, concurrency, through_proxies=through_proxies
    ) as gateways:
        yield gateways


def _log_to(file: Path) -> None:
    """Keep a log of what polls found and of their faults."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handler = RotatingFileHandler(file, maxBytes=_LOG_BYTES, backupCount=2, delay=True)
        file.touch(mode=0o600)
    except OSError:
        return  # a log that cannot be written must not keep the app from opening
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log = logging.getLogger("kling_tui")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
