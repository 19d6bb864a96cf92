"""How the post office stands with its mail server, and when it did its last round: one row."""

from datetime import datetime, timedelta

from sqlalchemy import Float, Integer, String, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from mentorly.emails.carrying import Came, Outcome
from mentorly.emails.collecting import insert_of
from mentorly.mentoring.base import Base

ONLY = 1
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = {Came.UNREACHABLE: timedelta(seconds=40), Came.OURS: timedelta(minutes=10)}
# A mail server that restarts is nobody's business.
PATIENCE = timedelta(minutes=2)


class Standing(Base):
    """The one row of what the post office knows of itself.

    stopped_since: since when nothing is sent, because the mail server cannot be reached or refuses us; stopped_by says
    which (Came), server_said what it said. try_again_at: when one mail tries whether it works again. rounds,
    round_seconds: how many rounds there were, and how long all of them took.
    """

    __tablename__ = "standing"

    id: Mapped[int] = mapped_column(primary_key=True)
    stopped_since: Mapped[datetime | None]
    stopped_by: Mapped[str] = mapped_column(String, default="", server_default="")
    server_said: Mapped[str] = mapped_column(String, default="", server_default="")
    stops: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    try_again_at: Mapped[datetime | None]
    rounds: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    round_seconds: Mapped[float] = mapped_column(Float, default=0.0, server_default="0")
    last_round_at: Mapped[datetime | None]
    last_round_seconds: Mapped[float] = mapped_column(Float, default=0.0, server_default="0")

    @classmethod
    def of(cls, session: Session) -> "Standing":
        """The row as it is now."""
        found = session.get(cls, ONLY, populate_existing=True)
        return found or cls(id=ONLY, stopped_by="", server_said="", stops=0, rounds=0, round_seconds=0.0)

    def is_alarming(self, now: datetime) -> bool:
        """Whether somebody has to look: we are refused, or the mail server has been away for more than two minutes."""
        if self.stopped_since is None:
            return False
        return self.stopped_by == Came.OURS or now - self.stopped_since > PATIENCE

    def holds(self, now: datetime) -> bool:
        """Whether nothing may be tried yet; a clock that was put back holds nothing up."""
        if self.stopped_since is None or self.try_again_at is None:
            return False
        return now < self.try_again_at <= now + LONGEST_WAIT[Came.OURS]

    @classmethod
    def stop(cls, session: Session, outcome: Outcome, now: datetime) -> None:
        """Keep that the mail server cannot be reached, or refuses us; it is left alone for longer and longer."""
        was = cls.of(session)
        came = Came.OURS if outcome.came is Came.OURS else Came.UNREACHABLE
        if was.holds(now) and was.stopped_by == came:
            return  # another worker met the same fault: it counts once
        wait = min(FIRST_WAIT * 2 ** min(was.stops, 10), LONGEST_WAIT[came])
        since = was.stopped_since if was.stopped_by == came else None
        cls._write(
            session, stopped_since=since or now, stopped_by=came, server_said=outcome.words[:500],
            stops=was.stops + 1, try_again_at=now + wait,
        )  # fmt: skip

    @classmethod
    def go_on(cls, session: Session) -> None:
        """Keep that the mail server takes mails again."""
        cls._write(session, stopped_since=None, stopped_by="", server_said="", stops=0, try_again_at=None)

    @classmethod
    def round_done(cls, session: Session, began: datetime, seconds: float) -> None:
        """Keep that a round was done, and how many seconds it took."""
        cls._write(
            session, rounds=cls.rounds + 1, round_seconds=cls.round_seconds + seconds, last_round_at=began,
            last_round_seconds=seconds,
        )  # fmt: skip

    @classmethod
    def _write(cls, session: Session, **values: object) -> None:
        session.execute(insert_of(session, cls).values(id=ONLY).on_conflict_do_nothing())
        session.execute(update(cls).where(cls.id == ONLY).values(**values).execution_options(synchronize_session=False))
