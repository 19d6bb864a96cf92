"""Replies: what somebody wrote to an address of ours is taken in if it is that person who speaks (rules B7)."""

from datetime import datetime

from sqlalchemy.orm import Session

from mentorly.emails.courtesies import without_greeting
from mentorly.emails.email import Register
from mentorly.emails.envelope import Envelope
from mentorly.emails.headers import is_identifier
from mentorly.emails.incoming import Incoming
from mentorly.emails.received import Received
from mentorly.emails.reply import IN_DOUBT, Outcome, Reply
from mentorly.emails.speaking import Voice, who_speaks
from mentorly.emails.taking import Taking
from mentorly.emails.understanding import Understood, numbered
from mentorly.mentoring.aliases import Alias
from mentorly.mentoring.base import Refused
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Member

MOST_LINES = 20
WAITING = {Voice.OTHER_ADDRESS: Outcome.OTHER_ADDRESS, Voice.DOUBTFUL: Outcome.DOUBTFUL}


class Replies:
    """Hears what people write to mails of ours. What is answered to them falls due, as every mail does."""

    def __init__(self, session: Session, register: Register, now: datetime) -> None:
        self.session = session
        self.register = register
        self.now = now

    def hear(self, received: Received, to: Envelope | Member, mail: Incoming, words: str, server: str) -> Reply:
        """Take in what somebody wrote to the address of a mail, or to their own one in a relationship.

        server: the authserv-id that is trusted, or ''.
        """
        envelope = to if isinstance(to, Envelope) else None
        person = to.person if isinstance(to, Member) else to.reader
        reply = Reply(
            received=received, envelope=envelope, thread=self.thread(to), person=person, taken_at=self.now,
            message_id=mail.message_id if is_identifier(mail.message_id) else "", outcome=Outcome.DENIED, sender="",
            button="", sentence="",
        )  # fmt: skip
        self.session.add(reply)
        speaker = who_speaks(mail, person, server)
        if speaker.voice is Voice.OWN:
            received.person = person
            self._take(reply, words, is_proven=speaker.is_proven)
        elif speaker.voice in WAITING:
            reply.sender = mail.sender if speaker.voice is Voice.OTHER_ADDRESS else ""
            reply.seal(words, WAITING[speaker.voice], self.now)
        self.session.flush()
        return reply

    def confirm(self, reply: Reply, by: Person) -> None:
        """Take in a reply that was in doubt, since the person says that they wrote it. Raises Refused."""
        if reply.outcome not in {*IN_DOUBT, Outcome.TO_CONFIRM} or reply.remark is None:
            raise Refused("This reply has been taken in already.")
        words = reply.remark.unseal(by)
        if reply.sender:
            Alias.confirm(reply.person, reply.sender, by, self.now)
        self.session.delete(reply.remark)
        reply.remark = None
        self._take(reply, words, is_proven=True)
        self.session.flush()

    def _take(self, reply: Reply, words: str, *, is_proven: bool) -> None:
        """Take in an answer; of a reply to a digest, the answer to each line that it names, as a reply of its own."""
        lines = self._lines(reply, words)
        if not lines:
            Taking(self.register, reply, words, self.now, is_proven=is_proven).take()
        for place, (number, answer) in enumerate(lines):
            own = reply if place == 0 else reply.another()
            more = answer.more if place == len(lines) - 1 else ""
            self.session.add(own)
            Taking(self.register, own, words, self.now, is_proven=is_proven).take_line(number, answer, more)

    def _lines(self, reply: Reply, words: str) -> list[tuple[int, Understood]]:
        kind = self.register.get(reply.envelope.kind) if reply.envelope else None
        if kind is None or not kind.carries:
            return []
        answers = numbered(without_greeting(words))
        return [(number, answer) for answer in answers for number in answer.numbers][:MOST_LINES]

    def thread(self, to: Envelope | Member) -> int:
        """The number of the mail that a thread began with; of an address that is no mail's, one below zero."""
        if isinstance(to, Member):
            return -to.id
        return self._thread(to)

    def _thread(self, envelope: Envelope) -> int:
        kind = self.register.get(envelope.kind)
        thing = self.session.get(kind.due.thing, envelope.thing_id) if kind else None
        earlier = kind.speaks_of(thing) if kind and thing else None
        return self._thread(earlier) if earlier else envelope.id
