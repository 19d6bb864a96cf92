"""The occasions on which an instrument is asked, and when it opens on each (rules A1)."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mentorly.mentoring.instruments import Instrument, Opening
from mentorly.mentoring.programs import months_later
from mentorly.mentoring.relationships import Relationship


def opens_at(together: Relationship, instrument: Instrument, occasion: str, person_id: int) -> datetime | None:
    """When an instrument opens for one of a relationship; None: not known yet."""
    opening, _, months = occasion.partition(" ")
    zone = ZoneInfo(together.program.timezone)
    match Opening(opening):
        case Opening.MATCH:
            joined = [member.joined_at for member in together.present if member.person_id == person_id]
            return max(joined, default=together.began_at) + timedelta(days=instrument.days)
        case Opening.MIDWAY:
            day = together.midway_on
        case Opening.END:
            day = together.ends_on
        case Opening.ENDED:
            ended = together.day(together.ended_at) if together.ended_at else together.ends_on
            day = months_later(ended, int(months.partition(" ")[0] or 0))
        case _:
            return None
    return midnight(day + timedelta(days=instrument.days), zone)


def occasions(instrument: Instrument) -> Iterator[str]:
    """What names each of the times at which an instrument is asked."""
    for opening in instrument.opens:
        if opening is Opening.ENDED:
            yield from (f"{opening} {months}" for months in instrument.months)
        elif opening is not Opening.OWN:
            yield str(opening)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The beginning of a day."""
    return datetime.combine(day, time(), zone)
