"""Events of people's own calendars: what becomes a meeting, what follows it there, and what is asked about."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from mentorly.emails.letterbox import AddressClosed, Owner
from mentorly.mentoring.appointments import Stage
from mentorly.mentoring.attendances import Told
from mentorly.mentoring.meetings import Meeting
from mentorly.mentoring.people import Person
from mentorly.mentoring.planning import part
from mentorly.mentoring.relationships import Relationship
from tests.cast import cast_of, register_of
from tests.emails.calendar_clients import Planned, utc
from tests.emails.correspondence import ABOUT_CALENDARS, Came, Correspondence, recipients

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@dataclass
class Calendar:
    """Alice's own calendar, and her relationship with Bob."""

    post: Correspondence
    together: Relationship

    def address(self, person: Person, together: Relationship | None = None) -> str:
        """A person's own address in a relationship."""
        member = (together or self.together).member(person)
        assert member
        return self.post.office.desk.calendar_address(member, person.generation)

    @property
    def own(self) -> str:
        """Alice's."""
        return self.address(self.post.cast.alice)

    def event(self, **further: object) -> Planned:
        """An event to which Alice invites her address, in eight days."""
        known = {
            "organizer": self.post.cast.alice.email, "invited": (self.own,),
            "start": self.post.moment.replace(microsecond=0) + 8 * DAY, "stamp": self.post.moment,
        }  # fmt: skip
        return Planned(**(known | further))  # type: ignore[arg-type]

    def send(self, event: Planned, recipient: str = "") -> str:
        """Her calendar sends it; returns what was decided."""
        received = self.post.receive(event.as_bytes(), recipient or self.own, event.sender or event.organizer)
        self.post.cast.session.expire_all()
        return received.decision

    @property
    def meetings(self) -> list[Meeting]:
        """All meetings, by their time."""
        return list(self.post.cast.session.scalars(select(Meeting).order_by(Meeting.starts_at, Meeting.id)))

    @property
    def planned(self) -> list[Meeting]:
        """Those that take place."""
        return [one for one in self.meetings if one.stage == Stage.PLANNED]

    def asked(self) -> Came:
        """The only mail that now falls due."""
        (mail,) = self.post.pass_by(seconds=5)
        return mail


@pytest.fixture
def calendar(session: Session) -> Calendar:
    post = Correspondence(cast_of(session), register=register_of(*ABOUT_CALENDARS))
    together = post.cast.propose(post.moment).accept(post.cast.alice, post.moment)
    session.commit()
    return Calendar(post, together)


def test_an_event_becomes_a_meeting_that_moves_and_is_called_off_there_and_invites_nobody(calendar: Calendar) -> None:
    event = calendar.event(lines=("LOCATION:Room 4", "X-GOOGLE-CONFERENCE:https://meet.example.org/a"))
    assert calendar.send(event) == "update"
    (meeting,) = calendar.planned
    assert (meeting.starts_at, meeting.minutes, meeting.place) == (event.start, 60, "Room 4")
    assert meeting.link == "https://meet.example.org/a"
    assert {one.person.first_name: one.told for one in meeting.present} == {"Alice": Told.KNOWS, "Bob": Told.WRITTEN_TO}
    assert list(recipients(calendar.post.pass_by(seconds=5))) == ["bob"]
    calendar.post.moment += HOUR
    moved = replace(event, start=event.start + DAY, length=timedelta(minutes=90), sequence=1)
    assert calendar.send(moved) == "update"
    assert calendar.send(replace(event, sequence=0, stamp=event.stamp + HOUR)) == "nothing new"
    (meeting,) = calendar.planned
    assert (meeting.starts_at, meeting.minutes) == (event.start + DAY, 90)
    assert calendar.send(replace(moved, method="CANCEL", sequence=2)) == "cancel"
    assert calendar.planned == []
    told = calendar.post.pass_by(minutes=1)
    assert list(recipients(told)) == ["bob"]
    assert "Si elle figure dans votre propre agenda, veuillez" in told[0].text
    assert not any("text/calendar" in one.mail.as_string() for one in calendar.post.came)


