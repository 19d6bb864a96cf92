"""Meetings become calendars that independent programs read right, whatever the zone, the season and the name."""

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from icalendar import Calendar

from mentorly.calendars.answers import CalendarEvent
from mentorly.calendars.invitation import DueDay, Meeting, feed, stamp_after
from mentorly.calendars.reading import read
from mentorly.emails.message import compose
from tests.calendars.meetings import FIRST, PLACES, STEPS, invitations
from tests.conftest import skip
from tests.emails.test_message import LETTER

GOLDEN = Path(__file__).parent / "golden"
JUDGED = GOLDEN / "judged.json"
TORONTO = next(invitations(PLACES["toronto"]))
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2037, 1, 1)).map(lambda one: one.replace(tzinfo=UTC))  # noqa: DTZ001


def golden() -> Iterator[tuple[str, bytes]]:
    """Every golden calendar as it is written today: its file's name and its bytes."""
    for city, place in PLACES.items():
        for step, invitation in zip(STEPS, invitations(place), strict=True):
            yield f"{city}.{step}.ics", invitation.as_bytes()
    firsts = {city: next(invitations(place)).meeting for city, place in PLACES.items()}
    meetings = [replace(meeting, uid=f"{city}@mentorly.example.org") for city, meeting in firsts.items()]
    due = DueDay("task-2@mentorly.example.org", 1, FIRST, "Task 2 is due", date(2027, 3, 5), "The mail has a button.")
    yield "feed.ics", feed("Mentoring, Bob", [*meetings, due])
    mail = replace(LETTER, reply_to=TORONTO.organizer, recipient=TORONTO.attendee, invitation=TORONTO)
    yield "mail.eml", compose(mail)


CALENDARS = dict(golden())


def before(name: str) -> str:
    """The golden calendar that one follows; '' if it is the first."""
    city, step, *_ = name.split(".")
    return f"{city}.{STEPS[STEPS.index(step) - 1]}.ics" if step in STEPS[1:] else ""


@pytest.mark.parametrize("name", CALENDARS)
def test_a_calendar_reads_as_its_golden_file(name: str) -> None:
    path = GOLDEN / name
    is_new = not path.exists()
    if is_new or os.environ.get("GOLDEN") == "write":
        path.write_bytes(CALENDARS[name])
    if is_new:
        skip(f"{path.name} was not there and is written now", "look at it, judge it with make judge, and commit it")
    assert path.read_bytes() == CALENDARS[name], f"{path.name} reads otherwise now: write it with GOLDEN=write"


def test_there_is_no_golden_calendar_too_many() -> None:
    assert {path.name for path in GOLDEN.iterdir()} <= {*CALENDARS, JUDGED.name}


@pytest.mark.parametrize("name", CALENDARS)
def test_a_golden_calendar_passes_the_independent_judge(name: str, mail_judges: Path | None) -> None:
    known = json.loads(JUDGED.read_text("utf-8")) if JUDGED.exists() else {}
    if known.get(name, {}).get("sha256") == mark(name):
        assert known[name]["errors"] == []
        return
    if mail_judges is None:
        skip(f"{name} changed since it was judged", "set MAIL_JUDGES to the folder of check_ics to judge it")
    assert judge(name, mail_judges) == []


def mark(name: str) -> str:
    """What tells the golden calendar, and the one it follows, from all others."""
    return hashlib.sha256(CALENDARS[name] + CALENDARS.get(before(name), b"")).hexdigest()


def judge(name: str, judges: Path) -> list[str]:
    """What check_ics calls an error in a golden calendar, as the one that follows the one before."""
    return judged(judges, GOLDEN / name, GOLDEN / before(name) if before(name) else None)


