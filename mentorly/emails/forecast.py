"""The forecast: what is going to be sent to whom, when and why: collecting's query with a later date (rules A9)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from mentorly.emails.collecting import introduced, suppresses, window
from mentorly.emails.email import Email, Register
from mentorly.emails.envelope import Envelope, Round, State
from mentorly.emails.lanes import ages_from, way
from mentorly.emails.readying import TOO_CLOSE
from mentorly.mentoring.base import Base
from mentorly.mentoring.people import Person
from mentorly.mentoring.suppressions import Suppression

CHUNK = 500


@dataclass(frozen=True)
class Upcoming:
    """A mail that is going to be sent if nothing changes. send_at: never before the moment of asking."""

    kind: Email
    thing_id: int
    reader: Person
    occasion: str
    moment: datetime
    send_at: datetime

    @property
    def key(self) -> tuple[str, int, int, str]:
        """What makes it one mail."""
        return self.kind.name, self.thing_id, self.reader.id, self.occasion


class Forecast:
    """Foresees the mails of the coming time as if nobody answered anything."""

    def __init__(self, session: Session, register: Register, now: datetime, until: datetime) -> None:
        self.session = session
        self.register = register
        self.now = now
        self.until = until
        self.found: dict[tuple[str, int, int, str], Upcoming] = {}
        self._held: dict[str, frozenset[int]] = {}

    def run(self) -> list[Upcoming]:
        """All that is going to be sent, in the order in which it leaves."""
        rounds = introduced(self.session, self.register, self.now)
        for kind in self.register.values():
            self._add_waiting(kind)
            _, high = window(kind, rounds[kind.name], self.until)
            low, _ = window(kind, rounds[kind.name], self.now)
            self._add(kind, self._new(kind, low, high))
        self._add_what_sending_brings(rounds)
        return sorted(self.found.values(), key=lambda one: (one.send_at, one.kind.name, one.reader.id, one.thing_id))

    def _drop_untrue(self) -> None:
        """Leave out what will no longer be true when it could go, as the post office will find then."""
        asked: dict[tuple[str, datetime], list[Upcoming]] = {}
        for one in self.found.values():
            if one.kind.due.depends_on_now:
                asked.setdefault((one.kind.name, one.send_at), []).append(one)
        for (name, send_at), ones in asked.items():
            kind = self.register[name]
            query = kind.due.among({one.thing_id for one in ones}).params(now=send_at)
            true_then = {(row.thing_id, row.reader_id, row.occasion) for row in self.session.execute(query)}
            for one in ones:
                if one.key[1:] not in true_then:
                    del self.found[one.key]

    def _add_waiting(self, kind: Email) -> None:
        """Foresee the envelopes that wait and are still due."""
        envelopes = self.session.scalars(
            select(Envelope).where(Envelope.kind == kind.name, Envelope.state.in_([State.WAITING, State.SENDING]))
        ).all()
        known = {(one.thing_id, one.reader_id, one.occasion): one for one in envelopes}
        rows = self._among(kind, sorted({one.thing_id for one in envelopes}))
        self._add(kind, [row for row in rows if row[:3] in known], known)

    def _among(self, kind: Email, thing_ids: list[int]) -> Iterator[Any]:
        for chunk in chunks(thing_ids):
            yield from self.session.execute(kind.due.among(chunk).params(now=self.now))

    def _new(self, kind: Email, low: datetime, high: datetime) -> list[Any]:
        """The rows that no envelope knows yet, and those that would wait again."""
        due = kind.due.within(low, high).params(now=self.now).subquery()
        done = select(Envelope.id).where(
            Envelope.kind == kind.name,
            Envelope.thing_id == due.c.thing_id,
            Envelope.reader_id == due.c.reader_id,
            Envelope.occasion == due.c.occasion,
            Envelope.state != State.WITHDRAWN,
        )
        return list(self.session.execute(select(due).where(~done.exists())))

    def _add(
        self, kind: Email, rows: Iterable[Any], known: Mapping[tuple[int, int, str], Envelope] = MappingProxyType({})
    ) -> list[Upcoming]:
        held_back = self._held_back(kind)
        rows = [row for row in rows if row.reader_id not in held_back]
        readers = self._readers({row.reader_id for row in rows})
        added = []
        for row in rows:
            one = self._foresee(kind, row, readers[row.reader_id], known.get(row[:3]))
            if one and one.key not in self.found:
                self.found[one.key] = one
                added.append(one)
        return added

    def _foresee(self, kind: Email, row: Any, reader: Person, waiting: Envelope | None) -> Upcoming | None:
        rhythm, since = reader.rhythm, waiting.collected_at if waiting else self.now
        _, ready = way(kind, row.moment, rhythm, weekly=reader.weekly, since=since)
        send_at = max(ready, (waiting and waiting.ready_at) or ready, self.now)
        aged_from = max(ages_from(kind, row.moment, rhythm, ready), (waiting and waiting.send_at) or ready)
        stale = kind.fresh_for is not None and aged_from <= self.now - kind.fresh_for
        pointless = kind.comes_before and send_at > row.moment - TOO_CLOSE
        if stale or pointless or send_at > self.until:
            return None
        return Upcoming(kind, row.thing_id, reader, row.occasion, row.moment, send_at)

    def _held_back(self, kind: Email) -> frozenset[int]:
        """Who gets no mails of a kind."""
        if kind.name not in self._held:
            held = self.session.scalars(select(Suppression.person_id).where(suppresses(kind)))
            self._held[kind.name] = frozenset(held)
        return self._held[kind.name]

    def _readers(self, numbers: set[int]) -> dict[int, Person]:
        people: dict[int, Person] = {}
        for chunk in chunks(sorted(numbers)):
            found = select(Person).where(Person.id.in_(chunk)).options(selectinload(Person.organization))
            people |= {person.id: person for person in self.session.scalars(found)}
        return people

    def _add_what_sending_brings(self, rounds: dict[str, Round]) -> None:
        """Some mails set a date by being sent (rules A7): let them, in a savepoint that is rolled back."""
        fresh = [one for one in self.found.values() if one.kind.keeps("sent")]
        savepoint = self.session.begin_nested()
        try:
            while fresh:
                fresh = self._consequences(fresh, rounds)
            self._drop_untrue()
        finally:
            savepoint.rollback()

    def _consequences(self, sent: list[Upcoming], rounds: dict[str, Round]) -> list[Upcoming]:
        touched: dict[type[Base], set[int]] = {}
        for one in sent:
            touched.setdefault(one.kind.due.thing, set()).add(one.thing_id)
        things = {
            (model, thing.id): thing for model in touched for thing in self._things(model, sorted(touched[model]))
        }
        for one in sorted(sent, key=lambda one: one.send_at):
            one.kind.sent(things[one.kind.due.thing, one.thing_id], one.reader, one.send_at)
        self.session.flush()
        added = []
        for kind in self.register.values():
            added += self._add(kind, self._brought(kind, sorted(touched.get(kind.due.thing, ())), rounds[kind.name]))
        return [one for one in added if one.kind.keeps("sent")]

    def _brought(self, kind: Email, thing_ids: list[int], round_: Round) -> list[Any]:
        """The rows that are due of these things now, and that no envelope knows."""
        known = {tuple(row) for chunk in chunks(thing_ids) for row in self._known(kind, chunk)}
        rows = [row for row in self._among(kind, thing_ids) if row.moment > round_.known_since]
        return [row for row in rows if (row.thing_id, row.reader_id, row.occasion) not in known]

    def _known(self, kind: Email, thing_ids: list[int]) -> Iterator[Any]:
        query = select(Envelope.thing_id, Envelope.reader_id, Envelope.occasion)
        yield from self.session.execute(query.where(Envelope.kind == kind.name, Envelope.thing_id.in_(thing_ids)))

    def _things(self, model: type[Base], numbers: list[int]) -> Iterator[Any]:
        for chunk in chunks(numbers):
            yield from self.session.scalars(select(model).where(model.id.in_(chunk)))  # type: ignore[attr-defined]


def chunks(numbers: list[int]) -> Iterator[list[int]]:
    """Cut a list into pieces that a database takes as parameters."""
    for start in range(0, len(numbers), CHUNK):
        yield numbers[start : start + CHUNK]
