"""Calendars that come in by mail: who speaks, whether it is an answer or an event, and what becomes of it (I12 to I17).

A calendar is data, even where a program sent it; what is written about it goes to whose address it came to alone, at
the address that we know.
"""

from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from mentorly.calendars.answers import CalendarAnswer, CalendarEvent
from mentorly.calendars.reading import read
from mentorly.calendars.received_lines import NoEvent, Unreadable
from mentorly.emails import spoken
from mentorly.emails.calendar_answers import CalendarAnswers
from mentorly.emails.calendars_taken import ASK, IGNORE, REFUSE, REPEATED, Done, Place
from mentorly.emails.email import Register
from mentorly.emails.headers import is_identifier
from mentorly.emails.incoming import Incoming
from mentorly.emails.own_calendars import OwnCalendars, organizes
from mentorly.emails.received import Received
from mentorly.emails.replies import WAITING, Replies
from mentorly.emails.reply import Outcome, Reply
from mentorly.emails.speaking import Voice, who_speaks
from mentorly.mentoring.aliases import Alias
from mentorly.mentoring.base import Refused, sentence
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Member, Relationship

Said = CalendarAnswer | CalendarEvent
GONE = sentence("What came has been deleted, as it is after 7 days. Please send it once more.")


class CalendarMail:
    """Takes in what came to an address of ours in a calendar. What is answered to it falls due, as every mail does."""

    def __init__(
        self, session: Session, register: Register, now: datetime,
        is_ours: Callable[[str], bool] = lambda _address: False,
        relationships_at: Callable[[Iterable[str]], Collection[int]] = lambda _addresses: (),
    ) -> None:  # fmt: skip
        self.session = session
        self.register = register
        self.now = now
        self.is_ours = is_ours
        self.relationships_at = relationships_at

    def take(self, received: Received, place: Place, mail: Incoming, server: str, *, may_tell: bool) -> str:
        """Do what a calendar says, if it is that person who speaks; returns what was decided, in a word.

        server: the authserv-id that is trusted, or ''. may_tell: a mail of ours about it may fall due.
        """
        reply = self._reply(received, place, mail)
        try:
            done = self._take(reply, received, place, mail, server)
        except NoEvent:
            done = Done(IGNORE)
        except Unreadable as fault:
            done = self._refused(reply, Refused(str(fault)), ASK)
        except Refused as refusal:
            done = self._refused(reply, refusal, REFUSE)
        if done.outcome:
            self._keep(reply, done, may_tell=may_tell)
        return done.decision

    def confirm(self, reply: Reply, by: Person) -> None:
        """Take in a calendar that was in doubt, since the person says that they sent it. Raises Refused."""
        place, said = self._again(reply)
        if reply.sender:
            Alias.confirm(reply.person, reply.sender, by, self.now)
        if isinstance(said, CalendarAnswer):
            done = CalendarAnswers(self.session, self.register, self.now).take(place, said, reply.taken_at)
        else:
            done = OwnCalendars(self.session, self.now).take(place, said, by, ())
        reply.asking = done.about
        reply.tell(done.outcome or Outcome.TAKEN, self.now)
        if not done.outcome:
            reply.told_at = None

    def choose(self, reply: Reply, together: Relationship) -> None:
        """Let an event be a meeting of the relationship that its address's owner chose. Raises Refused."""
        _, said = self._again(reply)
        if isinstance(said, CalendarEvent):
            OwnCalendars(self.session, self.now).follow(together, reply.person, said)
        reply.outcome, reply.told_at = Outcome.TAKEN, None

    def event_of(self, reply: Reply) -> CalendarEvent | None:
        """The event that a person is asked about; None once the message is deleted."""
        with suppress(Refused):
            _, said = self._again(reply)
            return said if isinstance(said, CalendarEvent) else None
        return None

    def _take(self, reply: Reply, received: Received, place: Place, mail: Incoming, server: str) -> Done:
        said = _read(mail, place.person)
        if self._says_nothing(said):
            return Done(IGNORE)
        person = self._speaking(place, mail, said)
        speaker = who_speaks(mail, person, server)
        if speaker.voice is Voice.DENIED:
            return Done(str(Outcome.DENIED))
        is_own = speaker.voice is Voice.OWN
        if is_own:
            received.person = person
        elif isinstance(said, CalendarAnswer) or organizes(person, said):
            return self._doubted(reply, mail, speaker.voice)
        if place.together is not None and place.together.ended_at is not None:
            raise Refused("This relationship has ended, so no meeting can be planned.")
        if isinstance(said, CalendarAnswer):
            answers = CalendarAnswers(self.session, self.register, self.now)
            return answers.take(place, said, received.received_at)
        if self._is_asked(received, place.person):
            return Done(REPEATED)
        ours = self.relationships_at(one.address for one in said.attendees)
        return OwnCalendars(self.session, self.now).take(place, said, person if is_own else None, ours)

    def _says_nothing(self, said: Said) -> bool:
        """Whether there is nothing to do: nothing is asked, or it is an event that we sent ourselves."""
        if isinstance(said, CalendarAnswer):
            return said.said == IGNORE
        return said.asked == IGNORE or self.is_ours(said.organizer.address)

    @staticmethod
    def _speaking(place: Place, mail: Incoming, said: Said) -> Person:
        """Whom a calendar speaks for: whose address it came to, or another of the relationship who organizes it."""
        if isinstance(said, CalendarEvent) and place.together is not None and mail.sender:
            others = (member.person for member in place.together.present if member.person is not place.person)
            for other in others:
                if Alias.speaks_for(mail.sender, other) and organizes(other, said):
                    return other
        return place.person

    @staticmethod
    def _doubted(reply: Reply, mail: Incoming, voice: Voice) -> Done:
        reply.sender = mail.sender if voice is Voice.OTHER_ADDRESS else ""
        return Done(str(WAITING[voice]), WAITING[voice])

    def _is_asked(self, received: Received, person: Person) -> bool:
        """Whether the same message came to another address of this person's, and was asked about."""
        same = select(Reply.id).join(Received, Reply.received_id == Received.id)
        same = same.where(Received.fingerprint == received.fingerprint, Reply.person_id == person.id)
        asked = same.where(Reply.outcome.in_([Outcome.EVENT_UNCLEAR, Outcome.TAKEN]), Reply.by_calendar.is_(True))
        return self.session.scalar(asked.limit(1)) is not None

    def _reply(self, received: Received, place: Place, mail: Incoming) -> Reply:
        """The row of a mail of ours about a calendar; it is kept only where there is one."""
        return Reply(
            received=received, thread=Replies(self.session, self.register, self.now).thread(place.to),
            person=place.person, taken_at=self.now, outcome=Outcome.DENIED, sender="", button="", sentence="",
            message_id=mail.message_id if is_identifier(mail.message_id) else "", by_calendar=True,
            envelope=None if isinstance(place.to, Member) else place.to,
        )  # fmt: skip

    def _refused(self, reply: Reply, refusal: Refused, decision: str) -> Done:
        reply.sentence = spoken.said(refusal, reply.person.language, reply.person.timezone)
        return Done(decision, Outcome.EVENT_REFUSED)

    def _keep(self, reply: Reply, done: Done, *, may_tell: bool) -> None:
        self.session.add(reply)
        self.session.flush()
        if done.about is not None:
            reply.envelope = reply.asking = done.about
            reply.thread = Replies(self.session, self.register, self.now).thread(done.about)
        reply.tell(done.outcome or Outcome.DENIED, self.now)
        if not may_tell:
            reply.told_at = None
        self.session.flush()

    def _again(self, reply: Reply) -> tuple[Place, Said]:
        """Read once more what came. Raises Refused once it is deleted, or taken in."""
        received, gone = reply.received, Refused(GONE)
        if reply.outcome not in {*WAITING.values(), Outcome.EVENT_UNCLEAR}:
            raise Refused("This has been taken in already.")
        to = (received.member or received.envelope) if received else None
        if received is None or to is None or received.raw is None:
            raise gone
        try:
            return Place(to), _read(Incoming.read(received.raw, (received.recipient,)), reply.person)
        except ValueError as fault:
            raise gone from fault


def _read(mail: Incoming, person: Person) -> Said:
    """What a calendar says. Raises Unreadable."""
    return read(mail.calendar or b"", ZoneInfo(person.timezone), mail.calendar_method)
