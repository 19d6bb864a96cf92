"""What calendars of all kinds send is read the same way by which it was meant, or refused with a sentence."""

import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from icalendar.timezone import tzp

from mentorly.calendars.answers import CalendarAnswer, CalendarEvent, Occurrence
from mentorly.calendars.reading import read
from mentorly.calendars.received_lines import LARGEST, NoEvent, Unreadable
from tests.calendars.meetings import PLACES, invitations
from tests.conftest import outside
from tests.emails.received import tell

UID = "5f0c2a61-meeting@mentorly.example.org"
FAR = datetime(2040, 1, 1, tzinfo=UTC)


def calendar(*event: str, method: str = "REQUEST", before: str = "", name: str = "VEVENT") -> bytes:
    """A calendar of one event of these lines. before: what stands before the event, such as a zone."""
    head = f"BEGIN:VCALENDAR\nVERSION:2.0\n{f'METHOD:{method}' if method else 'X-NO:1'}\n{before}BEGIN:{name}\n"
    return (head + "\n".join(event) + f"\nEND:{name}\nEND:VCALENDAR\n").encode()


def answer(*event: str, method: str = "REPLY") -> CalendarAnswer:
    found = read(calendar(f"UID:{UID}", *event, method=method))
    assert isinstance(found, CalendarAnswer)
    return found


def event(*lines: str, method: str = "REQUEST", before: str = "") -> CalendarEvent:
    found = read(calendar("UID:theirs@example.net", *lines, method=method, before=before), ZoneInfo("Europe/Paris"))
    assert isinstance(found, CalendarEvent)
    return found


def at(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=UTC)  # type: ignore[arg-type,misc]


# Answers, in the shapes of the programs that people have


GOOGLE = (
    "DTSTART:20270313T200000Z",
    "DTEND:20270313T211500Z",
    "DTSTAMP:20270301T160102Z",
    "ORGANIZER;CN=Mentorly:mailto:m.7xq4mn@in.mentorly.example.org",
    'ATTENDEE;CN=Bob;PARTSTAT=ACCEPTED;X-NUM-GUESTS=0;X-RESPONSE-COMMENT="Looking forward":mailto:Bob@Example.org',
    "SEQUENCE:1",
    "STATUS:CONFIRMED",
)
OUTLOOK = (
    "ATTENDEE;PARTSTAT=TENTATIVE;CN=Bob Tremblay:mailto:bob@example.org",
    "COMMENT;LANGUAGE=en-US:I may be late\\, by five minutes\\n",
    "SUMMARY;LANGUAGE=en-US:Tentative: Mentoring meeting",
    "DTSTART;TZID=Eastern Standard Time:20270313T150000",
    "DTEND;TZID=tzone://Microsoft/Utc:20270313T211500",
    "DTSTAMP:20270301T160102Z",
    "SEQUENCE:1",
)
APPLE = (
    "DTSTAMP:20270301T160102Z",
    "SEQUENCE:1",
    'ATTENDEE;CN="Tremblay; Bob";PARTSTAT=DECLINED;EMAIL="bob@example.org":urn:uuid:0F1C',
    "ORGANIZER:mailto:m.7xq4mn@in.mentorly.example.org",
)
THUNDERBIRD = ("attendee;partstat=accepted:mailto:bob@example.org", "dtstamp:20270301T160102Z", "sequence:1")
EXCHANGE = (
    "ATTENDEE;ROLE=REQ_PARTICIPANT;PARTSTAT=Accepted:MAILTO:bob@example.org",
    "STATUS:CONFIRMED",
    "STATUS:TENTATIVE",
)
BROKEN = ("ATTENDEE;CN=Bob: at work;PARTSTAT=DECLINED:mailto:bob@example.org", "SEQUENCE:1", "no line at all", "X;Y:z")


