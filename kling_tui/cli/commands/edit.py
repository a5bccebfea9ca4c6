"""``edit``: changes the label or the price of tracked jobs."""

import argparse

from msgspec.structs import replace

from kling_tui.cli import bootstrap
from kling_tui.cli.completers import set_id_completer, set_label_completer
from kling_tui.cli.exit_status import UsageError
from kling_tui.cli.piped import expand_ids
from kling_tui.config.validators import USD
from kling_tui.gateways.job_ids import clean_label
from kling_tui.jobs import Job, Price

_EXAMPLES = """examples:
  kling-tui edit CjI17WevH1IAAAAAAHmgsw --label "campaign/shot 3"
  kling-tui edit CjI17WevH1IAAAAAAHmgsw --price 0.35
"""


def define(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.epilog = _EXAMPLES
    ids = parser.add_argument(
        "ids", nargs="+", metavar="ID", help="tracked job; - reads ids from standard input"
    )
    set_id_completer(ids)
    label = parser.add_argument("--label", metavar="TEXT", help='set the label; "" removes it')
    set_label_completer(label)
    parser.add_argument(
        "--price",
        type=_price,
        metavar="USD",
        help="set what each of the jobs costs, in US dollars, also after its end",
    )


def run(options: argparse.Namespace) -> int:
    """Change tracked jobs."""
    if options.label is None and options.price is None:
        raise UsageError("edit: nothing to change; give --label or --price")
    ids = expand_ids(options.ids)
    settings, _ = bootstrap.load_settings(options)
    store = bootstrap.open_store(options, settings)
    untracked = [job_id for job_id in ids if job_id not in store.jobs]
    jobs = [store.jobs[job_id] for job_id in ids if job_id in store.jobs]
    store.put(*(_edited(job, options) for job in jobs))
    store.save()
    return bootstrap.report_untracked(untracked)


def _edited(job: Job, options: argparse.Namespace) -> Job:
    label = job.label if options.label is None else clean_label(options.label)
    return replace(job, label=label, price=options.price or job.price)


def _price(value: str) -> Price:
    if not USD.is_valid(value):
        raise argparse.ArgumentTypeError(f"{value!r} is no price; expected {USD.expected}")
    return Price(USD(value))
