"""The course of a relationship: from when to when it is, its middle, its pauses, and since when nobody has met."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, ForeignKey, and_, or_
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, declared_attr, mapped_column
from sqlalchemy.orm import relationship as linked

from mentorly.clock import INSTANT, ONE_DAY
from mentorly.mentoring.base import Refused
from mentorly.mentoring.programs import Program

ANSWERED_AFTERWARDS = timedelta(days=30)


class Course:
    """The dates of a relationship, and what follows from them.

    midway_at: when half of it is over. paused_at: since when it is paused; resumed_at: when it last was resumed.
    paused_days: for how many days it was paused in all; paused_before_midway: for how many of them in its first half.
    met_at: when the last session began that is in the log. planned_until: until when a meeting was planned at last.
    quiet_since: the latest of these, or its beginning; nudge_at, nudge_again_at, tell_leads_at: when that has been long
    enough for each step; None: not before its end. revision: goes up with every change.
    """

    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"), index=True)
    began_at: Mapped[datetime]
    ends_on: Mapped[date] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    ended_early: Mapped[bool] = mapped_column(default=False)
    midway_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    resumed_at: Mapped[datetime | None]
    paused_days: Mapped[int] = mapped_column(default=0, server_default="0")
    paused_before_midway: Mapped[int] = mapped_column(default=0, server_default="0")
    met_at: Mapped[datetime | None]
    planned_until: Mapped[datetime | None]
    quiet_since: Mapped[datetime | None]
    nudge_at: Mapped[datetime | None]
    nudge_again_at: Mapped[datetime | None]
    tell_leads_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=0)

    @declared_attr
    @classmethod
    def program(cls) -> Mapped[Program]:
        """The program that it is a part of."""
        return linked(Program)

    @hybrid_property
    def is_active(self) -> bool:
        """Whether it has not ended."""
        return self.ended_at is None

    @is_active.inplace.expression
    @classmethod
    def _is_active(cls) -> ColumnElement[bool]:
        return cls.ended_at.is_(None)

    @hybrid_property
    def is_paused(self) -> bool:
        """Whether it is paused, and has not ended."""
        return self.paused_at is not None and self.ended_at is None

    @is_paused.inplace.expression
    @classmethod
    def _is_paused(cls) -> ColumnElement[bool]:
        return and_(cls.paused_at.is_not(None), cls.ended_at.is_(None))

    @hybrid_property
    def goes_on(self) -> bool:
        """Whether it neither has ended nor is paused, so that what the clock starts falls due (rules C10)."""
        return self.ended_at is None and self.paused_at is None

    @goes_on.inplace.expression
    @classmethod
    def _goes_on(cls) -> ColumnElement[bool]:
        return and_(cls.ended_at.is_(None), cls.paused_at.is_(None))

    @hybrid_property
    def took_its_course(self) -> bool:
        """Whether it goes on, or went on until its planned end, so that what was to be asked of it still is."""
        return self.goes_on or (self.ended_at is not None and not self.ended_early)

    @took_its_course.inplace.expression
    @classmethod
    def _took_its_course(cls) -> ColumnElement[bool]:
        return and_(or_(cls.ended_at.is_not(None), cls.paused_at.is_(None)), ~cls.ended_early)

    def check_not_paused(self) -> None:
        """Refuse to begin anything while it is paused."""
        if self.is_paused:
            raise Refused("This relationship is paused, so nothing new is begun in it. Resume it first.")

    @property
    def planned_end(self) -> datetime:
        """The last moment of its last day, in its program's zone."""
        day = self.ends_on + ONE_DAY
        return datetime.combine(day, time(), ZoneInfo(self.program.timezone)).astimezone(UTC) - INSTANT

    def ends_early(self, at: datetime) -> bool:
        """Whether a moment is before its last day; that of a paused one is yet to come, however long it is paused."""
        return self.is_paused or self.day(at) < self.ends_on

    def is_closed(self, now: datetime) -> bool:
        """Whether it ended so long ago that it can only be read (rules C10)."""
        return self.ended_at is not None and self.ended_at + ANSWERED_AFTERWARDS <= now

    def check_open(self, now: datetime) -> None:
        """Refuse to change anything about what can only be read."""
        if self.is_closed(now):
            raise Refused("This relationship ended more than 30 days ago, so nothing about it can be changed any more.")

    def day(self, at: datetime) -> date:
        """The day of a moment, in its program's zone."""
        return at.astimezone(ZoneInfo(self.program.timezone)).date()

    @property
    def midway_on(self) -> date:
        """The day on which half of it is over, not counting the days for which it was paused."""
        began = self.day(self.began_at)
        length = self.ends_on - began - timedelta(days=self.paused_days)
        return began + length / 2 + timedelta(days=self.paused_before_midway)

    def lasts_until(self, at: datetime) -> bool:
        """Whether a moment is not after its last day, in its program's zone."""
        return self.day(at) <= self.ends_on

    def keep_midway(self) -> None:
        """Keep when half of it is over: a midnight in its program's zone."""
        self.midway_at = datetime.combine(self.midway_on, time(), ZoneInfo(self.program.timezone)).astimezone(UTC)

    def count_silence(self) -> None:
        """Keep since when nobody has met or planned to, and when that has lasted for long enough (rules A1)."""
        known = [self.began_at, *filter(None, (self.met_at, self.planned_until, self.resumed_at))]
        self.quiet_since = max(known)
        steps = [self.quiet_since + timedelta(days=days) for days in self.program.silence]
        self.nudge_at, self.nudge_again_at, self.tell_leads_at = (at if self.lasts_until(at) else None for at in steps)

    def run_out(self) -> None:
        """End it as it was planned: its last day is over, in its program's zone."""
        self.ended_at, self.ended_early = self.planned_end, False
        self.revision += 1

    def break_off(self, now: datetime) -> None:
        """End it by nobody's fault, because too few are left in it; from its last day on that is not early."""
        self.ended_at, self.ended_early = now, self.ends_early(now)
        self.revision += 1

    def go_on(self, days: int, now: datetime) -> None:
        """Go on after a pause of so many days: its end moves by as much."""
        if self.paused_at and self.midway_at and self.paused_at < self.midway_at:
            self.paused_before_midway += days
        self.paused_days += days
        self.ends_on += timedelta(days=days)
        self.paused_at, self.resumed_at = None, now if days else self.resumed_at
        self.keep_midway()
        self.count_silence()
        self.revision += 1
