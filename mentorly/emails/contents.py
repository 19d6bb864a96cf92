"""What the mail of a digest speaks of, read for many digests at once."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from mentorly.emails.awaited import Awaited, awaited
from mentorly.emails.dashboard import dashboard
from mentorly.emails.digests import Digest, DigestLine
from mentorly.emails.email import Register
from mentorly.emails.envelope import Envelope, State
from mentorly.emails.lines import Fail, Line, Saying
from mentorly.mentoring.arrays import is_among
from mentorly.mentoring.people import Person

Waiting = Mapping[int, Sequence[Awaited]]
NOTHING: Mapping[int, str] = {}


def read_digests(session: Session, numbers: Collection[int]) -> list[Digest]:
    """The digests of these numbers with their lines, as they stand in the database now."""
    query = (
        select(Digest)
        .where(is_among(Digest.id, list(numbers)))
        .options(selectinload(Digest.lines).selectinload(DigestLine.envelope))
        .options(selectinload(Digest.reader).selectinload(Person.organization))
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))


class Contents:
    """Reads what digests speak of.

    said: sentences that are known already, by the envelope's number. waiting: what waits for an answer, by reader, if
    that is known already. fail: is told of an envelope that cannot be said.
    """

    def __init__(
        self,
        session: Session,
        register: Register,
        now: datetime,
        said: Mapping[int, str] = NOTHING,
        waiting: Waiting | None = None,
        fail: Fail = lambda _envelope, _fault: None,
    ) -> None:
        self.session = session
        self.register = register
        self.now = now
        self.said = said
        self.waiting = waiting
        self.fail = fail

    def read(self, digests: Sequence[Digest]) -> dict[int, dict[str, Any]]:
        """The values of each digest's text, by its number: `carried`, `asked`, and the sections of the dashboard."""
        readers = {digest.reader_id: digest.reader for digest in digests}
        waiting = self.waiting if self.waiting is not None else awaited(self.session, self.register, readers, self.now)
        shown = {digest.id: list(self._shown(digest, waiting.get(digest.reader_id, ()))) for digest in digests}
        said = self._say([line for lines in shown.values() for line in lines], digests, readers)
        told = dashboard(self.session, list(readers.values()), self.now)
        return {
            digest.id: {
                "carried": self._lines(digest, said, is_again=False, lines=shown[digest.id]),
                "asked": self._lines(digest, said, is_again=True, lines=shown[digest.id]),
                **told[digest.reader_id],
            }
            for digest in digests
        }

    def _shown(self, digest: Digest, waiting: Sequence[Awaited]) -> Iterator[DigestLine]:
        """The lines that are still true; of one told again as of when it was sent, those that were true then."""
        is_told_again = digest.sent_at is not None and self.now <= digest.sent_at
        numbers = {one.id for one in waiting}
        for line in digest.lines:
            carried = not line.is_again and line.envelope.state == State.FOLDED
            if carried or (line.is_again and (is_told_again or line.envelope_id in numbers)):
                yield line

    def _say(
        self, lines: Sequence[DigestLine], digests: Sequence[Digest], readers: Mapping[int, Person]
    ) -> dict[int, str]:
        made = {digest.id: digest.sent_at or self.now for digest in digests}
        unsaid = [
            (line.envelope, _as_of(line.envelope, made[line.digest_id]) if line.is_again else made[line.digest_id])
            for line in lines
            if line.envelope_id not in self.said
        ]
        return {**self.said, **Saying(self.session, self.register, readers, self.fail).said(unsaid)}

    def _lines(
        self, digest: Digest, said: Mapping[int, str], lines: Sequence[DigestLine], *, is_again: bool
    ) -> list[Line]:
        language = digest.reader.language
        return [
            Line.of(
                line.number,
                said[line.envelope_id],
                self.register[line.envelope.kind],
                line.envelope_id,
                language,
            )
            for line in lines
            if line.is_again == is_again and line.envelope_id in said
        ]


def _as_of(envelope: Envelope, otherwise: datetime) -> datetime:
    return envelope.sent_at or otherwise
