"""Lanes: how a kind of mail travels to a reader, and the first moment at which it may go (rules A3, A4)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import NamedTuple

from mentorly.clock import Rhythm
from mentorly.emails.email import LANES, NOW, WEEKLY, Email
from mentorly.timing import Timing

# What the clock starts, and not an act: their numbers in an envelope.
CLOCK_LANES = tuple(number for number, lane in enumerate(LANES) if lane is not NOW)


class Stretch(NamedTuple):
    """The moments in (low, high], whose mails travel in one lane and may go at send_at; None: each at its moment."""

    low: datetime
    high: datetime
    send_at: datetime | None
    lane: int


def way(kind: Email, moment: datetime, rhythm: Rhythm, *, weekly: bool, since: datetime) -> tuple[int, datetime]:
    """The lane of a mail about a moment, and the first moment at which it may go.

    weekly: whether the reader chose one mail a week for what is not urgent. since: when the post office first knew of
    it; a mail that comes before something, and whose week had begun by then, goes on its own morning instead.
    """
    if weekly and kind.may_wait:
        week = _weekly(kind.timing).send_at(moment, rhythm)
        if not (kind.comes_before and week <= since):
            return LANES.index(WEEKLY), week
    return LANES.index(kind.lane), kind.timing.send_at(moment, rhythm)


def stretches(
    kind: Email, low: datetime, high: datetime, rhythm: Rhythm, *, weekly: bool, since: datetime
) -> Iterator[Stretch]:
    """way() over the moments in (low, high], as contiguous pieces."""
    if not (weekly and kind.may_wait):
        yield from _stretches(kind.timing, low, high, rhythm)
        return
    for week in _stretches(_weekly(kind.timing), low, high, rhythm):
        if kind.comes_before and week.send_at is not None and week.send_at <= since:
            yield from _stretches(kind.timing, week.low, week.high, rhythm)
        else:
            yield week


def horizon(kind: Email, now: datetime) -> datetime:
    """The latest moment whose mail, to any reader, can go at or before now."""
    return _weekly(kind.timing).horizon(now) if kind.may_wait else kind.timing.horizon(now)


def ages_from(kind: Email, moment: datetime, rhythm: Rhythm, send_at: datetime) -> datetime:
    """From when on a mail grows old: the moment at which it could go, or its own morning, if that is later."""
    return max(send_at, kind.timing.send_at(moment, rhythm))


def _stretches(timing: Timing, low: datetime, high: datetime, rhythm: Rhythm) -> Iterator[Stretch]:
    return (Stretch(*piece, LANES.index(timing.lane)) for piece in timing.segments(low, high, rhythm))


@cache
def _weekly(timing: Timing) -> Timing:
    return replace(timing, lane=WEEKLY)
