"""What somebody is asked: one instrument on one occasion, from the moment it opens until it is finished."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, ForeignKey, UniqueConstraint, and_, select
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm import relationship as linked

from mentorly.mentoring.base import Base, Private, Refused, partial_index
from mentorly.mentoring.instruments import Instrument, Kind, Opening
from mentorly.mentoring.people import Person
from mentorly.mentoring.program_instruments import InstrumentText
from mentorly.mentoring.programs import Program
from mentorly.mentoring.questions import Text
from mentorly.mentoring.relationships import Member, Relationship

LATER = frozenset({Opening.END, Opening.ENDED})
OPEN = "finished_at IS NULL AND withdrawn_at IS NULL"


class Asked(Base):
    """That a person is asked an instrument on one occasion.

    opens_at: from when it can be answered; None: not known yet, so it is locked. asked_at: when its mail left.
    remind_at: when the next reminder is due; reminds: after how many days each is. tells: whether project leads hear
    that it was left unfinished. text: the version to which it is answered. draft: what was typed and not sent, as JSON;
    draft_key: the SHA-256 of what the browser keeps that typed it. call_at: when the person asked to be called.
    shared_at: when the author let the others of the relationship read it.
    """

    __tablename__ = "asked"
    __table_args__ = (
        UniqueConstraint("relationship_id", "person_id", "name", "occasion"),
        partial_index(
            "uq_asked_of_program",
            "program_id",
            "person_id",
            "name",
            "occasion",
            unique=True,
            where="relationship_id IS NULL",
        ),
        partial_index("ix_asked_unasked", "opens_at", where=f"asked_at IS NULL AND {OPEN}"),
        partial_index("ix_asked_remind", "remind_at", where=OPEN),
        partial_index("ix_asked_call", "call_at", where="call_at IS NOT NULL"),
        partial_index("ix_asked_shared", "shared_at", where="shared_at IS NOT NULL"),
        partial_index("ix_asked_finished", "program_id", "name", where="finished_at IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"))
    relationship_id: Mapped[int | None] = mapped_column(ForeignKey("relationship.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str]
    occasion: Mapped[str]
    text_id: Mapped[int] = mapped_column(ForeignKey("instrument_text.id"))
    opens_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]
    reminds: Mapped[tuple[str, ...]]
    reminded: Mapped[int] = mapped_column(default=0)
    remind_at: Mapped[datetime | None]
    tells: Mapped[bool] = mapped_column(default=False)
    finished_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    call_at: Mapped[datetime | None]
    shared_at: Mapped[datetime | None]
    draft: Mapped[str] = mapped_column(Private, default="")
    draft_key: Mapped[str] = mapped_column(default="")
    draft_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=0)

    program: Mapped[Program] = linked()
    relationship: Mapped[Relationship | None] = linked()
    person: Mapped[Person] = linked()
    text: Mapped[InstrumentText] = linked()
    responses: Mapped[list["Response"]] = linked(
        back_populates="asked", cascade="all, delete-orphan", order_by="Response.id"
    )

    @hybrid_property
    def is_open(self) -> bool:
        """Whether it was neither finished nor withdrawn."""
        return self.finished_at is None and self.withdrawn_at is None

    @is_open.inplace.expression
    @classmethod
    def _is_open(cls) -> ColumnElement[bool]:
        return and_(cls.finished_at.is_(None), cls.withdrawn_at.is_(None))

    @property
    def instrument(self) -> Instrument:
        """What is asked, in the version to which it is answered."""
        return self.text.instrument

    def others(self, person: Person) -> list[Person]:
        """Who else is in its relationship now, as far as a person who is in it may know."""
        together = self.relationship
        if together is None or together.member(person) is None:
            return []
        return [one.person for one in together.present if one.person_id != person.id]

    @property
    def is_shared_work(self) -> bool:
        """Whether the members of a relationship fill it in together."""
        return self.relationship_id is not None and self.instrument.kind is Kind.AGREEMENT

    def is_locked(self, now: datetime) -> bool:
        """Whether its time has not come."""
        return self.opens_at is None or self.opens_at > now

    def was_asked(self, now: datetime) -> None:
        """Keep that its mail has left: the days until a reminder are counted from now on (rules A7)."""
        self.asked_at = now
        self._remind_next()

    def was_reminded(self, now: datetime) -> None:
        """Keep that a reminder has left; after the last one the project lead may hear that something is unfinished."""
        self.reminded += 1
        self._remind_next()
        member = self.member
        if self.remind_at is None and self.tells and member is not None:
            member.unfinished_at = member.unfinished_at or self._days_after(now, 1)

    def _remind_next(self) -> None:
        days = self.reminds[self.reminded : self.reminded + 1]
        self.remind_at = self._days_after(self.asked_at, int(days[0])) if days and self.asked_at else None

    def _days_after(self, moment: datetime, days: int) -> datetime:
        """The first moment of the program's own day so many days later: what left at nine is reminded of at nine."""
        zone = ZoneInfo(self.program.timezone)
        return datetime.combine(moment.astimezone(zone).date() + timedelta(days=days), time(), zone)

    def check_answerable(self, by: Person, now: datetime) -> None:
        """Refuse an answer of anybody else, before its time, and when it is too late."""
        if by.id != self.person_id:
            raise Refused("This was asked of {name} alone.", name=self.person.name)
        if self.withdrawn_at is not None:
            raise Refused("This is not asked any more, so there is nothing to answer.")
        if self.is_locked(now):
            raise Refused("This opens later: you get a mail when it does.")
        if self.relationship and self.relationship.is_closed(now) and not self.occasion.startswith(Opening.ENDED):
            self.relationship.check_open(now)

    def answer(self, by: Person, said: Mapping[str, Any], now: datetime) -> None:
        """Keep the answers to a survey or a sheet, and that it is finished; given again, they take the place of before.

        said: what Question.check returned, by the question's name. Raises Refused.
        """
        self.check_answerable(by, now)
        if self.instrument.is_signed:
            raise Refused("This is finished by signing it.")
        if self.responses:
            self.responses = []
            self.session.flush()
        self.responses = [
            Response.of(question.name, said[question.name], is_text=isinstance(question, Text))
            for question in self.instrument.answerable
            if said.get(question.name) not in {None, ""}
        ]
        wants_call = any(said.get(name) == "yes" for name in self.instrument.calls)
        self.call_at = (self.call_at or now) if wants_call else None
        self.finish(now)

    def finish(self, now: datetime) -> None:
        """Keep that it is finished: nobody is reminded of it, nor told that it is not."""
        self.finished_at = now
        self.remind_at = None
        self.revision += 1
        self.forget_draft()
        self.has_words_again()
        member = self.member
        if member is not None and member.unfinished_at is not None:
            self.session.flush()
            member.unfinished_at = member.unfinished_at if self._others_unfinished() else None

    def has_words_again(self) -> None:
        """Let retention look once more: a follow-up, or its draft, may come after all else has been deleted."""
        if self.relationship is not None:
            self.relationship.words_gone_at = None

    def reopen(self, by: Person, now: datetime) -> None:
        """Take the answers back into a draft, so that they can be given anew. Raises Refused."""
        self.check_answerable(by, now)
        if self.finished_at is None:
            raise Refused("This is not finished, so there is nothing to take back.")
        if self.instrument.is_signed:
            raise Refused("What was signed stays as it was signed.")
        self.draft = json.dumps(self.typed, ensure_ascii=False)
        self.draft_at = now
        self.responses = []
        self.call_at = None
        self.ask_again(now)

    def ask_again(self, now: datetime) -> None:
        """Keep that it is to be finished once more: the days until a reminder are counted from now on."""
        self.finished_at = None
        self.revision += 1
        is_over = self.relationship is not None and self.relationship.ended_at is not None
        if self.asked_at is not None and not is_over:
            self.asked_at, self.reminded = now, 0
            self._remind_next()

    @property
    def typed(self) -> dict[str, str]:
        """The answers as they would be typed into a form."""
        return {one.question: one.as_typed for one in self.responses}

    def check_shown(self, shown: str) -> None:
        """Refuse an answer to another version than the one that is asked now. shown: the number of its text, or ''."""
        if shown and shown != str(self.text_id):
            raise Refused(
                "These questions have been changed since you opened them. What you typed is still here: please look at "
                "the new questions, then press the button again."
            )

    @property
    def draft_mark(self) -> str:
        """What tells one draft from the next; '' if there is none."""
        return self.draft_at.isoformat() if self.draft_at else ""

    def forget_draft(self) -> None:
        """Delete what was typed and not sent."""
        self.draft, self.draft_key, self.draft_at = "", "", None

    @property
    def member(self) -> Member | None:
        """The person's membership in the relationship, while they are in it."""
        return self.relationship.member(self.person) if self.relationship else None

    def _others_unfinished(self) -> bool:
        query = select(Asked.id).where(
            Asked.relationship_id == self.relationship_id,
            Asked.person_id == self.person_id,
            Asked.tells,
            Asked.is_open,
            Asked.asked_at.is_not(None),
            Asked.remind_at.is_(None),
        )
        return self.session.scalar(query.limit(1)) is not None


