"""Programs: one run of mentoring, with a start, an end and rules."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from mentorly.mentoring.base import Base, Refused
from mentorly.mentoring.organizations import folded

NAME_LENGTH = 80
RETENTION_MONTHS = 24
WORDS_MONTHS = 24
RETENTIONS = range(6, 121)
YEARS = range(2000, 2100)
QUIET_DAYS, AGAIN_DAYS, LEADS_DAYS = 35, 7, 7
PAUSE_DAYS = 90
SILENCES = range(1, 366)
UNHEARD, UNHEARD_TOLD = 14, 7
MANY_MAILS = 3
UNHEARD_MAILS = range(1, 21)
UNHEARD_DAYS = range(1, 181)


@dataclass(frozen=True)
class Kind:
    """A preset of a program's settings."""

    name: str
    title: dict[str, str]
    months: int = 6
    meetings: int = 6
    group: tuple[int, int] = (1, 1)
    matched_by: str = "lead"
    mutual: bool = False
    organizations: str = "any"
    answer_days: int = 7
    chase_days: int = 4


@cache
def kinds() -> dict[str, Kind]:
    """The kinds of program that Mentorly knows, by name."""
    text = (Path(__file__).parent / "kinds.toml").read_text("utf-8")
    return {name: Kind(name, **preset) for name, preset in tomllib.loads(text).items()}


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def checked_retention(months: int | None) -> int:
    """Months for which it may be kept what was mailed. Raises Refused."""
    if months is None or months not in RETENTIONS:
        raise Refused("The record of mails is kept from 6 to 120 months.")
    return months


