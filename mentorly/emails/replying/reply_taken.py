from collections.abc import Mapping, Sequence
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
from mentorly.emails.replying.passing_on import BUTTONS, besides, decide, offered, sample_besides, which
from mentorly.mentoring.people import Person
from mentorly.mentoring.questions import Question


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
    buttons = {"undo": (), **BUTTONS}

    def speaks_of(self, thing: Answer) -> Envelope | None:
        return thing.envelope

    def answers_to(self, thing: Answer) -> str:
        reply = _reply_of(thing)
        return reply.message_id if reply else ""

    def values(self, thing: Answer, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {
            "subject": subject_of(self.register, thing.envelope, reader),
            "label": label_of(self.register, thing, reader),
            **self._done(thing),
            **_besides(thing, reader),
        }

    def _done(self, thing: Answer) -> Mapping[str, Any]:
        """The details that were understood, and whether the answer could be taken back now."""
        try:
            answered = answering.opened_of(thing.session, self.register, thing.envelope, thing.answered_at)
        except answering.Expired:
            return {"said": (), "is_form": False, "until": None, "can_undo": False}
        said = answered.understood(thing) or answered.kind.told_back(answered.thing, thing.by)
        return {
            "said": said,
            "is_form": bool(said) and not answered.kind.keeps_said,
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
            "is_form": False,
            "until": now + proposed.grace,
            "can_undo": True,
            **sample_besides(reader),
        }

    def offered(self, thing: Answer, reader: Person) -> Sequence[str]:
        reply = _reply_of(thing)
        return ["undo", *(offered(reader) if reply and reply.remark else ())]

    def questions(self, button: str, thing: Answer, reader: Person, now: datetime) -> Sequence[Question]:
        return which(button, reader)

    def answered(self, thing: Answer, by: Person, given: Given, now: datetime) -> None:
        if given.button != "undo":
            reply = _reply_of(thing)
            decide(reply.remark if reply else None, given, by, now)
            return
        answered = answering.opened_of(thing.session, self.register, thing.envelope, now, lock=True)
        answering.undo(thing.session, answered, now, thing)


def _reply_of(answer: Answer) -> Reply | None:
    """The reply that gave an answer."""
    query = select(Reply).where(Reply.answer_id == answer.id, Reply.outcome == Outcome.TAKEN)
    return answer.session.scalar(query.order_by(Reply.id).limit(1).options(selectinload(Reply.remark)))


def _besides(answer: Answer, reader: Person) -> Mapping[str, Any]:
    """What the reply said besides, and who could get it."""
    reply = _reply_of(answer)
    return besides(reply.remark if reply else None, reader, came_here=not (reply and reply.sender))
