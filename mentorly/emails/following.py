"""Following: what becomes of the mails that digests carry, once it is known what became of the digests (rules A5)."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import update
from sqlalchemy.orm import Session

from mentorly.emails.claims import TABLE, Claimed
from mentorly.emails.envelope import State
from mentorly.emails.folding import COLUMNS, carried_by, release


class End(NamedTuple):
    """The state that a digest's envelope has reached, when, and the mail server's code."""

    state: State
    at: datetime
    code: str


def follow(session: Session, ends: Mapping[int, End]) -> Iterator[tuple[State, Claimed, int]]:
    """Let what these digests carry follow them; yields the state that each reached, itself, and its digest's number.

    Sent, or perhaps: it is told. Refused: the recipient's server would refuse it by itself too. Failed: it waits again.
    """
    arrived = [number for number, end in ends.items() if end.state in {State.SENT, State.UNCERTAIN}]
    if arrived:
        at = max(ends[number].at for number in arrived)
        yield from _changed(session, arrived, State.FOLDED, {"sent_at": at, "closed_at": at})
    for number, end in ends.items():
        if end.state is State.REFUSED:
            values = {"state": State.REFUSED, "closed_at": end.at, "why_not": end.code}
            yield from _changed(session, [number], State.REFUSED, values)
    failed = [number for number, end in ends.items() if end.state is State.FAILED]
    if failed:
        release(session, failed)


def _changed(
    session: Session, digests: Collection[int], state: State, values: dict[str, Any]
) -> Iterator[tuple[State, Claimed, int]]:
    change = update(TABLE).where(carried_by(digests)).values(**values).returning(*COLUMNS, TABLE.c.fold_id)
    for row in session.execute(change).all():
        yield state, Claimed(*row[:-1]), row.fold_id
