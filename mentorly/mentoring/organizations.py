"""Organizations: the host companies that people belong to."""

import unicodedata
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from mentorly.clock import WorkingDays
from mentorly.mentoring.base import Base


def folded(text: str) -> str:
    """Return a text as people compare it: without case, accents and repeated spaces."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(letter for letter in plain if not unicodedata.combining(letter)).split())


class Organization(Base):
    """A host company. Its weekdays ("01234": Monday is 0) and days off are what its people call a working day."""

    __tablename__ = "organization"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    folded_name: Mapped[str] = mapped_column(unique=True)
    weekdays: Mapped[str] = mapped_column(default="01234")
    days_off: Mapped[str] = mapped_column(default="")
    added_at: Mapped[datetime]

    @classmethod
    def add(cls, session: Session, name: str, now: datetime) -> "Organization":
        """Add an organization, or return the one that already bears this name."""
        known = cls.named(session, name)
        if known:
            return known
        organization = cls(
            name=" ".join(name.split()), folded_name=folded(name), added_at=now, weekdays="01234", days_off=""
        )
        session.add(organization)
        session.flush()
        return organization

    @classmethod
    def named(cls, session: Session, name: str) -> "Organization | None":
        """The organization of this name, whatever its case and accents."""
        return session.scalar(select(cls).where(cls.folded_name == folded(name)))

    @property
    def working_days(self) -> WorkingDays:
        """The days on which its people work."""
        return working_days(self.weekdays, self.days_off)


def working_days(weekdays: str | None, days_off: str | None) -> WorkingDays:
    """Read an organization's two columns; None (a person without an organization) is Monday to Friday."""
    return WorkingDays(
        frozenset(map(int, weekdays or "01234")),
        frozenset(date.fromisoformat(day) for day in (days_off or "").split()),
    )
