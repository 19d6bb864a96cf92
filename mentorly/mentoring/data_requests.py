"""Requests for what is kept about a person: it goes to that person alone, by a link that works once (rules C12)."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ForeignKey, select
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm import relationship as linked

from mentorly.mentoring.base import HOLD, Base, Refused
from mentorly.mentoring.people import Person

LINK_LIFE = timedelta(days=7)
BETWEEN = timedelta(days=1)


class DataRequest(Base):
    """That somebody asked for an archive of what is kept about a person. asked_by: None is the terminal.

    opened_at: when the person took the archive, which is made at that moment and kept nowhere.
    """

    __tablename__ = "data_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime] = mapped_column(index=True)
    opened_at: Mapped[datetime | None]

    person: Mapped[Person] = linked(foreign_keys=[person_id])

    @classmethod
    def ask(cls, person: Person, by: Person | None, now: datetime) -> "DataRequest":
        """Ask for the archive, which falls due to the person by mail. by: None is the terminal. Raises Refused."""
        if by is not None and by.id != person.id and not by.is_administrator:
            raise Refused("Only an administrator asks for the data of somebody else.")
        person.session.refresh(person, with_for_update=HOLD)
        if person.erased_at is not None:
            raise Refused("What was held about this person has been erased already.")
        waiting = select(cls).where(cls.person_id == person.id, cls.is_open, cls.asked_at > now - BETWEEN)
        known = person.session.scalar(waiting.order_by(cls.id.desc()).limit(1))
        if known and by is not None and by.id == person.id:
            raise Refused(
                "This was asked for on {moment} already. The link is in the mail that you get.", moment=known.asked_at
            )
        if known:
            raise Refused(
                "This was asked for on {moment} already. The link is in the mail that {name} gets.",
                moment=known.asked_at, name=person.name,
            )  # fmt: skip
        request = cls(person=person, person_id=person.id, asked_by_id=by.id if by else None, asked_at=now)
        person.session.add(request)
        person.session.flush()
        return request

    @hybrid_property
    def is_open(self) -> bool:
        """Whether nobody has taken the archive (but for its age)."""
        return self.opened_at is None

    @is_open.inplace.expression
    @classmethod
    def _is_open(cls) -> ColumnElement[bool]:
        return cls.opened_at.is_(None)

    @property
    def until(self) -> datetime:
        """When the link ends."""
        return self.asked_at + LINK_LIFE

    def closed(self, now: datetime) -> Refused | None:
        """Why the archive cannot be taken any more; None while it can."""
        if self.opened_at is not None:
            return Refused("This archive was opened on {moment} already. Ask for another one.", moment=self.opened_at)
        if now >= self.until:
            return Refused("This link has expired. Ask for another one.")
        return None

    def open(self, by: Person, now: datetime) -> None:
        """Keep that its person takes the archive. Raises Refused."""
        if by.id != self.person_id:
            raise Refused("Only {name} opens this.", name=self.person.name)
        refusal = self.closed(now)
        if refusal is not None:
            raise refusal
        self.opened_at = now
