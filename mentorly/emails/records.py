"""What became of the mails, as an administrator reads it: kind, moment and outcome, never the thing (rules C7)."""

from sqlalchemy import Select, and_, exists, func, select
from sqlalchemy.orm import Session, aliased, selectinload

from mentorly.emails.envelope import Envelope, State
from mentorly.mentoring.people import Person

SHOWN = 20
TROUBLED = (State.FAILED, State.REFUSED, State.UNCERTAIN, State.MISSED)


def written_to(reader: Person) -> Select[Envelope]:
    """The envelopes of one reader, newest first."""
    return select(Envelope).where(Envelope.reader_id == reader.id).order_by(Envelope.id.desc())


def page_of(session: Session, envelope: Envelope) -> int:
    """The page of a reader's envelopes that shows this one."""
    newer = select(func.count()).where(Envelope.reader_id == envelope.reader_id, Envelope.id > envelope.id)
    return (session.scalar(newer) or 0) // SHOWN + 1


def troubled(state: State | None = None) -> Select[Envelope]:
    """What failed, was refused, is uncertain or was missed, and nobody has sent again since; newest first."""
    later = aliased(Envelope)
    again = exists().where(
        and_(
            later.kind == Envelope.kind,
            later.thing_id == Envelope.thing_id,
            later.reader_id == Envelope.reader_id,
            later.occasion == Envelope.occasion,
            later.again > Envelope.again,
        )
    )
    return (
        select(Envelope)
        .where(Envelope.state.in_(TROUBLED if state is None else (state,)), ~again)
        .options(selectinload(Envelope.reader))
        .order_by(Envelope.id.desc())
    )


def troubles(session: Session) -> dict[State, int]:
    """How many there are in each of these states."""
    counted = troubled().order_by(None).with_only_columns(Envelope.state, func.count()).group_by(Envelope.state)
    return {State(state): count for state, count in session.execute(counted)}