class Response(Base):
    """The answer to one question: a number, the name of an option, or words of one's own."""

    __tablename__ = "response"
    __table_args__ = (UniqueConstraint("asked_id", "question"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    asked_id: Mapped[int] = mapped_column(ForeignKey("asked.id"))
    question: Mapped[str]
    number: Mapped[int | None]
    option: Mapped[str | None]
    words: Mapped[str | None] = mapped_column(Private)

    asked: Mapped[Asked] = linked(back_populates="responses")

    @classmethod
    def of(cls, question: str, said: Any, *, is_text: bool) -> "Response":
        """What was said to a question."""
        if isinstance(said, int):
            return cls(question=question, number=said)
        words = said.isoformat() if isinstance(said, date) else str(said)
        return cls(question=question, words=words) if is_text else cls(question=question, option=words)

    @property
    def as_typed(self) -> str:
        """The answer as it would be typed."""
        return str(self.number) if self.number is not None else self.option or self.words or ""


def asked_of(person: Person, together: Relationship | None = None, *, only: Sequence[str] = ()) -> Sequence[Asked]:
    """What a person is asked, of all relationships and programs or of one, as it opens."""
    query = select(Asked).where(Asked.person_id == person.id, Asked.withdrawn_at.is_(None))
    if together is not None:
        query = query.where(Asked.relationship_id == together.id)
    if only:
        query = query.where(Asked.name.in_(only))
    return person.session.scalars(query.order_by(Asked.opens_at.is_(None), Asked.opens_at, Asked.id)).all()
