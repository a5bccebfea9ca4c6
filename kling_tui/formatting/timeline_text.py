"""The timeline in words: how long a job took, what is usual, and whether the gateway was slow."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from kling_tui.formatting import text
from kling_tui.formatting.spans import Span
from kling_tui.jobs import Job
from kling_tui.storage.incidents import Incident
from kling_tui.timeline.comparison import Others, Verdict, verdict
from kling_tui.timeline.phases import JobPhases, Phase, seconds_unpolled

_MAX_INCIDENTS = 2
"""Incidents that are described; of more, the longest."""
_PHASE_WORDS = {
    Phase.UNSEEN: "not polled",
    Phase.QUEUED: "queued",
    Phase.RUNNING: "running",
}
_MINUTE = 60
_SHORT = "<1 min"


def times(job: Job, phases: JobPhases, typical: float | None) -> list[Span]:
    """Return how long a job took, by phase, and how long its kind usually takes."""
    ended = job.ended
    if ended and not phases.seconds:
        spans: list[Span] = [("its duration is not known", "muted")]
    elif not ended and phases.seconds < _MINUTE:
        spans = [("started less than a minute ago", "plain")]
    elif {span.phase for span in phases.spans} == {Phase.UNSEEN}:
        verb = "took" if ended else "tracked for"
        spans = [(f"{verb} {length(phases.seconds, ended=ended)}", "plain")]
    else:
        parts = [
            f"{words} {length(seconds, ended=ended)}"
            for phase, words in _PHASE_WORDS.items()
            if (seconds := phases.seconds_in(phase))
        ]
        spans = [(", ".join(parts), "plain")]
    if typical is None:
        usual = f"what is typical of {job.kind} is not known yet"
    else:
        usual = f"typical of {job.kind} {text.clock(typical)}"
    return [*spans, (f"  ·  {usual}", "muted")]


def length(seconds: float, *, ended: bool) -> str:
    """Return a duration; that of a live job in minutes, so that it changes rarely."""
    if ended:
        return text.clock(seconds)
    return text.duration(seconds) if seconds >= _MINUTE else _SHORT


def ratio(value: float) -> str:
    """Return a multiple of the typical duration: ``1.9×``; "" for 0."""
    if not value:
        return ""
    if value < 0.1:
        return "<0.1×"
    return f"{value:.1f}×" if value < 10 else f"{value:.0f}×" if value < 1000 else "≥1000×"


def explanation(
    job: Job,
    phases: JobPhases,
    typical: float | None,
    others: Others | None,
    incidents: Sequence[Incident],
    now: datetime,
) -> list[Span]:
    """Return whether the gateway was slow or the job, and when the job could not be polled."""
    unpolled = seconds_unpolled(incidents, phases.start, phases.end)
    if job.is_new:
        unpolled = phases.seconds
    found = verdict(phases.seconds, typical, others, ended=job.ended, unpolled=unpolled)
    sentences: list[Span] = []
    comparison = _comparison(job, others)
    match found:
        case Verdict.USUAL:
            so_far = "" if job.ended else " so far"
            sentences.append((f"As usual{so_far}{comparison}.", "plain"))
        case Verdict.GATEWAY_SLOW:
            sentences.append((f"The gateway was slow{comparison}.", "problem"))
        case Verdict.JOB_SLOW:
            sentences.append((f"Only this job was slow{comparison}.", "problem"))
        case Verdict.NOT_POLLED:
            sentences.append(("Not known: its polls failed for part of that time.", "problem"))
        case Verdict.NO_OTHERS:
            reason = f"Slow, but no other {job.kind} finished around then to compare it with."
            sentences.append((reason, "problem"))
        case Verdict.UNKNOWN:
            pass
    longest = sorted(incidents, key=lambda each: each.start - each.end)[:_MAX_INCIDENTS]
    in_order = sorted(longest, key=lambda each: each.start)
    words = dict.fromkeys(incident_words(incident, now) for incident in in_order)
    sentences += [(each, "failed") for each in words]
    if more := len(incidents) - len(longest):
        sentences.append((f"{text.count(more, 'more incident')}.", "failed"))
    return [
        (f" {words}" if index else words, style) for index, (words, style) in enumerate(sentences)
    ]


def _comparison(job: Job, others: Others | None) -> str:
    if others is None:
        return ""
    subject = f"{others.count:,} other {job.kind}" if others.count > 1 else f"another {job.kind}"
    return f": {subject} around then took {ratio(others.ratio)} typical"


def incident_words(incident: Incident, now: datetime) -> str:
    """Return when polls failed, for how long and why."""
    start, _ = text.short_time(incident.start, now)
    when = start if ":" in start else f"{start} {incident.start.astimezone():%H:%M}"
    lasted = incident.end - incident.start
    cause = f"Gateway {incident.cause}" if incident.outage else f"Polls failed ({incident.cause})"
    if lasted < timedelta(minutes=1):
        return f"{cause} {'at ' if when[0].isdigit() else ''}{when}."
    until = f"{incident.end.astimezone():%H:%M}, {text.duration(lasted.total_seconds())}"
    return f"{cause} {when}–{until}."
