"""The forecast: what is going to be sent to whom, when and why: collecting's query with a later date (rules A9)."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from mentorly.emails.collecting import introduced, window
from mentorly.emails.email import Email, Register
from mentorly.emails.envelope import Envelope, Round, State
from mentorly.emails.foreseen import TOO_CLOSE, Mornings, Upcoming
from mentorly.emails.gleaning import suppresses
from mentorly.emails.lanes import ages_from, way
from mentorly.emails.one_a_day import lately
from mentorly.mentoring.base import Base
from mentorly.mentoring.people import Person
from mentorly.mentoring.suppressions import Suppression

CHUNK = 500
OPEN = (State.WAITING, State.SENDING)

Key = tuple[int, int, str]


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
            if kind.carries:
                continue
            self._add_waiting(kind)
            _, high = window(kind, rounds[kind.name], self.until)
            low, _ = window(kind, rounds[kind.name], self.now)
            self._add(kind, self._new(kind, low, high))
        found = self._with_what_sending_brings(rounds)
        return sorted(found, key=lambda one: (one.send_at, one.kind.name, one.reader.id, one.thing_id))

    def _arranged(self) -> list[Upcoming]:
        """What was found as the mornings will arrange it, without what will no longer be true when it could go."""
        digest = next(kind for kind in self.register.values() if kind.carries)
        clock = {one.reader.id: one.reader for one in self.found.values() if one.lane}
        spent: dict[int, set[date]] = {}
        for chunk in chunks(sorted(clock)):
            for reader, closed_at, _ in lately(self.session, self.register, chunk, self.now):
                spent.setdefault(reader, set()).add(clock[reader].rhythm.day(closed_at))
        truth = Truth(self.session)
        while True:
            arranged = list(Mornings(digest, spent, self.until, truth).arranged(self.found.values()))
            if not truth.ask():
                return arranged

    def _add_waiting(self, kind: Email) -> None:
        """Foresee the envelopes that wait, by themselves or in a digest that waits, and are still due."""
        digest = aliased(Envelope)
        rows = self.session.execute(
            select(Envelope, digest)
            .outerjoin(digest, (digest.id == Envelope.fold_id) & digest.state.in_(OPEN))
            .where(Envelope.kind == kind.name, Envelope.closed_at.is_(None))
            .where(Envelope.state.in_(OPEN) | digest.id.is_not(None))
        ).all()
        known = {(one.thing_id, one.reader_id, one.occasion): Waiting(one, within) for one, within in rows}
        due = self._among(kind, sorted({thing_id for thing_id, _, _ in known}))
        self._add(kind, [row for row in due if row[:3] in known], known)

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

    def _add(self, kind: Email, rows: Iterable[Any], known: Mapping[Key, "Waiting"] | None = None) -> None:
        held_back = self._held_back(kind)
        rows = [row for row in rows if row.reader_id not in held_back]
        readers = self._readers({row.reader_id for row in rows})
        for row in rows:
            one = self._foresee(kind, row, readers[row.reader_id], (known or {}).get(row[:3]))
            if one:
                self.found.setdefault(one.key, one)

    def _foresee(self, kind: Email, row: Any, reader: Person, waiting: "Waiting | None") -> Upcoming | None:
        rhythm, since = reader.rhythm, waiting.envelope.collected_at if waiting else self.now
        lane, ready = way(kind, row.moment, rhythm, weekly=reader.weekly, since=since)
        aged_from = ages_from(kind, row.moment, rhythm, ready)
        one = Upcoming(kind, row.thing_id, reader, row.occasion, row.moment, max(ready, self.now), lane)
        if waiting:
            one = waiting.foreseen(one, self.now)
            aged_from = max(aged_from, waiting.envelope.send_at or ready)
        stale = kind.fresh_for is not None and aged_from <= self.now - kind.fresh_for
        pointless = kind.comes_before and one.send_at > row.moment - TOO_CLOSE
        return None if stale or pointless or one.send_at > self.until else one

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

    def _with_what_sending_brings(self, rounds: dict[str, Round]) -> list[Upcoming]:
        """Some mails set a date by being sent (rules A7): let them, in a savepoint that is rolled back."""
        done: set[tuple[str, int, int, str]] = set()
        savepoint = self.session.begin_nested()
        try:
            while sent := self._next_to_leave(done):
                done.update(one.key for one in sent)
                self._consequences(sent, rounds)
            return self._arranged()
        finally:
            savepoint.rollback()

    def _next_to_leave(self, done: Collection[tuple[str, int, int, str]]) -> list[Upcoming]:
        """Those whose leaving changes something: all of what people do at once, then the clock's morning by morning."""
        fresh = [one for one in self.found.values() if one.kind.keeps("sent") and one.key not in done]
        at_once = [one for one in fresh if not one.lane]
        if at_once or not fresh:
            return at_once
        keys = {one.key for one in fresh}
        leaving = [one for one in self._arranged() if one.key in keys]
        first = min((one.send_at for one in leaving), default=self.until)
        return [one for one in leaving if one.send_at == first]

    def _consequences(self, sent: list[Upcoming], rounds: dict[str, Round]) -> None:
        touched: dict[type[Base], set[int]] = {}
        loads: dict[type[Base], list[ORMOption]] = {}
        for one in sent:
            model = one.kind.due.thing
            touched.setdefault(model, set()).add(one.thing_id)
            loads[model] = list(one.kind.loads)
        things = {
            (model, thing.id): thing
            for model in touched
            for thing in self._things(model, sorted(touched[model]), loads[model])
        }
        for one in sorted(sent, key=lambda one: one.send_at):
            thing = things[one.kind.due.thing, one.thing_id]
            one.kind.sent(thing, one.reader, one.send_at)
            for other in one.kind.touches(thing):
                touched.setdefault(type(other), set()).add(other.id)  # type: ignore[attr-defined]
        self.session.flush()
        for kind in self.register.values():
            self._add(kind, self._brought(kind, sorted(touched.get(kind.due.thing, ())), rounds[kind.name]))

    def _brought(self, kind: Email, thing_ids: list[int], round_: Round) -> list[Any]:
        """The rows that are due of these things now, and that no envelope knows."""
        known = {tuple(row) for chunk in chunks(thing_ids) for row in self._known(kind, chunk)}
        rows = [row for row in self._among(kind, thing_ids) if row.moment > round_.known_since]
        return [row for row in rows if (row.thing_id, row.reader_id, row.occasion) not in known]

    def _known(self, kind: Email, thing_ids: list[int]) -> Iterator[Any]:
        query = select(Envelope.thing_id, Envelope.reader_id, Envelope.occasion)
        yield from self.session.execute(query.where(Envelope.kind == kind.name, Envelope.thing_id.in_(thing_ids)))

    def _things(self, model: type[Base], numbers: list[int], loads: Iterable[ORMOption]) -> Iterator[Any]:
        for chunk in chunks(numbers):
            query = select(model).where(model.id.in_(chunk))  # type: ignore[attr-defined]
            yield from self.session.scalars(query.options(*loads))


