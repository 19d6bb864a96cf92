"""Folding away: envelopes that are older than anybody has to keep them leave, and stay in the tally as numbers."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, exists, func, literal, not_, or_, select
from sqlalchemy.orm import Session, aliased

from mentorly.emails.collecting import introduced, window
from mentorly.emails.digests import Digest, DigestLine
from mentorly.emails.email import Email, Register
from mentorly.emails.envelope import Answer, Envelope, State
from mentorly.emails.received import Received
from mentorly.emails.tally import TallyMark
from mentorly.mentoring.base import Moment
from mentorly.mentoring.people import Participation
from mentorly.mentoring.programs import RETENTION_MONTHS, Program, months_later

BATCH = 500
MOST_BATCHES = 40
FOREVER = datetime(9999, 1, 1, tzinfo=UTC)


class FoldingAway:
    """Deletes envelopes, and the answers to them, once their programs' retention is over and their hour is tallied.

    What could fall due again stays. Of kinds that are sent however late those stay that did not go, and all of kinds
    whose being sent closes nothing; kinds that no longer exist stay, since they might come back. The newest envelope
    stays too: SQLite would give its number, and with it its links, to the next one.
    """

    def __init__(self, session: Session, register: Register, now: datetime) -> None:
        self.session = session
        self.register = register
        self.now = now
        self._rounds = introduced(session, register, now)
        self._passed = (datetime.min.replace(tzinfo=UTC), 0)

    def batches(self, most: int = MOST_BATCHES, size: int = BATCH) -> Iterator[int]:
        """Fold away up to so many batches; yields how many envelopes each took, for the caller to commit."""
        for _ in range(most):
            rows = self._next(size)
            if not rows:
                return
            self._passed = (rows[-1].closed_at, rows[-1].id)
            yield self._fold(rows)

    def _next(self, size: int) -> Sequence[Any]:
        closed_at, number = self._passed
        moment = literal(closed_at, Moment())
        query = (
            select(
                Envelope.id,
                Envelope.kind,
                Envelope.thing_id,
                Envelope.reader_id,
                Envelope.occasion,
                Envelope.closed_at,
            )
            .where(Envelope.closed_at >= moment, or_(Envelope.closed_at > moment, Envelope.id > number))
            .where(*self._is_over(), self._may_go(), *_is_alone())
            .order_by(Envelope.closed_at, Envelope.id)
            .limit(size)
            .with_for_update(skip_locked=True, of=Envelope)
        )
        return self.session.execute(query).all()

    def _is_over(self) -> tuple[ColumnElement[bool], ...]:
        """Closed before the longest retention of the programs that the reader takes part in, and tallied."""
        longest = (
            select(func.max(Program.retention_months))
            .join(Participation, Participation.program_id == Program.id)
            .where(Participation.person_id == Envelope.reader_id)
            .correlate(Envelope)
            .scalar_subquery()
        )
        lengths = {RETENTION_MONTHS, *self.session.scalars(select(Program.retention_months).distinct())}
        bounds = {months: literal(self._before(months), Moment()) for months in lengths}
        own = case(bounds, value=func.coalesce(longest, RETENTION_MONTHS))
        tallied = TallyMark.counted(self.session)
        return Envelope.closed_at < min(self._before(min(lengths)), tallied), Envelope.closed_at < own

    def _before(self, months: int) -> datetime:
        return datetime.combine(months_later(self.now.date(), -months), self.now.timetz())

    def _may_go(self) -> ColumnElement[bool]:
        kinds = self.register.values()
        ageing = [kind.name for kind in kinds if kind.fresh_for is not None]
        closing = [kind.name for kind in kinds if kind.fresh_for is None and kind.due.unsent is not None]
        stays = or_(Envelope.kind.not_in(closing), Envelope.state.not_in((State.SENT, State.FOLDED)))
        # Said twice over, or SQLite would look up every envelope of each kind instead of the oldest ones.
        return not_(and_(Envelope.kind.not_in(ageing), stays))

    def _fold(self, rows: Sequence[Any]) -> int:
        going: list[int] = []
        for name in {row.kind for row in rows}:
            own = [row for row in rows if row.kind == name]
            due = self._could_fall_due(self.register[name], {row.thing_id for row in own})
            going += [row.id for row in own if (row.thing_id, row.reader_id, row.occasion) not in due]
        unsynchronized = {"synchronize_session": False}
        digests = [row.thing_id for row in rows if row.id in set(going) and self.register[row.kind].carries]
        gone = or_(DigestLine.envelope_id.in_(going), DigestLine.digest_id.in_(digests))
        self.session.execute(delete(DigestLine).where(gone), execution_options=unsynchronized)
        self.session.execute(delete(Answer).where(Answer.envelope_id.in_(going)), execution_options=unsynchronized)
        self.session.execute(delete(Envelope).where(Envelope.id.in_(going)), execution_options=unsynchronized)
        self.session.execute(delete(Digest).where(Digest.id.in_(digests)), execution_options=unsynchronized)
        return len(going)

    def _could_fall_due(self, kind: Email, things: set[int]) -> set[tuple[int, int, str]]:
        """What a round would collect of these things, now or later, if they had no envelopes and were all true."""
        low, _ = window(kind, self._rounds[kind.name], self.now)
        query = replace(kind.due, while_=None).within(low, FOREVER).params(now=self.now)
        model: Any = kind.due.thing
        found = self.session.execute(query.where(model.id.in_(things)))
        return {(row.thing_id, row.reader_id, row.occasion) for row in found}


def _is_alone() -> tuple[ColumnElement[bool], ...]:
    """Whether nothing hangs on it, such as the lines of a digest, an earlier sending or a received answer.

    The newest one is not alone either.
    """
    line, earlier, newer = aliased(Envelope), aliased(Envelope), aliased(Envelope)
    first = exists().where(
        earlier.kind == Envelope.kind,
        earlier.thing_id == Envelope.thing_id,
        earlier.reader_id == Envelope.reader_id,
        earlier.occasion == Envelope.occasion,
        earlier.again < Envelope.again,
    )
    newest = select(func.max(newer.id)).scalar_subquery()
    answered = exists().where(Received.envelope_id == Envelope.id)
    return ~exists().where(line.fold_id == Envelope.id), ~answered, ~first, Envelope.id < newest