@pytest.mark.parametrize(
    ("shape", "said", "sequence", "comment"),
    [
        (GOOGLE, "accept", 1, "Looking forward"),
        (OUTLOOK, "tentative", 1, "I may be late, by five minutes"),
        (APPLE, "decline", 1, ""),
        (THUNDERBIRD, "accept", 1, ""),
        (EXCHANGE, "accept", 0, ""),
        (BROKEN, "decline", 1, ""),
    ],
    ids=["Google", "Outlook", "Apple", "Thunderbird", "Exchange", "broken"],
)
def test_an_answer_is_read_in_the_shapes_of_six_programs(
    shape: tuple[str, ...], said: str, sequence: int, comment: str
) -> None:
    found = answer(*shape)
    assert (found.said, found.uid, found.sequence, found.comment) == (said, UID, sequence, comment)
    assert found.attendee.address == "bob@example.org"
    assert found.of("BOB@example.org") == found.attendee
    assert found.of("eve@example.net") is None
    assert found.stamp in {at(2027, 3, 1, 16, 1, 2), None}


def test_a_counter_proposal_says_when_instead() -> None:
    found = answer(
        "ATTENDEE;PARTSTAT=TENTATIVE:mailto:bob@example.org",
        "DTSTART;TZID=Eastern Standard Time:20270318T160000",
        "DURATION:PT45M",
        "X-MS-OLK-ORIGINALSTART:20270313T200000Z",
        method="COUNTER",
    )
    assert (found.said, found.start, found.end) == ("counter", at(2027, 3, 18, 20), at(2027, 3, 18, 20, 45))


DELEGATED = 'ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:c@example.org":mailto:b@example.org'


@pytest.mark.parametrize(
    ("lines", "method", "said"),
    [
        (
            ('ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:c@example.org":mailto:b@example.org',),
            "REPLY",
            "delegate",
        ),
        (("ATTENDEE:mailto:b@example.org",), "REFRESH", "refresh"),
        (("ATTENDEE:mailto:b@example.org",), "REPLY", "ask"),
        (("ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:b@example.org",), "REPLY", "ask"),
        (("DTSTART:20270313T200000Z",), "REPLY", "ask"),
        (("ATTENDEE:mailto:b@example.org", "DTSTART;TZID=Nowhere:20270313T200000"), "COUNTER", "ask"),
        (("ATTENDEE:mailto:b@example.org",), "DECLINECOUNTER", "ignore"),
        (("ATTENDEE;PARTSTAT=ACCEPTED:mailto:b@example.org",), " reply \nMETHOD:REPLY", "accept"),
    ],
)
def test_what_an_answer_means_is_its_method_and_its_status(lines: tuple[str, ...], method: str, said: str) -> None:
    found = answer(*lines, method=method)
    assert found.said == said
    assert found.attendee.delegated_to == ("c@example.org" if said == "delegate" else "")


def test_an_answer_without_a_uid_is_asked_about() -> None:
    found = read(calendar("ATTENDEE;PARTSTAT=ACCEPTED:mailto:b@example.org", method="REPLY"))
    assert isinstance(found, CalendarAnswer)
    assert found.said == "ask"


def test_which_one_of_a_series_is_answered_is_an_instant_however_it_is_written() -> None:
    ways = (
        "RECURRENCE-ID:20270315T190000Z",
        "RECURRENCE-ID;TZID=America/Toronto:20270315T150000",
        "RECURRENCE-ID;TZID=Eastern Standard Time:20270315T150000",
        "RECURRENCE-ID;TZID=/example.org/America/Toronto:20270315T150000",
    )
    assert {answer(way).recurrence for way in ways} == {at(2027, 3, 15, 19)}


def test_answers_to_the_series_and_to_one_of_it_come_together() -> None:
    one = "ATTENDEE;PARTSTAT=DECLINED:mailto:b@example.org\nRECURRENCE-ID:20270315T190000Z"
    all_of_it = "ATTENDEE;PARTSTAT=ACCEPTED:mailto:b@example.org"
    found = answer(f"{one}\nEND:VEVENT\nBEGIN:VEVENT\nUID:{UID}\n{all_of_it}")
    assert (found.said, found.recurrence) == ("accept", None)
    assert [(other.said, other.recurrence) for other in found.instances] == [("decline", at(2027, 3, 15, 19))]


