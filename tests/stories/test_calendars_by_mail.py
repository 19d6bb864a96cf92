"""Calendars by mail, with real processes: six programs answer invitations, and events come from one's own calendar."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from mentorly.config import Listen
from mentorly.emails.received import Received
from mentorly.mentoring.appointments import Stage
from mentorly.mentoring.base import prepare
from mentorly.mentoring.meetings import Attendance, Meeting
from mentorly.mentoring.people import Person
from mentorly.mentoring.planning import propose
from mentorly.mentoring.proposals import Proposal
from tests.doors.handing import MailServer, mail_server
from tests.emails.calendar_clients import CLIENTS, Asked, Planned, Said, google, outlook, utc
from tests.stories.kit import DATA, Service, wait_for

BJORN, NOEMIE = "bjorn.rahman@northlight.example.com", "noemie.okafor@northlight.example.com"
HOME = "bjorn@home.example.net"
DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
SETTINGS = {
    "MENTORLY_MAIL_FROM": "Mentorly <mentorly@mentorly.example.org>",
    "MENTORLY_REPLY_ADDRESS": "r.{token}@in.mentorly.example.org",
    "MENTORLY_CALENDAR_ADDRESS": "m.{token}@in.mentorly.example.org",
    "MENTORLY_TRUSTED_AUTHSERV": "mx.mentorly.example.org",
}
RECEIVED = "Received: from out.example.net by mx.mentorly.example.org with ESMTPS id 1\r\n"
FAILED = "Authentication-Results: mx.mentorly.example.org; dmarc=fail header.from=northlight.example.com\r\n"
MEETINGS = len(CLIENTS) + 4


@contextmanager
def inside(service: Service) -> Iterator[Session]:
    """A session over the service's own database."""
    engine = prepare(create_engine(f"sqlite:///{service.instance / 'mentorly.sqlite'}"))
    with Session(engine) as session:
        yield session
    engine.dispose()


@dataclass
class Story:
    """Björn mentors Noémie, and was invited to ten meetings."""

    service: Service
    server: MailServer
    asked: list[Asked]
    now: datetime
    handed: int = 0

    def hand(self, raw: bytes, head: str = "") -> str:
        """His mail server hands a message over, and it is taken in; returns what was decided.

        head: what our own server wrote above it.
        """
        to, self.handed = self.asked[0].organizer, self.handed + 1
        named = raw.replace(b"Message-ID: <", f"Message-ID: <{self.handed}-".encode())
        (said,) = self.server.hand((head + RECEIVED).encode() + named, to, sender=BJORN)
        assert said.startswith("250 "), said
        wait_for(lambda: len(self.decisions()) == self.handed, 30, "the taking in")
        return self.decisions()[-1]

    def decisions(self) -> list[str]:
        """What was decided of everything that came in."""
        with inside(self.service) as session:
            found = select(Received.decision).where(Received.stage == "taken").order_by(Received.id)
            return list(session.scalars(found))

    def said(self, partstat: str, **further: object) -> Said:
        """What he chooses now."""
        return Said(partstat, **({"stamp": self.now, "sender": BJORN} | further))  # type: ignore[arg-type]

    def coming(self, number: int) -> str:
        """What he said to a meeting, as far as it counts."""
        with inside(self.service) as session:
            own = select(Attendance.coming).join(Attendance.meeting).join(Attendance.person)
            found = own.where(Meeting.uid == self.asked[number].uid, Person.email == BJORN)
            return str(session.scalars(found).one())

    def planned(self) -> list[datetime]:
        """When his own events are meetings."""
        with inside(self.service) as session:
            own = select(Meeting.starts_at).where(Meeting.event_owner_id.is_not(None), Meeting.stage == Stage.PLANNED)
            return [at for at in session.scalars(own.order_by(Meeting.starts_at)) if at]


def planned_in(service: Service, now: datetime) -> None:
    """A match that was accepted, and as many meetings as the story needs."""
    service.run("program", "add", "Pilot", "--kind", "one-on-one", "--start", "2027-03-01")
    service.run("roster", "import", str(DATA / "pilot.csv"), "--program", "Pilot")
    service.run("match", "propose", BJORN, NOEMIE, "--program", "Pilot")
    with inside(service) as session:
        proposal = session.scalars(select(Proposal)).one()
        together = proposal.accept(proposal.mentor, now)
        for number in range(MEETINGS):
            propose(together, proposal.mentee, [now + (number + 8) * DAY], now)
        session.commit()


