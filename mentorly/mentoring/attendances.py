"""What somebody said to a meeting, and what they were told of it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, literal_column
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column


class Coming(StrEnum):
    """What somebody said to a meeting."""

    UNSAID = "unsaid"
    YES = "yes"
    MAYBE = "maybe"
    NO = "no"


class Told(StrEnum):
    """How somebody hears of a meeting: by an invitation for their calendar, by a mail alone, or they know of it."""

    INVITED = "invited"
    WRITTEN_TO = "written to"
    KNOWS = "knows"


class Attending:
    """A person's part in a meeting.

    coming: what they said to its present time; said_to_earlier: what they said to an earlier one, after it had moved.
    answer_sequence, answer_stamp: of their last answer. told: how they hear of it. due_at, sequence: the moment and the
    number of the change that they are to be told of next, or were told of last; told_at: when that left.
    heard_sequence: the number of the first that they were told of. off_at: when it was called off, or they were taken
    out of it; off_told_at: when they were told that. declined_at: when they said that they cannot come.
    """

    told: Mapped[str] = mapped_column(default=Told.INVITED)
    coming: Mapped[str] = mapped_column(default=Coming.UNSAID)
    said_to_earlier: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[datetime | None]
    answer_sequence: Mapped[int] = mapped_column(default=0)
    answer_stamp: Mapped[datetime | None]
    sequence: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    heard_sequence: Mapped[int | None]
    declined_at: Mapped[datetime | None]
    off_at: Mapped[datetime | None]
    off_told_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]

    @hybrid_property
    def is_present(self) -> bool:
        """Whether the person is in it now."""
        return self.left_at is None

    @is_present.inplace.expression
    @classmethod
    def _is_present(cls) -> ColumnElement[bool]:
        return cls.left_at.is_(None)

    @hybrid_property
    def is_invited(self) -> bool:
        """Whether the person has an event from us in their calendar."""
        return self.told == Told.INVITED

    @is_invited.inplace.expression
    @classmethod
    def _is_invited(cls) -> ColumnElement[bool]:
        return cls.told == literal_column("'invited'")

    @hybrid_property
    def is_written_to(self) -> bool:
        """Whether the person hears of it by a mail alone, as the event is in another's own calendar."""
        return self.told == Told.WRITTEN_TO

    @is_written_to.inplace.expression
    @classmethod
    def _is_written_to(cls) -> ColumnElement[bool]:
        return cls.told == literal_column("'written to'")

    @hybrid_property
    def has_declined(self) -> bool:
        """Whether the person cannot come."""
        return self.coming == Coming.NO

    @has_declined.inplace.expression
    @classmethod
    def _has_declined(cls) -> ColumnElement[bool]:
        return cls.coming == literal_column("'no'")

    @hybrid_property
    def is_unsaid(self) -> bool:
        """Whether the person has not said if they come."""
        return self.coming == Coming.UNSAID

    @is_unsaid.inplace.expression
    @classmethod
    def _is_unsaid(cls) -> ColumnElement[bool]:
        return cls.coming == literal_column("'unsaid'")

    def is_latest(self, sequence: int | None, stamp: datetime | None, now: datetime) -> bool:
        """Keep which change an answer answers, and when it was given; False if a later one is known already.

        sequence: None for an answer that no calendar gave, which always counts. stamp: None for now.
        """
        known, given_at = self.answer_stamp, stamp or now
        if sequence is not None and known and (sequence, given_at) <= (self.answer_sequence, known):
            return False
        self.answer_sequence, self.answer_stamp = self.sequence if sequence is None else sequence, given_at
        return True

    def tell(self, at: datetime, sequence: int) -> None:
        """Let a change fall due, unless they know of it."""
        self.due_at, self.sequence, self.told_at = None if self.told == Told.KNOWS else at, sequence, None

    @property
    def is_told_of_a_change(self) -> bool:
        """Whether they were told of the meeting before its last change."""
        return self.heard_sequence is not None and self.heard_sequence < self.sequence