@on_sqlite
def test_whom_the_event_invites_at_any_address_of_theirs_knows_of_it(calendar: Calendar) -> None:
    calendar.send(calendar.event(invited=(calendar.own, calendar.post.cast.bob.email.upper())))
    (meeting,) = calendar.planned
    assert {one.told for one in meeting.present} == {Told.KNOWS}
    assert calendar.post.pass_by(seconds=5) == []


def test_a_series_is_a_meeting_for_each_time_and_its_exceptions_are_followed(calendar: Calendar) -> None:
    start = calendar.post.moment.replace(microsecond=0) + DAY
    out, moved = start + 14 * DAY, start + 21 * DAY
    series = calendar.event(
        start=start,
        lines=("RRULE:FREQ=WEEKLY;COUNT=6", f"EXDATE:{utc(out)}"),
        others=((f"RECURRENCE-ID:{utc(moved)}", f"DTSTART:{utc(moved + DAY)}", f"DTEND:{utc(moved + DAY + HOUR)}"),),
    )
    assert calendar.send(series) == "update"
    times = [start, start + 7 * DAY, moved + DAY, start + 28 * DAY, start + 35 * DAY]
    assert [one.starts_at for one in calendar.planned] == times
    calendar.post.moment += HOUR
    alone = calendar.event(
        start=start, is_alone=True, sequence=1,
        others=((f"RECURRENCE-ID:{utc(times[1])}", f"DTSTART:{utc(times[1] + HOUR)}", "DURATION:PT1H"),),
    )  # fmt: skip
    assert calendar.send(alone) == "update"
    assert [one.starts_at for one in calendar.planned] == [times[0], times[1] + HOUR, *times[2:]]
    off = replace(alone, method="CANCEL", others=((f"RECURRENCE-ID:{utc(times[3])}", f"DTSTART:{utc(times[3])}"),))
    assert calendar.send(off) == "cancel"
    assert [one.starts_at for one in calendar.planned] == [times[0], times[1] + HOUR, times[2], times[4]]
    calendar.post.moment += HOUR
    fewer = replace(series, sequence=2, stamp=calendar.post.moment, lines=("RRULE:FREQ=WEEKLY;COUNT=2",), others=())
    assert calendar.send(fewer) == "update"
    assert [one.starts_at for one in calendar.planned] == times[:2]
    assert calendar.send(replace(fewer, method="CANCEL", sequence=3)) == "cancel"
    assert calendar.planned == []


@on_sqlite
def test_a_series_without_an_end_goes_to_the_last_day_of_the_relationship(calendar: Calendar) -> None:
    assert calendar.send(calendar.event(lines=("RRULE:FREQ=MONTHLY",))) == "update"
    assert 5 <= len(calendar.planned) <= 6
    assert all(calendar.together.lasts_until(one.starts_at) for one in calendar.planned if one.starts_at)


@on_sqlite
@pytest.mark.parametrize(
    ("lines", "length", "days", "sentence"),
    [
        (
            ("DTSTART;VALUE=DATE:20270310", "DTEND;VALUE=DATE:20270311"),
            HOUR,
            8,
            "An event of a whole day is no meeting",
        ),
        ((), 9 * HOUR, 8, "A meeting lasts between 10 and 480 minutes."),
        ((), HOUR, -8, "A meeting has to be in the future."),
        ((), HOUR, 800, "This relationship ends on"),
        (("RRULE:FREQ=WEEKLY;COUNT=3",), HOUR, -80, "A meeting has to be in the future."),
        (("RRULE:FREQ=SECONDLY",), HOUR, 8, "It repeats by a rule that is not understood."),
    ],
)
def test_what_cannot_be_a_meeting_is_refused_with_a_sentence(
    calendar: Calendar, lines: tuple[str, ...], length: timedelta, days: int, sentence: str
) -> None:
    event = calendar.event(lines=lines, length=length, start=calendar.post.moment.replace(microsecond=0) + days * DAY)
    assert calendar.send(event) in {"refuse", "ask"}
    assert calendar.meetings == []
    mail = calendar.asked()
    assert mail.recipient == calendar.post.cast.alice.email
    assert sentence in mail.text


def test_an_event_of_somebody_else_is_a_suggestion_that_a_button_takes(calendar: Calendar) -> None:
    event = calendar.event(organizer="zoe@elsewhere.example.net", sender=calendar.post.cast.alice.email)
    assert calendar.send(event) == "ask"
    assert calendar.meetings == []
    mail = calendar.asked()
    assert mail.mail["In-Reply-To"]
    calendar.post.press(mail, "plan")
    (meeting,) = calendar.planned
    assert (meeting.event_owner, meeting.starts_at) == (calendar.post.cast.alice, event.start)


