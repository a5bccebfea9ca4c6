"""The request for a message, as each service documents it.

ntfy: https://docs.ntfy.sh/publish/#publish-as-json
Slack: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
Discord: https://docs.discord.com/developers/resources/webhook#execute-webhook
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from msgspec import Struct

from kling_tui.formatting.output import job_as_json
from kling_tui.notifications.messages import MAX_LISTED, Message

_NTFY_LIMIT = 4000
"""Bytes of a message; ntfy makes longer ones than 4,096 an attachment."""
_SLACK_LIMIT = 3900
"""Characters; Slack recommends at most 4,000."""
_DISCORD_LIMIT = 1950
"""Characters; Discord rejects more than 2,000."""
_DISCORD_SUPPRESS_EMBEDS = 4
"""The flag for a message without previews of its links."""
_DISCORD_MARKUP = re.compile(r"([\\*_~`|<\[\]])")
_JSON_FIELDS = ("id", "kind", "label", "profile", "status", "message", "cost_usd", "ended_at")


class Post(Struct, frozen=True):
    """A POST request with a JSON body."""

    url: str
    body: bytes
    headers: Mapping[str, str] = {}

    def __repr__(self) -> str:
        """Return nothing of it: the URL is a secret."""
        return "Post(…)"


def _ntfy(message: Message, url: str) -> Post:
    """Return a request to the server's root: only there does ntfy read JSON."""
    parts = urlsplit(url)
    folder, _, topic = parts.path.rstrip("/").rpartition("/")
    value = {
        "topic": topic,
        "title": message.title,
        "message": "\n".join(_lines(message, _NTFY_LIMIT, size=lambda line: len(line.encode()))),
        "tags": [_tag(message)],
        # From version 2.16 on, a message replaces the one before it with the same id.
        "sequence_id": f"kling-tui-{message.key}",
    }
    return _post(urlunsplit(parts._replace(path=f"{folder}/")), value)


def _tag(message: Message) -> str:
    """Return the name of the emoji of a message."""
    if message.warning:
        return "warning"
    return "x" if message.failed else "white_check_mark"


def _slack(message: Message, url: str) -> Post:
    lines = _lines(message, _SLACK_LIMIT, _escape_slack, titled=True)
    value = {
        "text": "\n".join(lines),
        "mrkdwn": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }
    return _post(url, value)


def _discord(message: Message, url: str) -> Post:
    lines = _lines(message, _DISCORD_LIMIT, _escape_discord, titled=True)
    value = {
        "content": "\n".join(lines),
        "allowed_mentions": {"parse": []},  # no label can call all members of a channel
        "flags": _DISCORD_SUPPRESS_EMBEDS,
    }
    return _post(url, value)


def _json(message: Message, url: str) -> Post:
    jobs = []
    for job, entry in zip(message.jobs, message.entries, strict=False):
        values: Mapping[str, Any] = {**job_as_json(job)}
        jobs.append({name: values[name] for name in _JSON_FIELDS} | {"links": list(entry.links)})
    value = {
        "id": message.key,
        "title": message.title,
        "message": "\n".join(entry.text for entry in message.entries),
        "jobs": jobs,
    }
    return _post(url, value, {"Idempotency-Key": message.key})


FORMATS: Mapping[str, Callable[[Message, str], Post]] = {
    "ntfy": _ntfy,
    "slack": _slack,
    "discord": _discord,
    "json": _json,
}
"""How to make the request for a message to a URL, by the name in the config."""


def _post(url: str, value: Mapping[str, Any], headers: Mapping[str, str] = {}) -> Post:
    return Post(url, json.dumps(value, ensure_ascii=False).encode(), headers)


def _lines(
    message: Message,
    limit: int,
    escape: Callable[[str], str] = str,
    size: Callable[[str], int] = len,
    *,
    titled: bool = False,
) -> list[str]:
    """Return the lines of a message, shortened so that all fit; links only if they do.

    `escape` makes a text plain for the service; `titled`: with the title above several jobs.
    """
    lines = [escape(message.title)] if titled and len(message.entries) > 1 else []
    listed, more = message.entries[:MAX_LISTED], len(message.entries) - MAX_LISTED
    rest = [f"and {more} more"] if more > 0 else []
    limit -= sum(size(line) + 1 for line in (*lines, *rest))
    share = limit // len(listed) - 1
    for entry in listed:
        line = _shortened(entry.text, share, lambda text: size(escape(text)))
        lines.append(escape(line))
        left = share - size(lines[-1])
        for link in entry.links:
            if size(escape(link)) < left:
                lines.append(escape(link))
                left -= size(lines[-1]) + 1
    return lines + rest


def _shortened(line: str, limit: int, size: Callable[[str], int]) -> str:
    """Return a line of at most some size, with an ellipsis if it is cut."""
    if size(line) <= limit:
        return line
    length = limit
    while size(f"{line[:length]}…") > limit:
        length -= 1
    return f"{line[:length].rstrip()}…"


def _escape_slack(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _escape_discord(text: str) -> str:
    return text if text.startswith("https://") else _DISCORD_MARKUP.sub(r"\\\1", text)
