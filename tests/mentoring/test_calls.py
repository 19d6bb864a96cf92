"""Calls for help: whom they reach, on both databases."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from mentorly.mentoring.calls import CallForHelp, call_for
from tests.cast import cast_of


@pytest.mark.parametrize("lock", [False, True])
def test_a_call_is_there_for_administrators_who_are_in_nothing_with_the_caller_once_it_is_heard_of(
    session: Session,
    now: datetime,
    lock: bool,  # noqa: FBT001
) -> None:
    cast = cast_of(session)
    cast.propose(now).accept(cast.alice, now)
    cast.alice.make_administrator(now)
    heard_at = now + timedelta(minutes=5)
    made = CallForHelp.make(cast.bob, "I cannot reach Alice.", heard_at)
    assert call_for(cast.dave, made.id, now, lock=lock) is None
    assert call_for(cast.dave, made.id, heard_at, lock=lock) is made
    assert call_for(cast.alice, made.id, heard_at, lock=lock) is None
