"""Why a mail waits, as an administrator is told (rules A3, A4)."""

from datetime import datetime
from enum import StrEnum

from mentorly.clock import NINE, Rhythm, WorkingDays
from mentorly.emails.email import LANES, NOW, WEEKLY, Email
from mentorly.emails.envelope import Envelope, State
from mentorly.emails.lanes import way

EVERY_DAY = WorkingDays(frozenset(range(7)))


class Wait(StrEnum):
    """What a mail waits for."""

    ONE_A_DAY = "one mail a day"
    WEEKLY = "weekly"
    QUIET = "quiet hours"
    DAY_OFF = "a day off"
    MORNING = "the morning"
    SERVER = "the mail server"


def why_it_waits(kind: Email, envelope: Envelope, now: datetime) -> Wait | None:
    """What an envelope waits for; None if it does not wait, or could go at once. Raises LookupError, ValueError."""
    until = envelope.ready_at
    if envelope.state != State.WAITING or until is None or until <= now:
        return None
    if envelope.tries or envelope.doubts:
        return Wait.SERVER
    if LANES[envelope.lane] is NOW:
        return Wait.QUIET
    return _of_the_clock(kind, envelope, until)


def _of_the_clock(kind: Email, envelope: Envelope, until: datetime) -> Wait:
    reader = envelope.reader
    rhythm = reader.rhythm
    _, own = way(kind, envelope.moment, rhythm, weekly=reader.weekly, since=envelope.collected_at)
    if until > own:
        return Wait.ONE_A_DAY if rhythm.last_morning(until) == until else Wait.QUIET
    if LANES[envelope.lane] is WEEKLY:
        return Wait.WEEKLY
    if not kind.comes_before and kind.timing.send_at(envelope.moment, _on_every_day(rhythm)) < until:
        return Wait.DAY_OFF
    return Wait.QUIET if rhythm.quiet and rhythm.quiet.covers(NINE) else Wait.MORNING


def _on_every_day(rhythm: Rhythm) -> Rhythm:
    return Rhythm(rhythm.zone, EVERY_DAY, rhythm.quiet)
