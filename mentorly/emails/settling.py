"""Settling: what came of handing mails over is kept, for a whole batch at once."""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import update
from sqlalchemy.orm import Session

from mentorly.emails.carrying import STOPS, Came, Outcome
from mentorly.emails.claims import DATABASE_AWAY, TABLE, Claimed, Claims, free
from mentorly.emails.email import Email, Register
from mentorly.emails.envelope import State
from mentorly.emails.following import End, follow
from mentorly.emails.headers import mailbox
from mentorly.emails.undelivered import Undelivered
from mentorly.mentoring.arrays import is_among, text_for
from mentorly.mentoring.people import Person

# Rounds are a minute apart, and the first two waits are shorter: what a short outage put off twice goes in the second
# round after it, within two minutes. Then the server is away for longer, and so are the waits.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (0.25, 0.75, 2, 5, 30, 120, 480))
LONGEST_TRYING = timedelta(days=1)
LONGEST_WORDS = 500
GAVE_UP = "gave up"

Told = Callable[[Any, Person, datetime], None]


class Ready(NamedTuple):
    """A mail that is written and may go, as plain facts that outlive a broken session."""

    kind: Email
    envelope: Claimed
    recipient: str
    sender: str
    data: bytes

    @property
    def number(self) -> int:
        """The number of its envelope."""
        return self.envelope.id

    @property
    def about(self) -> tuple[int, int, str]:
        """The thing, the reader and the occasion."""
        return self.envelope.thing_id, self.envelope.reader_id, self.envelope.occasion


class Done(NamedTuple):
    """What came of one mail, and when."""

    ready: Ready
    outcome: Outcome
    at: datetime


class Settling:
    """Keeps what came of mails. counts: envelopes by the state that they reached. faults: as (number, fault's name)."""

    def __init__(self, session: Session, claims: Claims) -> None:
        self.session = session
        self.claims = claims
        self.counts: Counter[str] = Counter()
        self.faults: list[tuple[int, str]] = []
        self.closed: list[tuple[Done, State]] = []

    def settle(self, done: Sequence[Done]) -> None:
        """Keep what came of these mails, each only while it is still ours. Commits.

        It can be called again after a fault of the database: what was kept already is not kept twice.
        """
        counts, faults = Counter(self.counts), list(self.faults)
        self.closed = []
        self._lost: list[Done] = []
        try:
            taken = [one for one in done if one.outcome.came is Came.ACCEPTED]
            told = self._mark_sent(taken) if taken else []
            for one in done:
                told += self._mark(one) if one.outcome.came is not Came.ACCEPTED else []
            self._tell(told + self._carried())
            for one in sorted(self._lost, key=lambda one: one.ready.envelope.reader_id):
                self._lose(one)
            self.session.commit()
        except BaseException:
            self.counts, self.faults = counts, faults
            raise

    def leave(self, left: Sequence[Claimed], register: Register, now: datetime) -> None:
        """Let the things know of mails that took worker after worker down: they may have left, and silence begins."""
        known = [Ready(register[one.kind], one, "", "", b"") for one in left if one.kind in register]
        done = [Done(ready, Outcome(Came.UNCERTAIN), now) for ready in known]
        self.closed = [(one, State.UNCERTAIN) for one in done]
        self._tell(_told(done, "sent") + self._carried())

    def _mark_sent(self, taken: Sequence[Done]) -> list[tuple[Done, Told]]:
        by_number = {one.ready.number: one for one in taken}
        words = {number: one.outcome.words[:LONGEST_WORDS] for number, one in by_number.items()}
        said = text_for(TABLE.c.id, words) if len(set(words.values())) > 1 else next(iter(words.values()))
        at = max(one.at for one in taken)
        numbers = self.session.scalars(
            update(TABLE)
            .where(self.claims.ours(list(by_number)))
            .values(state=State.SENT, sent_at=at, closed_at=at, claimed_until=None, server_said=said)
            .returning(TABLE.c.id)
        ).all()
        self.counts[State.SENT] += len(numbers)
        self.closed += [(by_number[number], State.SENT) for number in numbers]
        return _told((by_number[number] for number in numbers), "sent")

    def _mark(self, one: Done) -> list[tuple[Done, Told]]:
        change = change_of(one)
        numbers = self.session.scalars(
            update(TABLE).where(self.claims.ours([one.ready.number])).values(**change).returning(TABLE.c.id)
        ).all()
        if not numbers:
            return []
        if change["state"] != State.WAITING:
            self.counts[change["state"]] += 1
            self.closed.append((one, change["state"]))
        if one.outcome.came is Came.UNCERTAIN:
            return _told([one], "sent")
        if change["state"] not in {State.REFUSED, State.FAILED}:
            return []
        self._lost.append(one)
        return _told([one], "not_sent")

    def _lose(self, one: Done) -> None:
        """Keep what a mail that cannot be delivered says of its reader; a fault in that undoes no mark."""
        ready, outcome = one.ready, one.outcome
        try:
            with self.session.begin_nested():
                reader = self.session.get_one(Person, ready.envelope.reader_id, populate_existing=True)
                if mailbox(reader.email) == ready.recipient:
                    undelivered = Undelivered(self.session, ready.kind.register)
                    undelivered.refused(reader, ready.kind, outcome.code, outcome.words, one.at)
        except DATABASE_AWAY:
            raise
        except Exception as fault:  # noqa: BLE001 - a poison reader stops no other
            self.faults.append((ready.number, type(fault).__name__))

    def _carried(self) -> list[tuple[Done, Told]]:
        """Let what digests carry follow them; what their things keep of that."""
        told: list[tuple[Done, Told]] = []
        closed = [(one, state) for one, state in self.closed if one.ready.kind.carries]
        digests = {one.ready.number: one for one, _ in closed}
        ends = {one.ready.number: End(state, one.at, one.outcome.code) for one, state in closed}
        for state, carried, number in follow(self.session, ends):
            self.counts[state] += 1
            digest = digests[number]
            kind = digest.ready.kind.register.get(carried.kind)
            if kind is not None:
                own = digest._replace(ready=digest.ready._replace(kind=kind, envelope=carried))
                told += _told([own], "sent" if state is State.FOLDED else "not_sent")
        return told

    def _tell(self, told: Sequence[tuple[Done, Told]]) -> None:
        """Let the things keep what became of their mails; a fault in that undoes no mark, or a mail would go again."""
        for kind in {one.ready.kind.name: one.ready.kind for one, _ in told}.values():
            own = self._still_about(kind, [(one, tell) for one, tell in told if one.ready.kind is kind])
            try:
                with self.session.begin_nested():
                    self._tell_all(kind, own)
            except DATABASE_AWAY:
                raise
            except Exception:  # noqa: BLE001 - one after the other then, to find the one that is at fault
                for pair in own:
                    self._tell_one(kind, *pair)

    def _still_about(self, kind: Email, told: Sequence[tuple[Done, Told]]) -> list[tuple[Done, Told]]:
        """Those that the mail is still about: an address may have been corrected while a mail to the old one left."""
        query = kind.due.among({one.ready.envelope.thing_id for one, _ in told}).params(
            now=max(one.at for one, _ in told)
        )
        true = {(row.thing_id, row.reader_id, row.occasion) for row in self.session.execute(query)}
        return [(one, tell) for one, tell in told if one.ready.about in true]

    def _tell_all(self, kind: Email, told: Sequence[tuple[Done, Told]]) -> None:
        model: Any = kind.due.thing
        if kind.noted and type(kind).sent is Email.sent and all(tell == kind.sent for _, tell in told):
            noted = {one.ready.envelope.thing_id for one, _ in told}
            at = max(one.at for one, _ in told)
            self.session.execute(update(model.__table__).where(is_among(model.id, noted)).values({kind.noted: at}))
            return
        for one, tell in told:
            thing = self.session.get_one(model, one.ready.envelope.thing_id)
            tell(thing, self.session.get_one(Person, one.ready.envelope.reader_id), one.at)
        self.session.flush()

    def _tell_one(self, kind: Email, one: Done, tell: Told) -> None:
        try:
            with self.session.begin_nested():
                self._tell_all(kind, [(one, tell)])
        except DATABASE_AWAY:
            raise
        except Exception as fault:  # noqa: BLE001 - a poison thing stops no other
            self.faults.append((one.ready.number, type(fault).__name__))


