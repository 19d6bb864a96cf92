from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from mentorly.emails import answering
from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email, Given
from mentorly.emails.envelope import Answer, Envelope
from mentorly.emails.reply import Outcome, Reply
from mentorly.emails.replying.about_replies import label_of, subject_of
from mentorly.mentoring.people import Person


class ReplyTaken(Email):
    """You get this because you answered one of our mails by a reply."""

    due = Due(
        Answer,
        reader=Answer.by_id,
        moment=Answer.answered_at,
        occasion=Answer.answered_at,
        while_=Answer.is_by_mail & Answer.undone_at.is_(None),
    )
    lane = NOW
    fresh_for = timedelta(days=3)
    through_quiet = True
    grace = timedelta()
    loads = (selectinload(Answer.envelope).selectinload(Envelope.answers),)
    buttons = {"undo": ()}

    def speaks_of(self, thing: Answer) -> Envelope | None:
        return thing.envelope

    def answers_to(self, thing: Answer) -> str:
        taken = select(Reply.message_id).where(Reply.answer_id == thing.id, Reply.outcome == Outcome.TAKEN)
        return thing.session.scalar(taken.limit(1)) or ""

    def values(self, thing: Answer, reader: Person, now: datetime) -> Mapping[str, Any]:
        answered = answering.opened_of(thing.session, self.register, thing.envelope, thing.answered_at)
        return {
            "subject": subject_of(self.register, thing.envelope, reader),
            "label": label_of(self.register, thing, reader),
            "said": answered.understood(thing),
            "until": thing.answered_at + answered.kind.grace if answered.kind.grace else None,
            "can_undo": answered.standing() is thing and answered.can_undo,
        }

    def sample(self, reader: Person, now: datetime) -> Answer:
        return Answer(id=1, by=reader, button="accept", door="mail", answered_at=now, revision=1)

    def sample_values(self, thing: Answer, reader: Person, now: datetime) -> Mapping[str, Any]:
        proposed = self.register["match_proposed"]
        wording = proposed.wordings[reader.language]
        values = proposed.sample_values(proposed.sample(reader, now), reader, now)
        return {
            "subject": wording.subject(values, reader),
            "label": wording.labels["accept"],
            "said": (),
            "until": now + proposed.grace,
            "can_undo": True,
        }

    def answered(self, thing: Answer, by: Person, given: Given, now: datetime) -> None:
        answered = answering.opened_of(thing.session, self.register, thing.envelope, now, lock=True)
        answering.undo(thing.session, answered, now, thing)
