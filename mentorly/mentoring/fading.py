"""Fading: what was written in a relationship goes when it has been over for as long as its program keeps that."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from mentorly.mentoring.arrays import is_among
from mentorly.mentoring.programs import Program, months_later
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.typed import RECORD, TYPED, Typed

RECORD_MONTHS = 7 * 12
BATCH = 100

Gone = InstrumentedAttribute[datetime | None]


class Fading:
    """Deletes the words of relationships that ended long ago, and after seven years their session logs and signatures.

    Its cost follows what is newly over.
    """

    def __init__(self, session: Session, now: datetime) -> None:
        self.session = session
        self.now = now

    def batches(self, size: int = BATCH) -> Iterator[int]:
        """Delete by the batch; yields of how many relationships each was, for the caller to commit."""
        for number, months in self.session.execute(select(Program.id, Program.words_months)).all():
            yield from self._fade(number, months, Relationship.words_gone_at, TYPED, size)
            yield from self._fade(number, RECORD_MONTHS, Relationship.record_gone_at, RECORD, size)

    def _fade(self, program: int, months: int, gone: Gone, what: Iterable[Typed], size: int) -> Iterator[int]:
        before = datetime.combine(months_later(self.now.date(), -months), self.now.timetz())
        over = select(Relationship.id).where(
            Relationship.program_id == program, Relationship.ended_at < before, gone.is_(None)
        )
        query = over.order_by(Relationship.ended_at).limit(size).with_for_update(skip_locked=True)
        while numbers := self.session.scalars(query).all():
            chosen = is_among(Relationship.id, numbers)
            for words in what:
                words.fade(self.session, numbers)
            self.session.execute(
                update(Relationship).where(chosen).values({gone: self.now}).execution_options(synchronize_session=False)
            )
            yield len(numbers)