def judged(judges: Path, path: Path, follows: Path | None = None) -> list[str]:
    """What check_ics calls an error in a calendar, as the one that follows another."""
    more = ["--prev", str(follows)] if follows else []
    command = [str(judges / "check_ics"), "--json", *more, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout, done.stderr
    verdict = json.loads(done.stdout)[str(path)]
    assert not [words for level, _, words in verdict if level == "SKIP"], "a judge is missing"
    return [f"{judge}: {words}" for level, judge, words in verdict if level == "ERROR"]


# What each calendar has to hold


WITH_BUTTONS = "CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE"


def lines(calendar: bytes) -> list[str]:
    return calendar.replace(b"\r\n ", b"").decode("utf-8").split("\r\n")


def test_an_invitation_holds_what_clients_need_for_their_buttons() -> None:
    told = lines(TORONTO.as_bytes())
    for line in (
        "METHOD:REQUEST",
        "SEQUENCE:0",
        "DTSTAMP:20270222T150000Z",
        "DTSTART;TZID=America/Toronto:20270313T150000",
        "DTEND;TZID=America/Toronto:20270313T161500",
        "STATUS:CONFIRMED",
        "ORGANIZER;CN=Mentorly:mailto:m.7xq4mn@in.mentorly.example.org",
        f"ATTENDEE;CN=Bob Tremblay;{WITH_BUTTONS}:mailto:someone@example.org",
        "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU",
    ):
        assert line in told
    assert sum(line.startswith("BEGIN:VCALENDAR") for line in told) == 1


def test_a_cancellation_says_so_twice_and_keeps_the_rest() -> None:
    first, _, off = invitations(PLACES["toronto"])
    told = lines(off.as_bytes())
    assert {"METHOD:CANCEL", "STATUS:CANCELLED", "SEQUENCE:2"} <= set(told)
    kept = ("UID", "ORGANIZER", "ATTENDEE")
    assert [line for line in told if line.startswith(kept)] == [
        line for line in lines(first.as_bytes()) if line.startswith(kept)
    ]


@pytest.mark.parametrize("city", ["cairo"])
def test_a_zone_without_a_yearly_rule_is_said_in_utc(city: str) -> None:
    told = lines(next(invitations(PLACES[city])).as_bytes())
    assert "DTSTART:20270428T090000Z" in told
    assert not [line for line in told if "VTIMEZONE" in line]


def test_the_month_in_which_morocco_goes_another_way_is_said_in_utc() -> None:
    in_ramadan, after, _ = invitations(PLACES["casablanca"])
    assert "DTSTART:20270209T090000Z" in lines(in_ramadan.as_bytes())
    assert "DTSTART;TZID=Africa/Casablanca:20270322T100000" in lines(after.as_bytes())


def test_a_feed_asks_nobody_and_has_the_uids_of_the_invitations() -> None:
    told = lines(feed("Mentoring", [TORONTO.meeting, TORONTO.meeting.changed(FIRST, is_cancelled=True)]))
    assert not [line for line in told if line.startswith(("METHOD", "ORGANIZER", "ATTENDEE"))]
    assert told.count(f"UID:{TORONTO.meeting.uid}") == 2
    assert sum(line == "BEGIN:VTIMEZONE" for line in told) == 1


def test_nothing_is_left_empty() -> None:
    bare = replace(TORONTO, meeting=replace(TORONTO.meeting, description="", place="", link=""), attendee_name="^")
    told = lines(bare.as_bytes())
    assert not [line for line in told if line.endswith((":", "="))][:-1]
    assert "ATTENDEE;CUTYPE" in "\n".join(told)
    assert not [line for line in told if line.startswith(("LOCATION", "DESCRIPTION"))]


@pytest.mark.parametrize("address", ["", "bob", "a b@example.org", "bob@example.org\r\nX:y", "é@example.org", "<a@b>"])
@pytest.mark.parametrize("role", ["organizer", "attendee"])
def test_what_is_no_address_is_refused(role: str, address: str) -> None:
    with pytest.raises(ValueError, match="one address"):
        replace(TORONTO, **{role: address}).as_bytes()


def test_nothing_that_people_typed_shows_in_a_trace() -> None:
    assert "Mentoring" not in repr((TORONTO, TORONTO.meeting))
    assert "someone" not in repr(TORONTO)


def test_the_same_value_is_the_same_bytes() -> None:
    assert TORONTO.as_bytes() == replace(TORONTO, meeting=replace(TORONTO.meeting)).as_bytes()


# Whatever people write


WORDS = st.text(max_size=200)


@given(WORDS, WORDS, WORDS)
@example("a;b,c\\n:d", 'Doe, Jane: "J"; ^n', "\r\nATTENDEE:mailto:eve@example.org")
@example("é" * 80, "漢" * 80, "\U0001f600" * 50)
@example("\ud83d", "\x00\x07\x1b", "\u2028\u0085")
def test_what_people_write_stays_in_its_line(summary: str, name: str, description: str) -> None:
    meeting = replace(TORONTO.meeting, summary=summary, description=description, place="", link="")
    raw = replace(TORONTO, meeting=meeting, attendee_name=name).as_bytes()
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
    assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|(?<!\r)\n|\r(?!\n)", raw)
    raw.decode("utf-8")
    assert [line.partition(":")[0].partition(";")[0] for line in lines(raw)].count("ATTENDEE") == 1
    event = Calendar.from_ical(raw).walk("VEVENT")[0]
    assert str(event["SUMMARY"]) == clean(summary)
    assert str(event.get("DESCRIPTION", "")) == clean(description)


def clean(words: str) -> str:
    """Words as a calendar can hold them: without controls, line ends alike."""
    whole = words.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode("utf-8")
    return re.sub("[\x00-\x08\x0b-\x1f\x7f]", "", whole)


@given(MOMENTS, st.integers(1, 600), st.sampled_from(sorted(place.zone for place in PLACES.values())))
def test_our_own_reader_finds_the_instants_that_were_written(start: datetime, minutes: int, zone: str) -> None:
    start = start.replace(microsecond=0)
    meeting = replace(TORONTO.meeting, start=start, length=timedelta(minutes=minutes), zone=zone)
    event = read(replace(TORONTO, meeting=meeting).as_bytes())
    assert isinstance(event, CalendarEvent)
    assert (event.start, event.end) == (start, start + timedelta(minutes=minutes))


# Sequences of changes


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["start", "length", "place", "summary", "is_cancelled"]),
        st.datetimes(datetime(2027, 3, 1), datetime(2027, 3, 1, 0, 0, 5)),  # noqa: DTZ001
    ),
    max_size=12,
)


