"""Real calendars through the door: each is decided as a person judged it, once it names our meeting and our people."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.encoders import encode_base64
from email.policy import compat32
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from mentorly.calendars.answers import CalendarAnswer, CalendarEvent
from mentorly.calendars.reading import read
from mentorly.calendars.received_lines import Unreadable
from mentorly.emails.incoming import Incoming
from mentorly.emails.received import Received
from mentorly.mentoring.base import Base, prepare
from mentorly.mentoring.own_events import OwnEvent, follow
from mentorly.mentoring.planning import propose
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.whereabouts import Where
from tests.cast import MONDAY, cast_of, register_of
from tests.emails.correspondence import ABOUT_CALENDARS, Correspondence
from tests.emails.received import Expected, expected, tell
from tests.emails.test_taking_in import of_alice

DAY = timedelta(days=1)
FOLD = rb"(?:\r?\n[ \t])?"


@dataclass
class Door:
    """Alice's own address in her relationship with Bob."""

    post: Correspondence
    together: Relationship

    @property
    def address(self) -> str:
        """It."""
        member = self.together.member(self.post.cast.alice)
        assert member
        return self.post.office.desk.calendar_address(member, member.person.generation)

    def decided(self, row: Expected) -> str:
        """What is decided of a message that is Alice's and about a meeting of hers. Nothing of it stays."""
        session, mail = self.post.cast.session, Incoming.read(row.raw)
        try:
            said: CalendarAnswer | CalendarEvent | None = read(mail.calendar or b"", hint=mail.calendar_method)
        except Unreadable:
            said = None
        now = self._day_before(said)
        whole = row.raw if mail.senders else b"From: nobody@example.org\n" + row.raw
        raw = of_alice(substituted(whole, self._names(said, row, now)))
        (number,) = self.post.office.reception.keep(raw, [self.address], None, "lmtp", now)
        received = session.get_one(Received, number)
        self.post.office.reception.take_in(received, now)
        decision = received.decision
        session.rollback()
        session.expire_all()
        return decision

    def _day_before(self, said: CalendarAnswer | CalendarEvent | None) -> datetime:
        start = said.start if said else None
        now = start - DAY if isinstance(start, datetime) else MONDAY
        self.together.ends_on = (now + 150 * DAY).date()
        return now

    def _names(self, said: CalendarAnswer | CalendarEvent | None, row: Expected, now: datetime) -> dict[str, str]:
        """What stands for what: our meeting's name for theirs, Alice for who answers or organizes."""
        alice = self.post.cast.alice
        if isinstance(said, CalendarAnswer):
            meeting = propose(self.together, self.post.cast.bob, [now + 8 * DAY], now)
            return {said.uid: meeting.uid, said.attendee.address: alice.email}
        if isinstance(said, CalendarEvent) and row.kind == "cancel":
            recurrence = said.recurrence.astimezone(UTC).isoformat() if isinstance(said.recurrence, datetime) else ""
            known = OwnEvent(
                said.uid, recurrence, now + DAY, 60, Where(), max(said.sequence - 1, 0), None, frozenset()
            )  # fmt: skip
            follow(self.together, alice, [known], now, is_whole=False)
        return {said.organizer.address: alice.email} if said else {}


def substituted(raw: bytes, names: dict[str, str]) -> bytes:
    """A message in which some names stand for others, its parts and their kinds as they were."""
    message = message_from_bytes(raw, policy=compat32)
    parts = [part for part in message.walk() if not part.is_multipart()]
    if message.defects or not any(b"VCALENDAR" in _body(part) for part in parts):
        return _replaced(raw, names)
    for part in parts:
        data = _body(part)
        if b"VCALENDAR" in data.upper():
            del part["content-transfer-encoding"]
            part.set_payload(_replaced(data, names))
            encode_base64(part)
    return message.as_bytes()


def _body(part: object) -> bytes:
    data = part.get_payload(decode=True)  # type: ignore[attr-defined]
    return data if isinstance(data, bytes) else b""


def _replaced(data: bytes, names: dict[str, str]) -> bytes:
    for name, instead in names.items():
        if name:
            folded = FOLD.join(re.escape(bytes([letter])) for letter in name.encode())
            data = re.sub(folded, instead.encode(), data, flags=re.IGNORECASE)
    return data


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    engine = prepare(create_engine(f"sqlite:///{tmp_path_factory.mktemp('door') / 'mentorly.sqlite'}"))
    Base.metadata.create_all(engine)
    with Session(engine, expire_on_commit=False) as session:
        post = Correspondence(cast_of(session), register=register_of(*ABOUT_CALENDARS))
        together = post.cast.propose(MONDAY).accept(post.cast.alice, MONDAY)
        session.commit()
        yield Door(post, together)
    engine.dispose()


def test_each_calendar_is_decided_as_a_person_judged_it(
    door: Door, mail_corpus: Path | None, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [row for row in expected(mail_corpus) if row.decision == "calendar"]
    other, refused = [], 0
    for row in rows:
        decision = door.decided(row)
        if row.kind == "update" and decision == "refuse":
            refused += 1  # of a whole day: no meeting
        elif decision != row.kind:
            other.append(f"{row.file}: {row.kind} expected, {decision} decided")
    right = len(rows) - len(other)
    tell(capsys, f"{right} of {len(rows)} calendars decided as expected, {refused} of them refused in words", *other)
    assert right >= 0.95 * len(rows)
