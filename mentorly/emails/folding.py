"""Folding: digests are made, and the mails that they carry are folded into them or taken out again (rules A4, A5)."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, cast, delete, insert, literal_column, update
from sqlalchemy.orm import Session

from mentorly.emails.awaited import Awaited
from mentorly.emails.claims import LEASE, TABLE, Claimed, Claims, free
from mentorly.emails.collecting import insert_of
from mentorly.emails.digests import Digest, DigestLine
from mentorly.emails.email import LANES, MORNING, Email
from mentorly.emails.envelope import State
from mentorly.mentoring.arrays import is_among, text_for

UNSYNCHRONIZED = {"synchronize_session": False}
FOLDED: ColumnElement[str] = literal_column("'folded'")
COLUMNS = tuple(TABLE.c[name] for name in Claimed._fields)


@dataclass(eq=False)
class Bundle:
    """What one reader gets as one mail.

    digest: its envelope, once it has one. is_sealed: a copy of it may have been delivered, so that its lines stay.
    """

    reader: int
    carried: list[Claimed]
    digest: Claimed | None = None
    is_sealed: bool = False


class Folding:
    """Writes what becomes of digests and what they carry. A batch's; the caller commits."""

    def __init__(self, session: Session, claims: Claims, now: datetime) -> None:
        self.session = session
        self.claims = claims
        self.now = now

    def unfold(self, digests: Collection[int]) -> dict[int, tuple[Claimed, int]]:
        """Claim what these envelopes of digests carry; returns each with its digest's envelope, by number."""
        rows = self.session.execute(
            update(TABLE).where(carried_by(digests)).values(**self._claim()).returning(*COLUMNS, TABLE.c.fold_id)
        )
        return {row.id: (Claimed(*row[:-1]), row.fold_id) for row in rows}

    def make(self, kind: Email, bundles: Sequence[Bundle], days: Mapping[int, date]) -> None:
        """Make a digest for each bundle; one whose reader has had one today stays without."""
        rows = [{"reader_id": one.reader, "day": days[one.reader], "made_at": self.now} for one in bundles]
        insertion = insert_of(self.session, Digest).values(rows).on_conflict_do_nothing()
        made = {row.reader_id: row.id for row in self.session.execute(insertion.returning(Digest.id, Digest.reader_id))}
        envelopes = [self._envelope(kind, made[one.reader], one, days) for one in bundles if one.reader in made]
        if envelopes:
            claimed = self.session.execute(insert(TABLE).returning(*COLUMNS), envelopes)
            digests = {row.reader_id: Claimed(*row) for row in claimed}
            for one in bundles:
                one.digest = digests.get(one.reader)

    def _envelope(self, kind: Email, number: int, bundle: Bundle, days: Mapping[int, date]) -> dict[str, Any]:
        send_at = max((one.send_at for one in bundle.carried if one.send_at), default=self.now)
        return {
            "kind": kind.name, "thing_id": number, "reader_id": bundle.reader,
            "occasion": days[bundle.reader].isoformat(), "again": 0, "moment": self.now, "lane": LANES.index(MORNING),
            "mark": secrets.token_hex(16), "send_at": send_at, "ready_at": send_at, "collected_at": self.now,
            **self._claim(),
        }  # fmt: skip

    def _claim(self) -> dict[str, Any]:
        return {
            "state": State.SENDING, "claimed_until": self.now + LEASE, "claimed_by": self.claims.worker.name,
            "fence": self.claims.fence,
        }  # fmt: skip

    def fold(self, bundles: Sequence[Bundle]) -> None:
        """Fold what the bundles carry into their digests."""
        into = {one.id: str(bundle.digest.id) for bundle in bundles if bundle.digest for one in bundle.carried}
        folded = cast(text_for(TABLE.c.id, into), BigInteger)
        values = {**free(), "state": State.FOLDED, "fold_id": folded}
        self.session.execute(update(TABLE).where(self.claims.ours(list(into))).values(**values))

    def write_lines(self, bundles: Sequence[Bundle], waiting: Mapping[int, Sequence[Awaited]]) -> None:
        """Number the lines of digests of which no copy has left: what they carry, then what waits for an answer."""
        rows = []
        for bundle in bundles:
            if bundle.digest is not None:
                again = [(one.id, True) for one in waiting.get(bundle.reader, ())]
                lines = [(one.id, False) for one in bundle.carried] + again
                rows += [
                    {
                        "digest_id": bundle.digest.thing_id,
                        "number": number,
                        "envelope_id": envelope,
                        "is_again": is_again,
                    }
                    for number, (envelope, is_again) in enumerate(lines, 1)
                ]
        if rows:
            old = is_among(DigestLine.digest_id, sorted({row["digest_id"] for row in rows}))
            self.session.execute(delete(DigestLine).where(old), execution_options=UNSYNCHRONIZED)
            self.session.execute(insert(DigestLine), rows)


def carried_by(digests: Collection[int]) -> ColumnElement[bool]:
    """What these envelopes of digests carry."""
    return and_(TABLE.c.fold_id.is_not(None), is_among(TABLE.c.fold_id, digests), TABLE.c.state == FOLDED)


def release(session: Session, digests: Collection[int]) -> None:
    """Let wait again what digests carry that will never arrive."""
    session.execute(update(TABLE).where(carried_by(digests)).values(**free(), fold_id=None))
