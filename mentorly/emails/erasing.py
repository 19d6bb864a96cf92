"""Erasing a person: what is held of them, and the mails to and from them (rules C12)."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import ColumnElement, String, cast, delete, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from mentorly.emails.digests import Digest, DigestLine
from mentorly.emails.envelope import Answer, Envelope, SampleRequest, State
from mentorly.emails.received import Received
from mentorly.emails.reply import Reply
from mentorly.emails.tally import TallyMark
from mentorly.mentoring import erasing
from mentorly.mentoring.aliases import Alias
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Member

ERASED = "erased"
BATCH = 500
QUIETLY = {"synchronize_session": False}
BARE = {"occasion": cast(Envelope.id, String), "server_said": "", "fold_id": None}


def erase(person: Person, by: Person | None, now: datetime) -> None:
    """Erase what is held of a person. by: None is the terminal. Raises Refused.

    Of their mails a number is left until it is counted; upkeep deletes it then.
    """
    session, number = person.session, person.id
    addresses = [person.email, *session.scalars(select(Alias.email).where(Alias.person_id == number))]
    _hold(session, number, addresses)
    erasing.erase(person, by, now)
    _empty(session, number, addresses)
    _strip(session, number, now)
    session.flush()
    session.expire_all()


def _hold(session: Session, number: int, addresses: list[str]) -> None:
    """Hold what came from them and their mails first, as who takes a reply in or presses a button does.

    Then neither waits for what the other holds.
    """
    held: tuple[tuple[type[Received | Envelope], ColumnElement[bool]], ...] = (
        (Received, _came_from(number, addresses)),
        (Envelope, Envelope.reader_id == number),
    )
    for model, which in held:
        session.execute(select(model.id).where(which).order_by(model.id).with_for_update()).all()


def _came_from(number: int, addresses: list[str]) -> ColumnElement[bool]:
    """Whether a received message is a person's, or came to an address that was made for them."""
    return or_(
        Received.person_id == number,
        Received.envelope_id.in_(select(Envelope.id).where(Envelope.reader_id == number)),
        Received.member_id.in_(select(Member.id).where(Member.person_id == number)),
        func.lower(Received.envelope_sender).in_(addresses),
    )


def _empty(session: Session, number: int, addresses: list[str]) -> None:
    """Delete what the person answered and wrote to us, and what their digests held."""
    own = select(Envelope.id).where(Envelope.reader_id == number)
    digests = select(Digest.id).where(Digest.reader_id == number)
    theirs: tuple[tuple[type, ColumnElement[bool]], ...] = (
        (Reply, Reply.person_id == number),
        (Answer, Answer.envelope_id.in_(own)),
        (DigestLine, or_(DigestLine.envelope_id.in_(own), DigestLine.digest_id.in_(digests))),
        (Digest, Digest.reader_id == number),
        (Received, _came_from(number, addresses)),
        (SampleRequest, SampleRequest.person_id == number),
    )
    for model, which in theirs:
        session.execute(delete(model).where(which), execution_options=QUIETLY)


def _strip(session: Session, number: int, now: datetime) -> None:
    """Leave of each envelope what the tally counts; one that is being handed over ends by itself."""
    own = Envelope.reader_id == number
    ended = {"state": State.WITHDRAWN, "why_not": ERASED, "closed_at": now}
    for which, values in (
        (Envelope.state == State.WAITING, {**BARE, **ended}),
        (Envelope.state.not_in((State.WAITING, State.SENDING)), BARE),
    ):
        session.execute(update(Envelope).where(own, which).values(**values), execution_options=QUIETLY)


def shred(session: Session, size: int = BATCH) -> Iterator[int]:
    """Delete the envelopes of erased people that are counted, by the batch; yields how many, for the caller to commit.

    The newest envelope stays: SQLite would give its number, and with it its links, to the next one.
    """
    _strip_what_ended_since(session)
    newer = aliased(Envelope)
    newest = select(func.max(newer.id)).scalar_subquery()
    query = (
        select(Envelope.id)
        .join(Person, Person.id == Envelope.reader_id)
        .where(Person.erased_at.is_not(None), Envelope.closed_at < TallyMark.counted(session), Envelope.id < newest)
        .limit(size)
    )
    while numbers := session.scalars(query).all():
        for model, column in ((Answer, Answer.envelope_id), (DigestLine, DigestLine.envelope_id)):
            session.execute(delete(model).where(column.in_(numbers)), execution_options=QUIETLY)
        session.execute(
            update(Envelope).where(Envelope.fold_id.in_(numbers)).values(fold_id=None), execution_options=QUIETLY
        )
        session.execute(delete(Envelope).where(Envelope.id.in_(numbers)), execution_options=QUIETLY)
        yield len(numbers)


def _strip_what_ended_since(session: Session) -> None:
    """What was being handed over when its reader was erased may say to which address it went."""
    gone = select(Person.id).where(Person.erased_at.is_not(None))
    ended = (Envelope.closed_at.is_not(None), Envelope.occasion != cast(Envelope.id, String))
    session.execute(
        update(Envelope).where(Envelope.reader_id.in_(gone), *ended).values(**BARE), execution_options=QUIETLY
    )
