"""One meeting in seven zones, invited to, moved over a change of the clocks, and called off; names in many scripts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mentorly.calendars.invitation import Invitation, Meeting

FIRST = datetime(2027, 2, 22, 15, 0, tzinfo=UTC)
STEPS = ("invitation", "moved", "cancelled")


@dataclass(frozen=True)
class Place:
    """Where somebody is invited. start, moved: before and after the clocks change there, if they ever do."""

    zone: str
    name: str
    start: datetime
    moved: datetime


def _at(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=UTC)  # type: ignore[arg-type,misc]


PLACES = {
    "toronto": Place("America/Toronto", "Bob Tremblay", _at(2027, 3, 13, 20, 0), _at(2027, 3, 15, 20, 0)),
    "paris": Place("Europe/Paris", 'Élodie "Lo" de l’Île', _at(2027, 10, 30, 14, 30), _at(2027, 11, 1, 14, 30)),
    "st-johns": Place("America/St_Johns", "O'Brien, M.: PhD; P.Eng.", _at(2027, 3, 13, 18, 0), _at(2027, 3, 15, 18, 0)),
    "kolkata": Place("Asia/Kolkata", "अनिल कुमार", _at(2027, 3, 2, 10, 0), _at(2027, 3, 3, 10, 0)),
    "auckland": Place("Pacific/Auckland", "Aroha Ngāta", _at(2027, 4, 2, 21, 0), _at(2027, 4, 5, 21, 0)),
    "cairo": Place("Africa/Cairo", "أحمد محمود", _at(2027, 4, 28, 9, 0), _at(2027, 5, 3, 9, 0)),
    "casablanca": Place("Africa/Casablanca", "ⵎⵓⵃⴰ", _at(2027, 2, 9, 9, 0), _at(2027, 3, 22, 9, 0)),
}


def invitations(place: Place) -> Iterator[Invitation]:
    """What the calendar of one person is told, step by step."""
    meeting = Meeting(
        uid="5f0c2a61-meeting@mentorly.example.org",
        sequence=0,
        stamp=FIRST,
        summary="Mentoring meeting",
        start=place.start,
        length=timedelta(minutes=75),
        zone=place.zone,
        description="Answer with the buttons of your calendar,\nor reply to this mail: yes; no; or other times.",
        place="Boréal Robotique, 3rd floor",
        link="https://meet.example.org/abc?d=1,2",
    )
    later = meeting.changed(FIRST + timedelta(days=1), start=place.moved)
    off = later.changed(FIRST + timedelta(days=2), is_cancelled=True)
    for one in (meeting, later, off):
        yield Invitation(one, "m.7xq4mn@in.mentorly.example.org", "Mentorly", "someone@example.org", place.name)
