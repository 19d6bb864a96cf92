"""Mails of four calendar programs: each in its own shape, and all of them read as what they say."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from mentorly.blueprints.calendar_clients import CLIENTS, Event, answered, invited
from mentorly.blueprints.handing_back import Writer
from mentorly.calendars.answers import CalendarAnswer, CalendarEvent
from mentorly.calendars.reading import read
from mentorly.calendars.windows_zones import windows_name

NOW = datetime(2027, 3, 1, 15, 0, tzinfo=UTC)
START = datetime(2027, 3, 20, 18, 30, tzinfo=UTC)
OURS = "m.abc@in.mentorly.example.org"
ZOE = Writer("Zoé O'Brien, M.", "zoe@example.org", "fr")
ZONES = ("America/Toronto", "Asia/Kolkata", "Africa/Casablanca", "America/St_Johns", "UTC")


def event(zone: str = "America/Toronto") -> Event:
    return Event("6f1c@mentorly", 3, START, timedelta(minutes=75), zone, "Rencontre de mentorat", OURS, "Pilot")


def calendars(mail: EmailMessage) -> list[EmailMessage]:
    """The parts that hold a calendar, as they arrive."""
    arrived = message_from_bytes(mail.as_bytes(), policy=default)
    return [part for part in arrived.walk() if part.get_content_type() in {"text/calendar", "application/ics"}]


def data(part: EmailMessage) -> bytes:
    got = part.get_payload(decode=True)
    assert isinstance(got, bytes)
    return got


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("said", ["accept", "maybe", "decline", "counter"])
def test_each_answer_is_read_as_what_it_says(client: str, said: str, zone: str) -> None:
    at = START + timedelta(days=1) if said == "counter" else None
    mail = answered(client, event(zone), ZOE, said, NOW, at)
    assert mail["To"] == OURS
    for part in calendars(mail):
        answer = read(data(part))
        assert isinstance(answer, CalendarAnswer)
        assert answer.said == {"maybe": "tentative"}.get(said, said)
        assert (answer.uid, answer.sequence, answer.stamp) == ("6f1c@mentorly", 3, NOW)
        assert answer.attendee.address == ZOE.email
        assert answer.start == (at or START)


@pytest.mark.parametrize("client", CLIENTS)
def test_an_event_of_one_s_own_is_read_with_its_changes(client: str) -> None:
    for is_off in (False, True):
        mail = invited(client, event(), ZOE, OURS, ["bob@example.org"], NOW, is_off=is_off)
        found = read(data(calendars(mail)[0]))
        assert isinstance(found, CalendarEvent)
        assert (found.start, found.end) == (START, START + timedelta(minutes=75))
        assert found.organizer.address == ZOE.email
        assert [one.address for one in found.attendees] == [OURS, "bob@example.org"]
        assert found.asked == ("cancel" if is_off else "update")


def test_gmail_sends_the_calendar_beside_the_text_and_as_a_file() -> None:
    shown, file = calendars(answered("gmail", event(), ZOE, "accept", NOW))
    assert shown["Content-Type"].params["method"] == "REPLY"
    assert (file.get_content_type(), file.get_filename()) == ("application/ics", "invite.ics")
    assert data(shown) == data(file)
    assert b"DTSTART:20270320T183000Z" in data(shown)


def test_outlook_names_no_organizer_and_windows_zones_and_sends_no_file() -> None:
    mail = answered("outlook", event(), ZOE, "counter", NOW, START + timedelta(days=1))
    (shown,) = calendars(mail)
    assert mail.get_content_type() == "multipart/alternative"
    assert shown["Content-Transfer-Encoding"] == "base64"
    assert b"ORGANIZER" not in data(shown)
    assert b"TZID=Eastern Standard Time:20270321T143000" in data(shown)
    assert b"X-MS-OLK-ORIGINALSTART:20270320T183000Z" in data(shown)
    assert str(mail["Subject"]).startswith("Nouvelle heure proposée")


def test_apple_sends_a_file_that_does_not_say_its_method() -> None:
    mail = answered("apple", event(), ZOE, "accept", NOW)
    (file,) = calendars(mail)
    assert file.is_attachment()
    assert "method" not in file["Content-Type"].params
    assert "=0D=0A" in file.as_string()
    assert b"ORGANIZER" in data(file)


def test_thunderbird_writes_the_headers_of_its_parts_in_lower_case() -> None:
    sent = answered("thunderbird", event(), ZOE, "accept", NOW).as_bytes()
    assert b"content-type: text/calendar" in sent
    assert b"Content-Type" not in sent
    assert b"content-transfer-encoding: 8bit" in sent


def test_windows_has_a_name_for_zones_that_keep_a_known_rule() -> None:
    assert windows_name("Europe/Paris") == "Romance Standard Time"
    assert windows_name("America/Toronto") == "Eastern Standard Time"
    assert windows_name("Nowhere/Land") == ""
