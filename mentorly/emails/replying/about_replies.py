"""What the mails about replies have in common."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy.orm import selectinload
from sqlalchemy.orm.interfaces import ORMOption

from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email, Register
from mentorly.emails.envelope import Answer, Envelope
from mentorly.emails.reply import Outcome, Reply
from mentorly.emails.understanding import SAID
from mentorly.mentoring.people import Person

SUBJECT = {"en": "Mentoring", "fr": "Mentorat"}


def on_reply(outcome: Outcome) -> Due:
    """Due to who replied, when that became of it."""
    return Due(
        Reply, reader=Reply.person_id, moment=Reply.told_at, occasion=Reply.told_at, while_=Reply.outcome == outcome
    )


class AboutReply(Email):
    """A mail that answers a reply, at once and in its thread."""

    lane = NOW
    fresh_for = timedelta(days=3)
    through_quiet = True
    grace = timedelta()
    loads: ClassVar[Sequence[ORMOption]] = (
        selectinload(Reply.envelope),
        selectinload(Reply.asking),
        selectinload(Reply.remark),
        selectinload(Reply.answer).selectinload(Answer.envelope),
    )

    def speaks_of(self, thing: Reply) -> Envelope | None:
        return thing.envelope

    def answers_to(self, thing: Reply) -> str:
        return thing.message_id

    def values(self, thing: Reply, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {"subject": subject_of(self.register, thing.envelope, reader)}

    def sample(self, reader: Person, now: datetime) -> Reply:
        return Reply(person=reader, thread=1, taken_at=now, told_at=now, outcome=Outcome.TAKEN, message_id="")

    def sample_values(self, thing: Reply, reader: Person, now: datetime) -> Mapping[str, Any]:
        proposed = self.register["match_proposed"]
        values = proposed.sample_values(proposed.sample(reader, now), reader, now)
        return {"subject": proposed.wordings[reader.language].subject(values, reader)}


def subject_of(register: Register, envelope: Envelope | None, reader: Person) -> str:
    """The subject that a mail had, so that what is said about it follows it in the reader's mailbox."""
    kind = register.get(envelope.kind) if envelope else None
    thing = reader.session.get(kind.due.thing, envelope.thing_id) if envelope and kind else None
    if envelope is None or kind is None or thing is None:
        return SUBJECT[reader.language]
    then = envelope.sent_at or envelope.collected_at
    try:
        subject = kind.wordings[reader.language].subject(kind.values(thing, reader, then), reader)
    except LookupError:
        return SUBJECT[reader.language]
    return subject.removeprefix("Re: ")


def label_of(register: Register, answer: Answer, reader: Person) -> str:
    """What stands on the button that an answer pressed, in the reader's language."""
    kind = register.get(answer.envelope.kind)
    return kind.wordings[reader.language].labels.get(answer.button, "") if kind else ""


def again(kind: Email, reader: Person) -> dict[str, Any]:
    """The buttons of a mail as another one shows them again, and the words of a reply that press them."""
    labels = kind.wordings[reader.language].labels
    return {
        "buttons": [{"name": name, "label": label} for name, label in labels.items()],
        "by_hand": bool(kind.by_hand),
        "words": [SAID[meaning][reader.language] for meaning in kind.replies if meaning in SAID],
    }
