"""What was received is deleted when nobody needs it any more, and told from a second copy for longer (rules B7)."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from mentorly.emails.clearing_away import ClearingAway
from mentorly.emails.received import Received, Stage
from tests.cast import MONDAY

DAY = timedelta(days=1)


def test_bytes_go_seven_days_after_they_were_taken_and_thirty_after_they_failed(session: Session) -> None:
    stages = [(Stage.TAKEN, 6), (Stage.TAKEN, 8), (Stage.FAILED, 29), (Stage.FAILED, 31), (Stage.WAITING, 80)]
    for number, (stage, days) in enumerate(stages):
        _receive(session, number, stage, days)
    assert list(ClearingAway(session, MONDAY).bytes(size=1)) == [1, 1]
    session.expire_all()
    rows = session.scalars(select(Received).order_by(Received.id))
    assert [row.raw is not None for row in rows] == [True, False, True, False, True]


def test_rows_stay_ninety_days_and_those_that_wait_for_ever(session: Session) -> None:
    for number, (stage, days) in enumerate(
        [(Stage.TAKEN, 89), (Stage.TAKEN, 91), (Stage.FAILED, 91), (Stage.WAITING, 200)]
    ):
        _receive(session, number, stage, days)
    clearing = ClearingAway(session, MONDAY)
    assert sum(clearing.bytes()) == 3
    assert list(clearing.rows()) == [2]
    assert session.scalars(select(Received.fingerprint).order_by(Received.id)).all() == ["0", "3"]


def _receive(session: Session, number: int, stage: Stage, days: int) -> None:
    at = MONDAY - days * DAY
    common = {"recipient": "r", "size": 1, "door": "lmtp", "raw": b"x", "received_at": at}
    taken = None if stage == Stage.WAITING else at
    session.add(Received(fingerprint=str(number), stage=stage, taken_at=taken, **common))
    session.commit()
