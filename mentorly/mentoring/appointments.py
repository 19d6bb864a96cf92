"""An appointment: how far it is, when and where, and which change of it people were told of last."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, literal_column
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from mentorly.mentoring.base import Private, Refused
from mentorly.mentoring.whereabouts import Where

ONE_SECOND = timedelta(seconds=1)


class Stage(StrEnum):
    """How far a meeting is: its time is still asked about, it has one, or it is off."""

    PROPOSED = "proposed"
    PLANNED = "planned"
    OFF = "off"


class Appointment:
    """What a meeting is in calendars.

    sequence: goes up with every change that people are told of; changed_at: the moment of the last one, in whole
    seconds and later than the one before (rules A13). starts_at, ends_at: None while its time is asked about. place,
    link, phone: what people wrote, private to them. held: whether it took place, as far as somebody said so. revision:
    goes up with every change.
    """

    stage: Mapped[str]
    sequence: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    minutes: Mapped[int]
    place: Mapped[str] = mapped_column(Private, default="")
    link: Mapped[str] = mapped_column(Private, default="")
    phone: Mapped[str] = mapped_column(Private, default="")
    held: Mapped[bool | None]
    revision: Mapped[int] = mapped_column(default=0)

    @hybrid_property
    def is_planned(self) -> bool:
        """Whether it has a time, and is not off."""
        return self.stage == Stage.PLANNED

    @is_planned.inplace.expression
    @classmethod
    def _is_planned(cls) -> ColumnElement[bool]:
        return cls.stage == literal_column("'planned'")

    @hybrid_property
    def is_proposed(self) -> bool:
        """Whether its time is still asked about."""
        return self.stage == Stage.PROPOSED

    @is_proposed.inplace.expression
    @classmethod
    def _is_proposed(cls) -> ColumnElement[bool]:
        return cls.stage == literal_column("'proposed'")

    @hybrid_property
    def awaits_word(self) -> bool:
        """Whether nobody has said if it took place."""
        return self.stage == Stage.PLANNED and self.held is None

    @awaits_word.inplace.expression
    @classmethod
    def _awaits_word(cls) -> ColumnElement[bool]:
        return and_(cls.stage == literal_column("'planned'"), cls.held.is_(None))

    @property
    def where(self) -> Where:
        """Where it is."""
        return Where(self.place, self.link, self.phone)

    def is_over(self, now: datetime) -> bool:
        """Whether it was planned, and its time has passed."""
        return self.stage == Stage.PLANNED and self.ends_at is not None and self.ends_at <= now

    def is_upcoming(self, now: datetime) -> bool:
        """Whether it is planned and not over."""
        return self.stage == Stage.PLANNED and not self.is_over(now)

    def check_planned(self, now: datetime) -> None:
        """Refuse what cannot be done to one that has no time, is off or is over."""
        if self.stage == Stage.OFF:
            raise Refused("This meeting has been called off.")
        if self.stage != Stage.PLANNED:
            raise Refused("This meeting has no time yet: choose one of those that were proposed.")
        if self.is_over(now):
            raise Refused("This meeting is over.")

    def changed(self, now: datetime) -> None:
        """Give it the number and the moment of a change (rules A13)."""
        self.sequence += 1
        self.revision += 1
        self.changed_at = max(now.replace(microsecond=0), self.changed_at + ONE_SECOND)
