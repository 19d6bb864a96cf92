"""Reception: a received message is kept once, and then taken in: read, judged, and given to whom it concerns."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from mentorly.emails.automatic import Automatic, Ours, is_of_a_calendar, mail_of_ours
from mentorly.emails.bounces import Bounce, Complaint, Receipt
from mentorly.emails.calendar_mail import CalendarMail
from mentorly.emails.calendars_taken import IGNORE, Place
from mentorly.emails.email import Register
from mentorly.emails.envelope import Envelope
from mentorly.emails.incoming import Incoming, NotAMail
from mentorly.emails.judging import Calendar, Words, judge
from mentorly.emails.latest_invitation import latest_invitation
from mentorly.emails.letterbox import Letterbox, Owner
from mentorly.emails.received import Received, Stage
from mentorly.emails.replies import Replies
from mentorly.emails.undelivered import Undelivered
from mentorly.emails.writing import ANSWER, MEETING, Desk
from mentorly.mentoring.relationships import Member
from mentorly.tokens import Tokens

NO_MAIL = "not a mail"
BOUNCE = "bounce"
COMPLAINT = "complaint"
NOTHING_NEW = "nothing new"
FOREIGN = "of no mail of ours"
NO_ADDRESS = "no such address"


class Reception:
    """Takes mail in. Nothing here sends: what a message asks for falls due."""

    def __init__(self, session: Session, register: Register, desk: Desk) -> None:
        self.session = session
        self.register = register
        self.desk = desk

    @property
    def letterbox(self) -> Letterbox:
        """Where messages are kept."""
        return Letterbox(self.session, self.register, self.desk)

    @property
    def ours(self) -> Ours:
        """How mails of ours are known when they come back."""
        settings = self.desk.settings
        patterns = (settings.reply_address, settings.calendar_address)
        return Ours(self.desk.mail_domain, frozenset({self.desk.sender}), patterns)

    def envelope_of(self, recipient: str) -> Envelope | None:
        """The mail of ours that a recipient's address was made for; None for an address that we did not make."""
        token = self.desk.token_in(recipient)
        number = Tokens.number(token) if token else None
        envelope = self.session.get(Envelope, number) if number is not None else None
        if token is None or envelope is None:
            return None
        return envelope if self.desk.tokens.proves(token, ANSWER, envelope.reader.generation) else None

    def owner_of(self, recipient: str) -> Envelope | Member | None:
        """What a recipient's address was made for: a mail, or a person in a relationship."""
        token = self.desk.calendar_token_in(recipient)
        number = Tokens.number(token) if token else None
        member = self.session.get(Member, number) if number is not None else None
        if token and member and self.desk.tokens.proves(token, MEETING, member.person.generation):
            return member
        return self.envelope_of(recipient)

    def keep(
        self, raw: bytes, recipients: Sequence[str], envelope_sender: str | None, door: str, now: datetime
    ) -> list[int]:
        """Keep a message for each recipient of ours, once; returns the numbers of those that are new.

        Raises NoSuchAddress if no recipient is ours, NotAMail if it is no message. Nothing is committed.
        """
        return self.letterbox.keep([self.letterbox.post(raw, recipients, envelope_sender, door, now)], now)

    def take_in(self, received: Received, now: datetime) -> None:
        """Read a kept message and do what it says. It raises whatever goes wrong: the door keeps the fault."""
        received.tries += 1
        try:
            mail = Incoming.read(received.raw or b"", (received.recipient,), received.envelope_sender)
        except NotAMail:
            self._taken(received, NO_MAIL, "", now)
            return
        judgement = judge(mail, self.ours)
        sign = judgement.automatic.sign if judgement.automatic else ""
        match judgement.what:
            case Bounce() | Complaint():
                decision = self._reported(judgement.what, received, now)
            case Receipt() | Automatic():
                decision = "silent"
            case Calendar():
                decision = self._calendar(received, mail, now)
            case Words(words=words):
                decision = self._heard(received, mail, words, now)
        self._taken(received, decision, sign, now)

    def _reported(self, report: Bounce | Complaint, received: Received, now: datetime) -> str:
        """Keep what is reported of a mail of ours; the decision."""
        undelivered = Undelivered(self.session, self.register)
        addresses = [received.recipient, *(report.ours if isinstance(report, Complaint) else ())]
        envelope = next(filter(None, map(self.envelope_of, addresses)), None)
        if envelope is None:
            return FOREIGN
        if isinstance(report, Complaint):
            return COMPLAINT if undelivered.complained(envelope, report, now) else NOTHING_NEW
        return BOUNCE if undelivered.bounced(envelope, report, received.received_at, now) else NOTHING_NEW

    def _calendar(self, received: Received, mail: Incoming, now: datetime) -> str:
        """Take in what a calendar says; one of our own that comes back says nothing."""
        to = self.owner_of(received.recipient)
        if to is None:
            return NO_ADDRESS
        if mail_of_ours(mail, self.ours):
            return IGNORE

        def named(addresses: Iterable[str]) -> Collection[int]:
            owners = self.letterbox.owners(addresses, now).values()
            members = [one.member_id for one in owners if isinstance(one, Owner) and one.member_id]
            query = select(Member.relationship_id).where(Member.id.in_(members))
            return self.session.scalars(query).all() if members else ()

        calendars = CalendarMail(self.session, self.register, now, self.ours.has, named)
        may_tell, server = is_of_a_calendar(mail, self.ours), self.desk.settings.trusted_authserv
        return calendars.take(received, Place(to), mail, server, may_tell=may_tell)

    def _heard(self, received: Received, mail: Incoming, words: str, now: datetime) -> str:
        """Take in what a person wrote; an address may have become void since its message was kept.

        What came to a person's own address in a relationship answers the invitation that it names, or the latest.
        """
        to = self.owner_of(received.recipient)
        if to is None:
            return NO_ADDRESS
        if isinstance(to, Member):
            to = latest_invitation(self.session, self.register, to, mail.answers_to) or to
        replies = Replies(self.session, self.register, now)
        return str(replies.hear(received, to, mail, words, self.desk.settings.trusted_authserv).outcome)

    @staticmethod
    def _taken(received: Received, decision: str, sign: str, now: datetime) -> None:
        received.stage, received.decision, received.sign, received.fault = Stage.TAKEN, decision, sign, ""
        received.taken_at = now

    def waiting(self, most: int) -> list[int]:
        """The numbers of the messages that wait to be taken in, the oldest first."""
        return self.letterbox.waiting(most)