class Program(Base):
    """One run of mentoring. starts_on and ends_on are days in its own time zone.

    retention_months: how long it is kept which mail was sent to whom, and what was answered to it by a button.
    words_months: how long it is kept what people wrote in a relationship, from its end.
    quiet_days: after how many days without a meeting held or planned the mentee is nudged; nudge_days: after how many
    more both are; leads_days: after how many more the project lead hears that they may need help. pause_days: after how
    many days of a pause its people are asked whether they go on. unheard_mails: how many mails a mentor or project lead
    leaves unanswered for unheard_days until they are nudged; unheard_told_days: after how many more an administrator
    hears of it.
    """

    __tablename__ = "program"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    folded_name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    timezone: Mapped[str] = mapped_column(default="America/Toronto")
    meetings: Mapped[int]
    fewest: Mapped[int]
    most: Mapped[int]
    matched_by: Mapped[str]
    mutual: Mapped[bool]
    organizations: Mapped[str]
    answer_days: Mapped[int]
    chase_days: Mapped[int]
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    retention_months: Mapped[int] = mapped_column(default=RETENTION_MONTHS, server_default=str(RETENTION_MONTHS))
    words_months: Mapped[int] = mapped_column(default=WORDS_MONTHS, server_default=str(WORDS_MONTHS))
    quiet_days: Mapped[int] = mapped_column(default=QUIET_DAYS, server_default=str(QUIET_DAYS))
    nudge_days: Mapped[int] = mapped_column(default=AGAIN_DAYS, server_default=str(AGAIN_DAYS))
    leads_days: Mapped[int] = mapped_column(default=LEADS_DAYS, server_default=str(LEADS_DAYS))
    pause_days: Mapped[int] = mapped_column(default=PAUSE_DAYS, server_default=str(PAUSE_DAYS))
    unheard_mails: Mapped[int] = mapped_column(default=MANY_MAILS, server_default=str(MANY_MAILS))
    unheard_days: Mapped[int] = mapped_column(default=UNHEARD, server_default=str(UNHEARD))
    unheard_told_days: Mapped[int] = mapped_column(default=UNHEARD_TOLD, server_default=str(UNHEARD_TOLD))
    added_at: Mapped[datetime]

    @classmethod
    def add(
        cls,
        session: Session,
        name: str,
        kind: str,
        starts_on: date,
        now: datetime,
        *,
        months: int | None = None,
        contact_id: int | None = None,
        retention_months: int | None = None,
    ) -> "Program":
        """Add a program of a kind. Raises Refused.

        months: its length (default: the kind's). contact_id: the administrator whom a call for help reaches.
        retention_months: how long it is kept what was mailed (default: 24).
        """
        preset = kinds().get(kind)
        if preset is None:
            raise Refused(
                "There is no kind of program called {kind}: choose one of {kinds}.", kind=kind, kinds=", ".join(kinds())
            )
        name = " ".join(name.split())
        if not name:
            raise Refused("A program needs a name.")
        if len(name) > NAME_LENGTH:
            raise Refused("A program's name has at most {most} characters.", most=NAME_LENGTH)
        if starts_on.year not in YEARS:
            raise Refused("A program starts between {first} and {last}.", first=YEARS[0], last=YEARS[-1])
        if cls.named(session, name):
            raise Refused("There is a program called {name} already.", name=name)
        months = preset.months if months is None else months
        if not 1 <= months <= 60:
            raise Refused("A program lasts from 1 to 60 months.")
        program = cls(
            name=name,
            folded_name=folded(name),
            kind=kind,
            starts_on=starts_on,
            ends_on=months_later(starts_on, months),
            timezone="America/Toronto",
            meetings=preset.meetings,
            fewest=preset.group[0],
            most=preset.group[1],
            matched_by=preset.matched_by,
            mutual=preset.mutual,
            organizations=preset.organizations,
            answer_days=preset.answer_days,
            chase_days=preset.chase_days,
            contact_id=contact_id,
            retention_months=checked_retention(RETENTION_MONTHS if retention_months is None else retention_months),
            words_months=WORDS_MONTHS,
            quiet_days=QUIET_DAYS,
            nudge_days=AGAIN_DAYS,
            leads_days=LEADS_DAYS,
            pause_days=PAUSE_DAYS,
            unheard_mails=MANY_MAILS,
            unheard_days=UNHEARD,
            unheard_told_days=UNHEARD_TOLD,
            added_at=now,
        )
        session.add(program)
        session.flush()
        return program

    @classmethod
    def named(cls, session: Session, name: str) -> "Program | None":
        """The program of this name, whatever its case and accents."""
        return session.scalar(select(cls).where(cls.folded_name == folded(name)))

    @classmethod
    def called(cls, session: Session, name: str) -> "Program":
        """The program of this name; raises Refused with the names there are."""
        program = cls.named(session, name)
        if program is None:
            names = list(session.scalars(select(cls.name).order_by(cls.name)))
            known = ", ".join(names) or "none yet"
            raise Refused("There is no program called {name}. Programs: {known}.", name=name, known=known)
        return program

    @classmethod
    def all(cls, session: Session) -> Sequence["Program"]:
        """All programs, by their first day."""
        return session.scalars(select(cls).order_by(cls.starts_on, cls.id)).all()

    def keep_record_for(self, months: int | None) -> None:
        """Set for how many months it is kept what was mailed. Raises Refused."""
        self.retention_months = checked_retention(months)

    def keep_words_for(self, months: int | None) -> None:
        """Set for how many months after the end of a relationship it is kept what people wrote. Raises Refused."""
        if months is None or months not in RETENTIONS:
            raise Refused("What people write is kept from 6 to 120 months.")
        self.words_months = months

    @property
    def silence(self) -> tuple[int, int, int]:
        """After how many days in all of silence each of its three steps is due."""
        both = self.quiet_days + self.nudge_days
        return self.quiet_days, both, both + self.leads_days

    @property
    def is_group(self) -> bool:
        """Whether one mentor's mentees share one relationship."""
        return self.most > 1

    def title(self, language: str) -> str:
        """The name of its kind in a language."""
        return kinds()[self.kind].title[language]