def _told(done: Iterable[Done], name: str) -> list[tuple[Done, Told]]:
    """Which of their kinds' methods keeps it; kinds that keep nothing cost nothing."""
    kept = [one for one in done if one.ready.kind.keeps(name)]
    return [(one, getattr(one.ready.kind, name)) for one in kept]


def change_of(one: Done) -> dict[str, Any]:
    """What an outcome changes in its envelope (inbox T13), but for an accepted one."""
    ready, outcome, now = one.ready, one.outcome, one.at
    if outcome.came in STOPS:
        return free()
    said = {**free(), "server_said": outcome.words[:LONGEST_WORDS]}
    if outcome.came is Came.REFUSED:
        return said | {"state": State.REFUSED, "why_not": outcome.code, "closed_at": now}
    if outcome.came is Came.LATER:
        return said | _later(ready, now)
    if ready.envelope.doubts or not ready.kind.worse_missed:
        return said | {"state": State.UNCERTAIN, "doubts": ready.envelope.doubts + 1, "closed_at": now}
    return said | {"doubts": ready.envelope.doubts + 1, "ready_at": now + _wait(0)}


def _later(ready: Ready, now: datetime) -> dict[str, Any]:
    since = ready.envelope.tried_since or now
    until = since + min(LONGEST_TRYING, ready.kind.button_life)
    is_short = until < since + LONGEST_TRYING
    if now >= until and (ready.envelope.tries >= len(WAITS) or is_short):
        return {"state": State.FAILED, "why_not": GAVE_UP, "closed_at": now}
    next_at = now + _wait(ready.envelope.tries)
    last_at = min(next_at, until) if now < until else next_at
    return {"tries": ready.envelope.tries + 1, "tried_since": since, "ready_at": last_at}


def _wait(tries: int) -> timedelta:
    return WAITS[min(tries, len(WAITS) - 1)] * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load, keeps no secret