@given(EDITS)
def test_every_change_is_newer_than_the_one_before_whatever_the_clock_shows(edits: list[tuple[str, datetime]]) -> None:
    meeting, seen = TORONTO.meeting, [(TORONTO.meeting.sequence, TORONTO.meeting.stamp)]
    for number, (edit, now) in enumerate(edits):
        meeting = edited(meeting, edit, number, now.replace(tzinfo=UTC))
        seen.append((meeting.sequence, meeting.stamp))
    assert all(one[0] < other[0] and one[1] < other[1] for one, other in pairwise(seen))
    assert all(stamp.microsecond == 0 for _, stamp in seen)
    assert meeting.uid == TORONTO.meeting.uid


def edited(meeting: Meeting, edit: str, number: int, now: datetime) -> Meeting:
    """A meeting after one of the changes that there are."""
    changes: dict[str, object] = {
        "start": meeting.start + timedelta(hours=number + 1),
        "length": timedelta(minutes=45 + number),
        "place": f"Room {number}",
        "summary": f"Mentoring meeting {number}",
        "is_cancelled": True,
    }
    return meeting.changed(now, **{edit: changes[edit]})


def test_a_stamp_is_the_moment_of_the_change_where_the_clock_goes_on() -> None:
    later = FIRST + timedelta(hours=1, microseconds=5)
    assert stamp_after(FIRST, later) == FIRST + timedelta(hours=1)
    assert stamp_after(FIRST, FIRST - timedelta(days=1)) == FIRST + timedelta(seconds=1)