@dataclass(frozen=True)
class Waiting:
    """An envelope that waits. within: the envelope of the digest that carries it, if one does."""

    envelope: Envelope
    within: Envelope | None

    def foreseen(self, one: Upcoming, now: datetime) -> Upcoming:
        """The same mail, as this envelope will let it go."""
        goes = self.within or self.envelope
        held_to = max(goes.ready_at or one.send_at, now)
        is_asked_for = bool(self.envelope.again)
        return replace(
            one,
            send_at=held_to if is_asked_for or self.within else max(held_to, one.send_at),
            lane=0 if is_asked_for else one.lane,
            fold=self.within.occasion if self.within else "",
            is_begun=bool(goes.tries or goes.doubts or goes.crashes),
        )


class Truth:
    """Whether mails will still be true at some moment: taken for true until asked, then asked for many at once."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.known: dict[tuple[tuple[str, int, int, str], datetime], bool] = {}
        self.unknown: dict[tuple[tuple[str, int, int, str], datetime], Upcoming] = {}

    def __call__(self, one: Upcoming, at: datetime) -> bool:
        """Whether a mail will be true at a moment, as far as was asked."""
        if not one.kind.due.depends_on_now:
            return True
        if (one.key, at) not in self.known:
            self.unknown[one.key, at] = one
        return self.known.get((one.key, at), True)

    def ask(self) -> bool:
        """Ask what was not known; whether any of it will be untrue."""
        asked: dict[tuple[str, datetime], list[Upcoming]] = {}
        for (_, at), one in self.unknown.items():
            asked.setdefault((one.kind.name, at), []).append(one)
        self.unknown = {}
        for (_, at), ones in asked.items():
            query = ones[0].kind.due.among({one.thing_id for one in ones}).params(now=at)
            true = {(row.thing_id, row.reader_id, row.occasion) for row in self.session.execute(query)}
            self.known |= {(one.key, at): one.key[1:] in true for one in ones}
        return any(not self.known[one.key, at] for (_, at), ones in asked.items() for one in ones)


def chunks(numbers: list[int]) -> Iterator[list[int]]:
    """Cut a list into pieces that a database takes as parameters."""
    for start in range(0, len(numbers), CHUNK):
        yield numbers[start : start + CHUNK]