def invitations(service: Service) -> list[Asked]:
    """What his calendar was asked, in the order of time."""
    calendars = [
        Asked.by(mail)
        for to, mail in service.mails()
        if to == BJORN and any(part.get_content_type() == "text/calendar" for part in mail.walk())
    ]
    return sorted(calendars, key=lambda one: one.start.rpartition(":")[2])


def test_meetings_are_answered_from_six_programs_and_events_of_ones_own_calendar_become_meetings(
    tmp_path: Path,
) -> None:
    service, now = Service(tmp_path / "instance", SETTINGS), datetime.now(UTC).replace(microsecond=0)
    planned_in(service, now)
    service.run("round")
    with service.up(), mail_server(Listen("127.0.0.1", service.lmtp_port)) as server:
        wait_for(lambda: len(invitations(service)) == MEETINGS, 60, "the invitations")
        story = Story(service, server, invitations(service), now)
        answers_of_six_programs(story)
        another_time_and_answers_out_of_order(story)
        what_is_not_from_him(story)
        events_of_his_own(story)


def answers_of_six_programs(story: Story) -> None:
    for number, client in enumerate(CLIENTS):
        said = (("ACCEPTED", "accept", "yes"), ("TENTATIVE", "tentative", "maybe"), ("DECLINED", "decline", "no"))
        partstat, decision, coming = said[number % 3]
        assert story.hand(CLIENTS[client](story.asked[number], story.said(partstat))) == decision, client
        assert story.coming(number) == coming, client


def another_time_and_answers_out_of_order(story: Story) -> None:
    number = len(CLIENTS)
    at = story.now + 40 * DAY
    assert story.hand(outlook(story.asked[number], story.said("TENTATIVE", counter=at, method="COUNTER"))) == "counter"
    with inside(story.service) as session:
        meeting = session.scalars(select(Meeting).where(Meeting.uid == story.asked[number].uid)).one()
        assert meeting.counter_at == at
    pair = [google(story.asked[number + 1], story.said("DECLINED", stamp=story.now - SECOND))]
    pair += [google(story.asked[number + 1], story.said("ACCEPTED", stamp=story.now - 2 * SECOND))]
    assert [story.hand(one) for one in pair] == ["decline", "stale"]
    assert story.coming(number + 1) == "no"
    with inside(story.service) as session:
        moved = session.scalars(select(Meeting).where(Meeting.uid == story.asked[number + 2].uid)).one()
        moved.change(moved.proposed_by, datetime.now(UTC), starts_at=story.now + 50 * DAY)
        session.commit()
    assert story.hand(google(story.asked[number + 2], story.said("ACCEPTED"))) == "stale"
    assert story.coming(number + 2) == "unsaid"


def what_is_not_from_him(story: Story) -> None:
    number = len(CLIENTS) + 3
    forged = story.asked[number].organizer.replace("@", "a@")
    assert story.server.address([forged])[0].startswith("550 5.1.1 ")
    story.server.say("RSET")
    before = story.service.arrived()
    assert story.hand(google(story.asked[number], story.said("DECLINED")), FAILED) == "doubtful"
    assert story.hand(google(story.asked[number], story.said("DECLINED", sender=HOME))) == "other address"
    assert story.coming(number) == "unsaid"
    wait_for(lambda: story.service.arrived() > before, 30, "the question whether it was him")
    assert {to for to, _ in story.service.mails()[before:]} <= {BJORN, NOEMIE}


def events_of_his_own(story: Story) -> None:
    own = story.asked[0].organizer
    event = Planned(BJORN, (own,), story.now + 60 * DAY, stamp=story.now)
    moved = replace(event, start=event.start + HOUR, sequence=1, stamp=story.now + SECOND)
    assert [story.hand(one.as_bytes()) for one in (event, moved)] == ["update", "update"]
    assert story.planned() == [moved.start]
    assert story.hand(replace(moved, method="CANCEL", sequence=2).as_bytes()) == "cancel"
    assert story.planned() == []
    out, later = event.start + 7 * DAY, event.start + 14 * DAY
    series = replace(
        event,
        uid="series-1@calendar.example.net",
        lines=("RRULE:FREQ=WEEKLY;COUNT=4", f"EXDATE:{utc(out)}"),
        others=((f"RECURRENCE-ID:{utc(later)}", f"DTSTART:{utc(later + HOUR)}", "DURATION:PT1H"),),
    )
    assert story.hand(series.as_bytes()) == "update"
    assert story.planned() == [event.start, later + HOUR, event.start + 21 * DAY]
