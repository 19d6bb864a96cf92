"""The inbox: what came in by any way is kept, and then taken in, each message in a transaction of its own."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import takewhile

import structlog
from redis import RedisError

from mentorly.emails.letterbox import Letterbox
from mentorly.extensions import INBOX, DatabaseAway, DatabaseFault, house, keep_mail, now, post_office, ring, session
from mentorly.jobs.ending import ENDING

AT_ONCE = 100

log = structlog.get_logger(__name__)


def inbox_job() -> None:
    """What a door asks for that has kept a message, and the schedule every minute: what waits is taken in."""
    with suppress(RedisError):
        house().queue.connection.delete(INBOX)
    take_in_waiting()


def take_in_waiting() -> int:
    """Take in all that waits, the oldest first, until this process is told to end; returns how many were."""
    taken = 0
    for number in _waiting():
        taken += take_in(number)
    if taken:
        ring()
    return taken


def _waiting() -> Iterator[int]:
    """What waits, each once, also what came meanwhile."""
    seen: set[int] = set()
    while not ENDING.is_told:
        found = [number for number in _letterbox().waiting(len(seen) + AT_ONCE) if number not in seen]
        session().rollback()
        if not found:
            return
        seen.update(found)
        yield from takewhile(lambda _number: not ENDING.is_told, found)


def take_in(number: int) -> bool:
    """Take one message in; False if it was not this worker's to take. What goes wrong with it is kept, and logged."""
    letterbox, own = _letterbox(), session()
    is_ours = letterbox.begin(number, now())
    own.commit()
    received = letterbox.hold(number) if is_ours else None
    if received is None:
        own.rollback()
        return False
    try:
        post_office().reception.take_in(received, now())
        own.commit()
    except DatabaseAway:  # nothing is wrong with the message: it waits
        own.rollback()
        return False
    except Exception as fault:  # noqa: BLE001 - whatever a message does to us, the others are taken in
        own.rollback()
        _fail(number, type(fault).__name__)
    return True


def _fail(number: int, fault: str) -> None:
    log.error("a received message cannot be taken in", number=number, fault=fault)
    received = _letterbox().hold(number)
    if received is not None:
        Letterbox.fail(received, fault, now())
    session().commit()


def receive(raw: bytes, recipients: Sequence[str], sender: str | None, door: str) -> None:
    """Keep one message as `keep_mail` does, and take it in; once it is kept, nothing that goes wrong is raised."""
    numbers = keep_mail(raw, recipients, sender, door)
    with suppress(*DatabaseFault):  # it waits, and the minute's look finds it
        for number in numbers:
            take_in(number)
    if numbers:
        ring()


def _letterbox() -> Letterbox:
    return post_office().letterbox