@on_sqlite
def test_an_event_from_another_address_counts_once_its_owner_says_that_it_was_theirs(calendar: Calendar) -> None:
    assert calendar.send(calendar.event(sender="alice@home.example.net")) == "other address"
    assert calendar.meetings == []
    question = calendar.asked()
    assert "A calendar sent something" in question.text
    calendar.post.press(question, "confirm")
    assert len(calendar.planned) == 1


def test_an_event_for_two_relationships_is_asked_about_and_then_followed(calendar: Calendar) -> None:
    cast = calendar.post.cast
    other = Relationship.begin(cast.program, cast.alice, cast.eve, calendar.post.moment)
    cast.session.commit()
    both = (calendar.own, calendar.address(cast.alice, other))
    event = calendar.event(invited=both)
    (first, second) = (calendar.send(event, address) if address == both[0] else "" for address in both)
    assert (first, second) == ("ask", "")
    mail = calendar.asked()
    calendar.post.press(mail, "plan", plan=str(other.id))
    (meeting,) = calendar.planned
    assert meeting.relationship_id == other.id
    calendar.post.moment += HOUR
    assert calendar.send(replace(event, sequence=1, start=event.start + DAY)) == "update"
    (meeting,) = calendar.planned
    assert (meeting.relationship_id, meeting.starts_at) == (other.id, event.start + DAY)


@on_sqlite
def test_the_same_event_at_two_addresses_at_once_is_asked_about_once(calendar: Calendar) -> None:
    post, cast = calendar.post, calendar.post.cast
    other = Relationship.begin(cast.program, cast.alice, cast.eve, post.moment)
    cast.session.commit()
    both = (calendar.own, calendar.address(cast.alice, other))
    assert [calendar.send(calendar.event(invited=both), address) for address in both] == ["ask", "repeated"]
    assert calendar.asked().recipient == cast.alice.email


@on_sqlite
def test_one_that_the_other_member_gets_too_is_one_meeting(calendar: Calendar) -> None:
    cast = calendar.post.cast
    both = (calendar.own, calendar.address(cast.bob))
    decisions = [calendar.send(calendar.event(invited=both), address) for address in both]
    assert decisions == ["update", "nothing new"]
    (meeting,) = calendar.planned
    assert meeting.event_owner is cast.alice


@on_sqlite
def test_an_invitation_of_ours_that_comes_back_says_nothing(calendar: Calendar) -> None:
    cast = calendar.post.cast
    ours = calendar.event(organizer=calendar.address(cast.bob), sender=cast.alice.email)
    assert calendar.send(ours) == "ignore"
    ours = calendar.event(organizer=calendar.address(cast.bob), sender=calendar.address(cast.bob), sequence=1)
    assert calendar.send(ours) == "ignore"
    assert (calendar.meetings, calendar.post.pass_by(seconds=5)) == ([], [])


@on_sqlite
def test_the_address_of_what_has_ended_answers_with_a_sentence_and_is_closed_after_ninety_days(
    calendar: Calendar,
) -> None:
    cast, post = calendar.post.cast, calendar.post
    calendar.send(calendar.event())
    part(calendar.together, cast.dave, post.moment)
    cast.session.commit()
    post.moment += DAY
    assert calendar.send(calendar.event(sequence=2)) == "refuse"
    assert "This relationship has ended" in post.pass_by(seconds=5)[-1].text
    letterbox = post.office.letterbox
    for days, kind in ((88, Owner), (90, AddressClosed)):
        (owner,) = letterbox.owners([calendar.own], post.moment + days * DAY).values()
        assert isinstance(owner, kind)
        assert "This relationship has ended" in str(owner) or kind is Owner


@on_sqlite
def test_a_meeting_that_has_begun_is_not_called_off_by_a_later_word_of_it(calendar: Calendar) -> None:
    event = calendar.event()
    calendar.send(event)
    calendar.post.moment = event.start + HOUR / 2
    assert calendar.send(replace(event, sequence=1, stamp=calendar.post.moment)) == "nothing new"
    assert len(calendar.planned) == 1
