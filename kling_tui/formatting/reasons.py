"""Formats why jobs failed: the name of the reason, what it means, and whether to retry."""

from collections import Counter
from typing import NamedTuple

from kling_tui.failures import Reason, classify, failure_reason
from kling_tui.jobs import Job

_MAX_COUNTED = 3
"""Reasons that are counted one by one."""


class _Explanation(NamedTuple):
    meaning: str
    retry: str
    """Whether it is worthwhile to submit the job again."""


_EXPLANATIONS = {
    Reason.MODERATION: _Explanation(
        "the content filter rejected the prompt or an image",
        "only with another prompt or image",
    ),
    Reason.IMAGE_SIZE: _Explanation(
        "an image is too small or too large (Kling: at least 300 px on each side, at most 10 MB)",
        "only with another image",
    ),
    Reason.IMAGE_RATIO: _Explanation(
        "an image is too wide or too tall (Kling: from 1:2.5 to 2.5:1)",
        "only with a cropped image",
    ),
    Reason.IMAGE_FORMAT: _Explanation(
        "an image could not be read (Kling: JPEG or PNG)",
        "only with a converted image",
    ),
    Reason.IMAGE_URL: _Explanation(
        "an image could not be fetched from its URL",
        "after checking that the URL opens without a login",
    ),
    Reason.OUT_OF_CREDIT: _Explanation(
        "the account has no credit left", "after adding credit, unchanged"
    ),
    Reason.RATE_LIMIT: _Explanation(
        "too many requests or jobs at the same time", "later, unchanged"
    ),
    Reason.INVALID_PARAMETER: _Explanation(
        "the model does not accept a parameter of the request",
        "only with the parameter corrected",
    ),
    Reason.SERVER_ERROR: _Explanation(
        "the gateway or the model failed or took too long", "yes, unchanged"
    ),
    Reason.KEY_REJECTED: _Explanation(
        "the API key was rejected", "after correcting the key, unchanged"
    ),
    Reason.NO_ACCESS: _Explanation(
        "the account has no access to the model, or not from this address",
        "only after access was granted",
    ),
    Reason.CANCELLED: _Explanation("the job was cancelled", "if it is still wanted, unchanged"),
}
"""Of all reasons but OTHER. The limits are those of the model maker's API."""


def name(reason: Reason) -> str:
    """Return the name of a reason: ``image size``."""
    return reason.replace("_", " ").replace("url", "URL")


def explanation(job: Job) -> str:
    """Return in one line why a job failed and whether to retry; "" if that is not known."""
    known = _EXPLANATIONS.get(failure_reason(job) or Reason.OTHER)
    return f"{known.meaning}. Retry: {known.retry}" if known else ""


def poll_explanation(job: Job) -> str:
    """Return in one line why the last poll failed; "" if it has not, or that is not known."""
    known = _EXPLANATIONS.get(classify(None, job.problem))
    return f"{known.meaning}. The job itself is not affected" if known else ""


def failure_parts(job: Job) -> tuple[str, str]:
    """Return the name of the reason why a job failed, and the gateway's message after it.

    The name is empty if the reason is not known, or the message begins with it.
    """
    reason = failure_reason(job) or Reason.OTHER
    message = job.message or ""
    if reason is Reason.OTHER:
        return "", message or "no reason given"
    known = name(reason)
    return ("", message) if message.lower().startswith(known.lower()) else (known, message)


def failure(job: Job) -> str:
    """Return why a job failed: ``moderation: Failure to pass the risk control system``."""
    return ": ".join(filter(None, failure_parts(job)))


def counts(failures: Counter[Reason]) -> str:
    """Return the most frequent reasons with their numbers: ``2 moderation, 1 image size``.

    All beyond the first three, and those that are not known, are one number of others.
    """
    known = [(reason, number) for reason, number in failures.items() if reason is not Reason.OTHER]
    first = sorted(known, key=lambda pair: (-pair[1], pair[0]))[:_MAX_COUNTED]
    first = [(reason, number) for reason, number in first if number > 0]
    others = failures.total() - sum(number for _, number in first)
    parts = [f"{number:,} {name(reason)}" for reason, number in first]
    return ", ".join([*parts, *([f"{others:,} other"] if others else [])]) if parts else ""
