"""Unanswered: which mentors and project leads leave mail after mail unanswered. Looked for once a day.

Kinds, readers and moments are read, and nothing of what the mails are about.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select, union_all
from sqlalchemy.orm import Session, aliased, joinedload

from mentorly.emails.awaited import unanswered, waiting
from mentorly.emails.email import Register
from mentorly.emails.envelope import Answer, Envelope
from mentorly.emails.reply import Reply
from mentorly.mentoring.arrays import is_among
from mentorly.mentoring.meetings import Attendance
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.programs import Program
from mentorly.mentoring.unheard import ASKED, Unheard

LOOKED_BACK = timedelta(days=60)
BATCH = 500

Themself = aliased(Person)
# Where somebody shows that they are there, as a person and a moment.
SIGNS: Sequence[tuple[Any, Any, Select[Any]]] = (
    (Envelope.reader_id, Answer.answered_at, select(Answer.id).join(Envelope, Answer.envelope_id == Envelope.id)),
    (Reply.person_id, Reply.taken_at, select(Reply.id)),
    (Attendance.person_id, Attendance.answered_at, select(Attendance.id)),
    (Themself.id, Themself.signed_in_at, select(Themself.id)),
)


def is_silent() -> ColumnElement[bool]:
    """Whether who does not answer has not been heard of since."""
    signs = (sign.where(person == Unheard.person_id, at > Unheard.since) for person, at, sign in SIGNS)
    return Unheard.stands & ~or_(*(sign.correlate(Unheard).exists() for sign in signs))


class Unanswered:
    """One look at who does not answer. now: as of when."""

    def __init__(self, session: Session, register: Register, now: datetime) -> None:
        self.session = session
        self.register = register
        self.now = now
        self.asking = [kind for kind in register.values() if kind.expects or kind.due.awaited is not None]

    def batches(self) -> Iterator[int]:
        """Keep who does not answer and who does again, by the batch; yields how many were new, for a commit."""
        known = self.session.scalars(select(Unheard.person_id).where(Unheard.over_at.is_(None))).all()
        everybody = sorted({*known, *self._candidates()})
        for first in range(0, len(everybody), BATCH):
            yield self._look_at(everybody[first : first + BATCH])

    def _candidates(self) -> Sequence[int]:
        """Mentors and project leads of whom enough mails went unanswered, whether or not they still ask anything."""
        least = self.session.scalar(select(func.min(Program.unheard_mails)).where(self._runs())) or 1
        part = exists().where(
            Participation.person_id == Envelope.reader_id, Participation.role.in_(ASKED),
            Participation.left_at.is_(None), Participation.program_id == Program.id, self._runs(),
        )  # fmt: skip
        since = self.now - LOOKED_BACK
        query = (
            select(Envelope.reader_id)
            .where(Envelope.closed_at > since, Envelope.kind.in_([kind.name for kind in self.asking]), unanswered())
            .where(part)
            .group_by(Envelope.reader_id)
            .having(func.count() >= least)
        )
        return self.session.scalars(query).all()

    def _runs(self) -> ColumnElement[bool]:
        return Program.ends_on >= self.now.date()

    def _look_at(self, people: Collection[int]) -> int:
        found = waiting(self.session, self.register, self.asking, people, self.now)
        heard, parts = self._heard(people), self._parts(people)
        rows = select(Unheard).where(is_among(Unheard.person_id, people), Unheard.over_at.is_(None))
        known = {row.person_id: row for row in self.session.scalars(rows)}
        made = 0
        for number in people:
            last = heard.get(number)
            moments = sorted(one.waits_since for one in found.get(number, ()) if last is None or one.sent_at > last)
            made += self._keep(parts.get(number), moments, known.get(number), last)
        self.session.flush()
        return made

    def _keep(
        self, part: Participation | None, moments: Sequence[datetime], row: Unheard | None, heard: datetime | None
    ) -> bool:
        """Keep what is known of one person now; returns whether it is new."""
        is_heard = row is not None and heard is not None and heard > row.since
        if part is None or not moments or is_heard:
            kept = None
        elif row is None or row.nudged_at is None:
            kept = Unheard.notice(part, moments, row, self.now)
        else:
            kept = row
        if row is not None and kept is None:
            row.over_at = self.now
        return row is None and kept is not None

    def _heard(self, people: Collection[int]) -> dict[int, datetime]:
        """When each of some people was heard of last."""
        signs = union_all(
            *(
                sign.with_only_columns(person.label("person_id"), at.label("at")).where(is_among(person, people))
                for person, at, sign in SIGNS
            )
        ).subquery()
        query = select(signs.c.person_id, func.max(signs.c.at)).group_by(signs.c.person_id)
        return {number: at for number, at in self.session.execute(query) if at is not None}

    def _parts(self, people: Collection[int]) -> dict[int, Participation]:
        """As what each of some people is asked: in the program that began last, where there are several."""
        query = (
            select(Participation)
            .join(Participation.program)
            .where(is_among(Participation.person_id, people), Participation.role.in_(ASKED), self._runs())
            .where(Participation.left_at.is_(None))
            .options(joinedload(Participation.program), joinedload(Participation.person))
            .order_by(Program.starts_on, Program.id, Participation.id)
        )
        return {part.person_id: part for part in self.session.scalars(query)}