@pytest.mark.parametrize(
    ("written", "sequence"),
    [("7", 7), ("-1", 0), ("", 0), ("x", 0), ("1583329473943", 2**31 - 1), ("9" * 400, 2**31 - 1), ("\u0661", 1)],
)
def test_a_sequence_is_a_number_that_a_database_holds(written: str, sequence: int) -> None:
    assert answer(f"SEQUENCE:{written}").sequence == sequence


# Events of people's own


def test_an_event_is_read_with_what_is_needed_and_no_more() -> None:
    found = event(
        "ORGANIZER;CN=Alice Gagnon:mailto:alice@example.org",
        "ATTENDEE;PARTSTAT=NEEDS-ACTION;CN=Bob:mailto:bob@example.org",
        "ATTENDEE:mailto:m.7xq4mn@in.mentorly.example.org",
        "DTSTART;TZID=America/Toronto:20270313T150000",
        "DTEND;TZID=America/Toronto:20270313T161500",
        "SUMMARY:Coffee\\, and CV",
        "LOCATION:Room 3",
        "DESCRIPTION:what nobody else may read",
        "X-GOOGLE-CONFERENCE:https://meet.example.org/abc",
        "SEQUENCE:2",
        "DTSTAMP:20270301T160102Z",
    )
    assert (found.asked, found.start, found.end) == ("update", at(2027, 3, 13, 20), at(2027, 3, 13, 21, 15))
    assert (found.zone, found.sequence, found.stamp) == ("America/Toronto", 2, at(2027, 3, 1, 16, 1, 2))
    assert (found.organizer.address, found.organizer.name) == ("alice@example.org", "Alice Gagnon")
    assert [one.address for one in found.attendees] == ["bob@example.org", "m.7xq4mn@in.mentorly.example.org"]
    assert (found.summary, found.location, found.link) == ("Coffee, and CV", "Room 3", "https://meet.example.org/abc")
    assert not any("nobody else" in str(value) for value in vars(found).values())
    assert "Coffee" not in repr(found)


def test_whole_days_stay_days() -> None:
    found = event("ATTENDEE:mailto:b@example.org", "DTSTART;VALUE=DATE:20270313", "DTEND;VALUE=DATE:20270315")
    assert found.is_all_day
    assert (found.start, found.end) == (date(2027, 3, 13), date(2027, 3, 15))
    assert event("DTSTART;VALUE=DATE:20270313").end == date(2027, 3, 14)


@pytest.mark.parametrize(
    ("lines", "end"),
    [
        (("DURATION:PT1H30M",), at(2027, 3, 13, 15, 30)),
        ((), at(2027, 3, 13, 14)),
        (("DTEND:20270313T130000Z",), at(2027, 3, 13, 14)),
        (("DTEND:2027-03-13T15:00:00Z",), at(2027, 3, 13, 15)),
        (("DTEND:202703131T153000Z",), at(2027, 3, 13, 14)),
        (("DURATION:-PT1H",), at(2027, 3, 13, 14)),
        (("DURATION:P9999999999D",), at(2027, 3, 13, 14)),
    ],
)
def test_the_end_is_what_is_said_of_it_and_never_before_the_start(lines: tuple[str, ...], end: datetime) -> None:
    assert event("DTSTART:20270313T140000Z", *lines).end == end


@pytest.mark.parametrize(
    ("lines", "method", "asked"),
    [
        (("ATTENDEE:mailto:b@example.org",), "REQUEST", "update"),
        (("ATTENDEE:mailto:b@example.org",), "ADD", "update"),
        ((), "REQUEST", "ask"),
        ((), "CANCEL", "cancel"),
        ((), "PUBLISH", "ignore"),
        ((), "", "ignore"),
        ((), "SOMETHING", "ask"),
    ],
)
def test_what_an_event_asks_is_its_method(lines: tuple[str, ...], method: str, asked: str) -> None:
    found = event("DTSTART:20270313T140000Z", *lines, method=method)
    assert found.asked == asked
    assert found.is_cancelled is (method == "CANCEL")


