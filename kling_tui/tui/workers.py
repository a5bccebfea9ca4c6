"""Starts coroutine functions as workers."""

from collections.abc import Callable, Coroutine
from typing import Any, cast

from textual.dom import DOMNode
from textual.worker import Worker


def start_worker(
    node: DOMNode, work: Callable[[], Coroutine[Any, Any, None]], *, group: str = ""
) -> Worker[None]:
    """Run `work` as a worker of `node`; cancel the other workers of its `group`, if it has one.

    `DOMNode.run_worker` also takes a coroutine, but Python prints a warning about one that never
    began, as when the app quits at the same moment.
    """
    return node.run_worker(
        cast(Callable[[], Coroutine[None, None, None]], work),
        group=group or "default",
        exclusive=bool(group),
    )
