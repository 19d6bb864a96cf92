"""Readying: what was claimed is asked "still due?", and written."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from mentorly.emails.claims import DATABASE_AWAY, TABLE, Claimed, Claims, free
from mentorly.emails.collecting import SUPPRESSED, TOO_LATE
from mentorly.emails.email import Email, Going, Register
from mentorly.emails.envelope import Envelope, State
from mentorly.emails.foreseen import TOO_CLOSE
from mentorly.emails.gathering import Gathering
from mentorly.emails.gleaning import NOT_TRUE, suppresses
from mentorly.emails.headers import mailbox
from mentorly.emails.lanes import ages_from, way
from mentorly.emails.message import compose
from mentorly.emails.settling import Ready
from mentorly.emails.writing import Desk, Thread
from mentorly.mentoring.arrays import is_among
from mentorly.mentoring.naming import reading_in
from mentorly.mentoring.people import Person
from mentorly.mentoring.suppressions import Suppression

UNKNOWN_KIND = "unknown kind"


class Readying:
    """Makes mails of claimed envelopes. ended: those that will not go, by the state that they reached.

    readers, things: those of the batch, kept so that they need not be read again when it is settled.
    """

    def __init__(self, session: Session, register: Register, desk: Desk, claims: Claims) -> None:
        self.session = session
        self.register = register
        self.desk = desk
        self.claims = claims
        self.readers: dict[int, Person] = {}
        self.things: dict[tuple[str, int], Any] = {}
        self.ended: list[State] = []
        self.faults: list[tuple[int, str]] = []

    def ready(self, envelopes: Sequence[Claimed], now: datetime) -> list[Ready]:
        """Write what is still due of these, and note that it is about to go. Commits; nothing has left by then.

        If another worker has taken one of them over since, nothing is kept and nothing goes.
        """
        self.readers = self._people(envelopes)
        self.things = {}
        gathering = Gathering(self.session, self.register, self.claims, now, self._close, self._fail)
        due: list[Claimed] = []
        for name, own in _by_kind(gathering.opened(envelopes, self.readers)):
            kind = self.register.get(name)
            if kind is None:
                for envelope in own:
                    self._close(envelope, State.FAILED, UNKNOWN_KIND, now)
            else:
                due += self._due(kind, own, now)
        written: list[Ready] = []
        for name, own in _by_kind(gathering.gathered(due)):
            written += self._written(self.register[name], own, now)
        gathering.release_but({one.number for one in written})
        if written and not self.claims.hand([one.number for one in written]):
            self.session.rollback()
            return []
        self.session.commit()
        return written

    def _people(self, envelopes: Sequence[Claimed]) -> dict[int, Person]:
        """The readers, with what their own mails speak of: a kind about a person need not read them again."""
        kinds = {self.register[envelope.kind] for envelope in envelopes if envelope.kind in self.register}
        loads = [load for kind in kinds if kind.due.thing is Person for load in kind.loads]
        numbers = {envelope.reader_id for envelope in envelopes}
        people = select(Person).where(is_among(Person.id, numbers))
        found = self.session.scalars(people.options(joinedload(Person.organization), *loads))
        return {person.id: person for person in found}

    def _due(self, kind: Email, envelopes: Sequence[Claimed], now: datetime) -> list[Claimed]:
        query = kind.due.among({envelope.thing_id for envelope in envelopes}).params(now=now)
        true = {(thing_id, reader_id, occasion) for thing_id, reader_id, occasion, _ in self.session.execute(query)}
        readers = {envelope.reader_id for envelope in envelopes}
        suppressed = set(
            self.session.scalars(
                select(Suppression.person_id).where(is_among(Suppression.person_id, readers), suppresses(kind))
            )
        )
        going = []
        for envelope in envelopes:
            try:
                is_true = (envelope.thing_id, envelope.reader_id, envelope.occasion) in true
                if self._may_go(kind, envelope, now, is_true=is_true, suppressed=envelope.reader_id in suppressed):
                    going.append(envelope)
            except DATABASE_AWAY:
                raise
            except Exception as fault:  # noqa: BLE001 - a poison envelope stops no other
                self._fail(envelope, fault, now)
        return going

    def _may_go(self, kind: Email, envelope: Claimed, now: datetime, *, is_true: bool, suppressed: bool) -> bool:
        reader = self.readers[envelope.reader_id]
        rhythm, since = reader.rhythm, envelope.collected_at
        lane, send_at = way(kind, envelope.moment, rhythm, weekly=reader.weekly, since=since)
        aged_from = max(ages_from(kind, envelope.moment, rhythm, send_at), envelope.send_at or send_at)
        by_itself = envelope.again == 0
        is_pressing = kind.begins is not None and envelope.send_at is not None and envelope.send_at <= now
        if not is_true:
            self._close(envelope, State.WITHDRAWN, NOT_TRUE, now)
        elif kind.comes_before and now > envelope.moment - TOO_CLOSE:
            self._close(envelope, State.WITHDRAWN, TOO_LATE, now)
        elif suppressed:
            self._close(envelope, State.SUPPRESSED, SUPPRESSED, now)
        elif by_itself and kind.fresh_for is not None and aged_from <= now - kind.fresh_for:
            self._close(envelope, State.MISSED, TOO_LATE, now)
        elif by_itself and send_at > now and not is_pressing:
            self._change(envelope, {**free(), "send_at": send_at, "ready_at": send_at, "lane": lane})
        else:
            return True
        return False

    def _written(self, kind: Email, envelopes: Sequence[Claimed], now: datetime) -> list[Ready]:
        first_marks = self._threads(kind, envelopes)
        try:
            with self.session.begin_nested():
                return list(self._write_all(kind, envelopes, first_marks, now))
        except DATABASE_AWAY:
            raise
        except Exception:  # noqa: BLE001 - one after the other then, to find the one that is at fault
            written: list[Ready] = []
            for envelope in envelopes:
                try:
                    with self.session.begin_nested():
                        written += self._write_all(kind, [envelope], first_marks, now)
                except DATABASE_AWAY:
                    raise
                except Exception as fault:  # noqa: BLE001 - a poison envelope stops no other
                    self._fail(envelope, fault, now)
            return written

    def _write_all(
        self, kind: Email, envelopes: Sequence[Claimed], first_marks: Mapping[tuple[int, int], str], now: datetime
    ) -> Iterator[Ready]:
        things = self._things(kind, envelopes)
        self.things |= {(kind.name, number): thing for number, thing in things.items()}
        with self.session.no_autoflush:
            going = [self._going(kind, envelope, things[envelope.thing_id]) for envelope in envelopes]
            further = kind.sending(going, now)
            kind.read_ahead(going, now)
            for envelope, one, values in zip(envelopes, going, further, strict=True):
                first = first_marks.get((envelope.thing_id, envelope.reader_id), "")
                with reading_in(one.reader.language):
                    said = {**kind.values(one.thing, one.reader, now), **values}
                    written = self._write(kind, envelope, one, said, first, now)
                yield written
        self.session.flush()

    def _things(self, kind: Email, envelopes: Sequence[Claimed]) -> Mapping[int, Any]:
        model: Any = kind.due.thing
        numbers = {envelope.thing_id for envelope in envelopes}
        if model is Person and numbers <= self.readers.keys():
            return self.readers
        query = select(model).where(is_among(model.id, numbers)).options(*kind.loads)
        return {thing.id: thing for thing in self.session.scalars(query)}

    def _going(self, kind: Email, envelope: Claimed, thing: Any) -> Going:
        reader = self.readers[envelope.reader_id]
        has_secret = type(kind).sending is not Email.sending
        return Going(thing, reader, self.desk.tokens.password(envelope.id, reader.generation) if has_secret else "")

    def _write(
        self, kind: Email, envelope: Claimed, one: Going, values: Mapping[str, Any], first: str, now: datetime
    ) -> Ready:
        token = self.desk.token(envelope.id, one.reader)
        earlier = kind.speaks_of(one.thing)
        thread = (
            Thread(earlier.mark, kind.answers_to(one.thing), earlier.id)
            if earlier
            else Thread(first, kind.answers_to(one.thing))
        )
        letter = self.desk.letter(kind, one.reader, token, envelope.mark, values, now, thread)
        letter = self.desk.with_what_goes_along(kind, one.thing, one.reader, letter, now)
        return Ready(kind, envelope, mailbox(one.reader.email), self.desk.reply_address(token), compose(letter))

    def _threads(self, kind: Email, envelopes: Sequence[Claimed]) -> dict[tuple[int, int], str]:
        """The mark of the first mail of each thread, by thing and reader."""
        if not kind.thread:
            return {}
        rows = self.session.execute(
            select(Envelope.thing_id, Envelope.reader_id, Envelope.mark)
            .where(
                Envelope.kind.in_(self.register.of_thread(kind.thread)),
                is_among(Envelope.thing_id, {envelope.thing_id for envelope in envelopes}),
                is_among(Envelope.reader_id, {envelope.reader_id for envelope in envelopes}),
                Envelope.state == State.SENT,
            )
            .order_by(Envelope.id.desc())
        )
        return {(thing_id, reader_id): mark for thing_id, reader_id, mark in rows}

    def _fail(self, envelope: Claimed, fault: Exception, now: datetime) -> None:
        name = type(fault).__name__
        self.faults.append((envelope.id, name))
        self._close(envelope, State.FAILED, name, now)

    def _close(self, envelope: Claimed, state: State, why_not: str, now: datetime) -> None:
        self._change(envelope, {**free(), "state": state, "why_not": why_not, "closed_at": now})
        self.ended.append(state)

    def _change(self, envelope: Claimed, values: dict[str, Any]) -> None:
        self.session.execute(update(TABLE).where(self.claims.ours([envelope.id])).values(**values))


def _by_kind(envelopes: Sequence[Claimed]) -> list[tuple[str, list[Claimed]]]:
    kinds: dict[str, list[Claimed]] = {}
    for envelope in envelopes:
        kinds.setdefault(envelope.kind, []).append(envelope)
    return list(kinds.items())