def test_an_event_whose_mail_says_more_than_it_does_is_asked_about() -> None:
    found = read(calendar("UID:x", "DTSTART:20270313T140000Z", method=""), hint="request")
    assert isinstance(found, CalendarEvent)
    assert found.asked == "ask"


def test_a_cancelled_one_of_a_series_says_which() -> None:
    found = event("RECURRENCE-ID:20270315T190000Z", "DTSTAMP:20270301T160102Z", method="CANCEL")
    assert (found.asked, found.recurrence, found.start) == ("cancel", at(2027, 3, 15, 19), at(2027, 3, 15, 19))


# Zones


WRITTEN = """BEGIN:VTIMEZONE
TZID:{name}
BEGIN:STANDARD
DTSTART:16010101T020000
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=1SU;BYMONTH=11
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=2SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""


@pytest.mark.parametrize(
    ("zone", "described", "name"),
    [
        ("America/Toronto", "", "America/Toronto"),
        ("/freeassociation.sourceforge.net/Tzfile/America/Toronto", "", "America/Toronto"),
        ("Eastern Standard Time", "", "America/New_York"),
        ("Eastern Standard Time", WRITTEN, "America/New_York"),
        ("Customized Time Zone", WRITTEN, ""),
        ('"(GMT-05.00) Eastern Time (US & Canada)"', WRITTEN, ""),
    ],
)
@pytest.mark.parametrize(("clock", "hour"), [("20270313T150000", 20), ("20270315T150000", 19), ("20271108T150000", 20)])
def test_clocks_of_a_zone_are_read_by_its_name_or_by_what_is_said_of_it(
    zone: str, described: str, name: str, clock: str, hour: int
) -> None:
    found = event(f"DTSTART;TZID={zone}:{clock}", before=described.format(name=zone.strip('"')))
    assert isinstance(found.start, datetime)
    assert (found.start.hour, found.zone) == (hour, name)


@pytest.mark.parametrize(
    ("line", "start"),
    [
        ("DTSTART;TZID=tzone://Microsoft/Utc:20270313T150000", at(2027, 3, 13, 15)),
        ('DTSTART;TZID="(UTC+05:30) Chennai":20270313T150000', at(2027, 3, 13, 9, 30)),
        ('DTSTART;TZID="(UTC) Dublin":20270313T150000', at(2027, 3, 13, 15)),
        ("DTSTART:20270313T150000", at(2027, 3, 13, 14)),
        ("DTSTART;TZID=America/Toronto:20270313T150000Z", at(2027, 3, 13, 15)),
        ("DTSTART:20270313T1500", at(2027, 3, 13, 14)),
    ],
)
def test_other_ways_to_say_a_time(line: str, start: datetime) -> None:
    assert event(line).start == start


def test_what_one_calendar_says_of_a_zone_means_nothing_to_the_next() -> None:
    written = WRITTEN.format(name="Their Time").replace("-0500", "+1200").replace("-0400", "+1200")
    assert event("DTSTART;TZID=Their Time:20270313T150000", before=written).start == at(2027, 3, 13, 3)
    own = WRITTEN.format(name="Their Time")
    assert event("DTSTART;TZID=Their Time:20270313T150000", before=own).start == at(2027, 3, 13, 20)
    with pytest.raises(Unreadable, match="known nowhere"):
        event("DTSTART;TZID=Their Time:20270313T150000")


# Series


def starts(*lines: str, before: datetime = FAR, most: int = 100) -> list[str]:
    found = event("DTSTART;TZID=America/Toronto:20270308T150000", "DURATION:PT1H", *lines)
    return [f"{one.start:%m-%d %H:%M}" for one in found.occurrences(before, most)]


def test_a_series_keeps_its_clock_when_the_clocks_change() -> None:
    assert starts("RRULE:FREQ=WEEKLY;COUNT=3") == ["03-08 20:00", "03-15 19:00", "03-22 19:00"]


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (("RRULE:FREQ=WEEKLY;UNTIL=20270315T190000Z",), ["03-08 20:00", "03-15 19:00"]),
        (("RRULE:FREQ=WEEKLY;UNTIL=20270315T185959Z",), ["03-08 20:00"]),
        (("RRULE:FREQ=WEEKLY;UNTIL=20270315",), ["03-08 20:00", "03-15 19:00"]),
        (("RRULE:FREQ=WEEKLY;COUNT=3", "EXDATE;TZID=America/Toronto:20270315T150000"), ["03-08 20:00", "03-22 19:00"]),
        (("RRULE:FREQ=WEEKLY;COUNT=3", "EXDATE:20270315T190000Z,20270322T190000Z"), ["03-08 20:00"]),
        (("RRULE:FREQ=WEEKLY;COUNT=3", "EXDATE;VALUE=DATE:20270315"), ["03-08 20:00", "03-22 19:00"]),
        (("RDATE:20270401T130000Z,20270402T130000Z",), ["03-08 20:00", "04-01 13:00", "04-02 13:00"]),
        (("RDATE;VALUE=PERIOD:20270401T130000Z/PT1H",), ["03-08 20:00", "04-01 13:00"]),
        (("RRULE:FREQ=MONTHLY;BYDAY=-1MO;COUNT=2",), ["03-29 19:00", "04-26 19:00"]),
        (("RRULE:RSCALE=GREGORIAN;FREQ=DAILY;COUNT=2;SKIP=OMIT",), ["03-08 20:00", "03-09 20:00"]),
    ],
)
def test_a_series_is_counted_as_it_says(lines: tuple[str, ...], found: list[str]) -> None:
    assert starts(*lines) == found


@pytest.mark.parametrize("until", ["99991231T235959", "99991231T235959Z", "99991231", "22010101"])
def test_an_end_after_all_time_is_none(until: str) -> None:
    zone = WRITTEN.format(name="Q").replace("BYMONTH=11", f"BYMONTH=11;UNTIL={until}")
    found = event("DTSTART;TZID=Q:20270308T150000", f"RRULE:FREQ=YEARLY;UNTIL={until}", before=zone)
    assert [one.start for one in found.occurrences(at(2029, 1, 1))] == [at(2027, 3, 8, 20), at(2028, 3, 8, 20)]


def test_a_series_is_counted_no_further_than_asked() -> None:
    assert len(starts("RRULE:FREQ=DAILY", most=7)) == 7
    assert starts("RRULE:FREQ=DAILY", before=at(2027, 3, 10)) == ["03-08 20:00", "03-09 20:00"]


def test_what_was_moved_is_moved_and_what_is_off_is_left_out() -> None:
    moved = "RECURRENCE-ID:20270315T190000Z\nDTSTART:20270316T190000Z\nDTEND:20270316T200000Z"
    off = "RECURRENCE-ID;VALUE=DATE:20270322\nDTSTART:20270322T190000Z\nSTATUS:CANCELLED"
    others = "".join(f"\nEND:VEVENT\nBEGIN:VEVENT\nUID:theirs@example.net\n{one}" for one in (moved, off))
    found = event("DTSTART;TZID=America/Toronto:20270308T150000", "DURATION:PT1H", f"RRULE:FREQ=WEEKLY;COUNT=4{others}")
    assert found.occurrences(FAR) == [
        Occurrence(at(2027, 3, 8, 20), at(2027, 3, 8, 20), at(2027, 3, 8, 21)),
        Occurrence(at(2027, 3, 15, 19), at(2027, 3, 16, 19), at(2027, 3, 16, 20)),
        Occurrence(at(2027, 3, 29, 19), at(2027, 3, 29, 19), at(2027, 3, 29, 20)),
    ]


def test_one_of_a_series_alone_is_that_one_alone() -> None:
    found = event("RECURRENCE-ID:20270315T190000Z", "DTSTART:20270316T190000Z", "RRULE:FREQ=WEEKLY")
    (one,) = found.occurrences(FAR)
    assert (one.recurrence, one.start) == (at(2027, 3, 15, 19), at(2027, 3, 16, 19))
    assert found.series is None


def test_whole_days_repeat_as_days() -> None:
    found = event("DTSTART;VALUE=DATE:20270308", "RRULE:FREQ=WEEKLY;COUNT=2")
    assert [(one.start, one.end) for one in found.occurrences(FAR)] == [
        (date(2027, 3, 8), date(2027, 3, 9)),
        (date(2027, 3, 15), date(2027, 3, 16)),
    ]


# What is refused


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "no calendar"),
        (b"hello", "no calendar"),
        (b"BEGIN:VCALENDAR\nEND:VCALENDAR\n" + b" " * LARGEST, "larger"),
        (b"BEGIN:VCALENDAR\n" + b"\n" * 60_000, "too many lines"),
        (b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\n" * 50, "nested"),
        (b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\nEND:VEVENT\n" * 600, "too many events"),
        (calendar("DTSTART:20270313T140000Z") * 2, "several calendars"),
        (calendar("SUMMARY:x"), "when it is"),
        (calendar("DTSTART:tomorrow"), "a time that is none"),
        (calendar("DTSTART:20270231T000000Z"), "a time that is none"),
        (calendar("DTSTART:00010101T000000Z"), "out of reach"),
        (calendar("DTSTART:20270313T140000Z", "RRULE:FREQ=SECONDLY"), "not understood"),
        (calendar("DTSTART:20270313T140000Z", "RRULE:FREQ=DAILY;BYHOUR=1,2,3"), "not understood"),
        (calendar("DTSTART:20270313T140000Z", "RRULE:RSCALE=HEBREW;FREQ=YEARLY"), "not understood"),
        (calendar("DTSTART:20270313T140000Z", "RRULE:FREQ=WEEKLY;BYDAY=2MO"), "not understood"),
        (calendar("DTSTART:20270313T140000Z", "RRULE:FREQ=YEARLY;BYMONTH=80"), "not understood"),
        (calendar("DTSTART:20270313T140000Z", "RRULE:FREQ=MONTHLY;BYMONTHDAY=0"), "not understood"),
        (calendar("DTSTART:20270313T140000Z", "RRULE:FREQ=DAILY;COUNT=" + "9" * 5000), "not understood"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_a_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(Unreadable, match=sentence) as refusal:
        read(data)
    assert str(refusal.value).endswith(".")


def test_a_calendar_without_an_event_holds_nothing() -> None:
    with pytest.raises(NoEvent):
        read(calendar("DTSTART:20270313T140000Z", name="VTODO"))


EVERY_SECOND = WRITTEN.format(name="Q").replace("YEARLY", "SECONDLY")
NEVER = "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"


@pytest.mark.parametrize(
    "data",
    [
        calendar("UID:x", "DTSTART:19000313T140000Z", f"RRULE:{NEVER}"),
        calendar("UID:x", "DTSTART:19000313T140000Z", "RRULE:FREQ=DAILY;COUNT=99999999"),
        calendar(
            "UID:x", "DTSTART;TZID=Q:20270313T140000", before=WRITTEN.format(name="Q").replace("YEARLY", "SECONDLY")
        ),
        calendar("UID:x", "DTSTART:20270313T140000Z", "EXDATE:" + ",".join(["20270313T140000Z"] * 40_000)),
        calendar("UID:x", "DTSTART:20270313T140000Z", *["ATTENDEE:mailto:a@b"] * 40_000),
        calendar("UID:x", "DTSTART:20270313T140000Z", "X-A" + ";B=c" * 100_000 + ":d"),
        calendar("UID:x", "DTSTART:20270313T140000Z", "X-A:" + '"\\' * 200_000),
        b"BEGIN:VCALENDAR\n"
        + b"\n " * 40_000
        + b"X:y\nBEGIN:VEVENT\nDTSTART:20270313T140000Z\nEND:VEVENT\nEND:VCALENDAR",
    ],
    ids=range(8),
)
def test_a_calendar_that_was_made_to_keep_us_busy_does_not(data: bytes) -> None:
    """The usual libraries take from eleven seconds to hours over some of these."""
    begun = time.process_time()
    try:
        found = read(data)
    except Unreadable:
        return
    finally:
        assert time.process_time() - begun < 5
    assert isinstance(found, CalendarEvent)
    found.occurrences(at(2029, 1, 1))
    assert time.process_time() - begun < 5


# Everything that there is


def calendars(corpus: Path | None) -> Iterator[tuple[str, bytes]]:
    """Our own calendars and, where they are, real ones."""
    for city, place in PLACES.items():
        for number, invitation in enumerate(invitations(place)):
            yield f"{city}.{number}", invitation.as_bytes()
    for path in sorted(corpus.rglob("*.ics") if corpus else ()):
        yield str(path.name), path.read_bytes()


def test_every_calendar_there_is_is_read_or_refused_with_a_sentence(
    mail_corpus: Path | None, capsys: pytest.CaptureFixture[str]
) -> None:
    counts: Counter[str] = Counter()
    sentences = set()
    for _, data in calendars(mail_corpus):
        try:
            found = read(data)
        except Unreadable as refusal:
            sentences.add(str(refusal))
            counts["refused"] += 1
            continue
        counts["read"] += 1
        if isinstance(found, CalendarEvent):
            assert len(found.occurrences(at(2030, 1, 1))) <= 1000
    tell(
        capsys,
        f"{counts['read']} calendars read, {counts['refused']} refused"
        + ("" if mail_corpus else "; MAIL_CORPUS is unset"),
    )
    assert counts["read"] >= 3 * len(PLACES)


@pytest.mark.filterwarnings("ignore::icalendar.error.GloballyUniqueTZIDGuessed")
def test_where_the_library_reads_a_calendar_it_reads_the_same(mail_corpus: Path | None) -> None:
    compared = 0
    for name, data in calendars(mail_corpus):
        tzp.use_default()  # it remembers the zones of one calendar for the next
        try:
            ours, theirs = read(data), Calendar.from_ical(data).walk("VEVENT")[0]
            start, uid = theirs["DTSTART"].dt, str(theirs["UID"])
        except Exception:  # noqa: BLE001, S112 - one of the two refuses it
            continue
        if not isinstance(ours, CalendarEvent) or ours.uid != uid or theirs.get("RECURRENCE-ID"):
            continue
        if isinstance(start, datetime):
            start = (start if start.tzinfo else start.replace(tzinfo=UTC)).astimezone(UTC)
        if re.search(rb"DTSTART;TZID=[^:]+:(\w+Z|\d{8}\r?\n)", data):  # said in UTC, or a day, whatever the zone beside
            continue
        assert (name, ours.start) == (name, start)
        compared += 1
    assert compared >= 3 * len(PLACES)


CORPUS = [data for _, data in calendars(outside("MAIL_CORPUS"))]
LINES = [line for data in CORPUS for line in data.splitlines(keepends=True)]


@settings(max_examples=120, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False), st.binary(max_size=40))
def test_no_damage_to_a_calendar_makes_it_crash(chance: random.Random, junk: bytes) -> None:
    lines = chance.choice(CORPUS).splitlines(keepends=True)[:400]
    for _ in range(chance.randrange(1, 8)):
        place = chance.randrange(len(lines) + 1)
        lines[place : place + chance.randrange(4)] = chance.choice([[junk + b"\n"], [chance.choice(LINES)], []])
    data = b"".join(lines)
    try:
        found = read(data[: chance.randrange(len(data) + 1)] if chance.random() < 0.3 else data)
    except Unreadable:
        return
    assert found.uid == found.uid.strip()
    if isinstance(found, CalendarEvent):
        found.occurrences(at(2029, 1, 1))
        assert timedelta() <= found.end - found.start
