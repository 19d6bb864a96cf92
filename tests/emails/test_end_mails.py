"""An early end by mail: who is still there and the project leads are told the day, and neither who asked nor why."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from mentorly.emails.envelope import Round
from mentorly.mentoring.concerns import Concern, Kind
from mentorly.mentoring.meetings import Meeting
from mentorly.mentoring.people import Participation
from mentorly.mentoring.planning import part, propose
from mentorly.mentoring.relationships import Relationship
from tests.cast import MONDAY, cast_of, register_of
from tests.emails.correspondence import Correspondence, recipients

END = ("relationship_ended", "relationship_ended_lead")
DAY = timedelta(days=1)


@pytest.fixture
def post(session: Session) -> Correspondence:
    """Alice and Bob are matched; they have a meeting in nine days, of which their calendars know."""
    post = Correspondence(cast_of(session), register=register_of(*END, "invitation", "meeting_off", "instrument_asked"))
    post.pass_by(bell=False)
    cast, now = post.cast, post.moment
    cast.alice.language = cast.bob.language = cast.carol.language = "en"
    together = cast.propose(now).accept(cast.alice, now)
    propose(together, cast.bob, [now + 9 * DAY], now)
    session.commit()
    post.pass_by()
    return post


@pytest.fixture
def together(post: Correspondence) -> Relationship:
    return post.cast.session.scalars(select(Relationship)).one()


def test_members_and_their_leads_are_told_once_when_somebody_asked_to_end_it(
    post: Correspondence, together: Relationship
) -> None:
    cast = post.cast
    concern = Concern.raise_one(together, Kind.ENDING, "He never listens.", cast.bob, post.moment)
    concern.end_relationship(cast.dave, post.moment)
    cast.session.commit()
    told = {one.recipient: one for one in post.pass_by() if "has ended" in one.subject}
    assert set(told) == {cast.alice.email, cast.bob.email, cast.carol.email}
    for mail in told.values():
        assert "in Pilot ended on March 1, 2027, earlier than planned." in mail.text
        assert "Until March 31, 2027" in mail.text
        assert not [word for word in ("Dave", "asked to", "listens", "concern") if word in mail.text]
        assert not [name for name in ("Alice", "Bob", "Pilot") if name in mail.subject]
    first = [to for to, mail in told.items() if "You come first in the next suggestions" in mail.text]
    assert first == [cast.bob.email], "that is told to the mentee alone"
    later = [one for _ in range(12) for one in post.pass_by(bell=False, days=1)]
    assert not [one for one in later if "has ended" in one.subject]


def test_what_the_end_asks_follows_some_days_after_the_word_of_it(post: Correspondence, together: Relationship) -> None:
    part(together, post.cast.dave, post.moment)
    post.cast.session.commit()
    assert sorted(recipients(post.pass_by()))[:2] == ["alice", "alice"], "of the end, and of the meeting"
    days = [sorted(set(recipients(post.pass_by(bell=False, days=1)))) for _ in range(4)]
    assert days[:2] == [[], []]
    assert ["alice", "bob"] in days[2:]


def test_after_an_erasure_the_other_hears_of_a_former_participant_and_plans_nothing_more(
    post: Correspondence, together: Relationship
) -> None:
    cast = post.cast
    bob = cast.bob.email
    post.office.erase(cast.bob, None, post.moment)
    cast.session.commit()
    brought = post.pass_by()
    ended = {one.recipient: one.text for one in brought if "has ended" in one.subject}
    assert set(ended) == {cast.alice.email, cast.carol.email}
    assert "relationship with a former participant in Pilot" in ended[cast.alice.email]
    (off,) = (one for one in brought if one.subject.startswith("Called off"))
    assert off.recipient == cast.alice.email
    assert "is off: your mentoring relationship has ended." in off.text
    assert not [words for words in ("called it off", "propose another") if words in off.text]
    assert not [one for one in brought if "Bob" in one.text or one.recipient == bob]


def test_a_meeting_called_off_before_the_end_still_says_by_whom(post: Correspondence, together: Relationship) -> None:
    cast = post.cast
    meeting = cast.session.scalars(select(Meeting)).one()
    meeting.call_off(cast.bob, "", post.moment)
    part(together, cast.dave, post.moment + timedelta(minutes=1))
    cast.session.commit()
    off = {one.recipient: one for one in post.pass_by(minutes=1) if "Called off" in one.subject}[cast.alice.email]
    assert "Bob Tremblay called it off." in off.text
    assert "propose another" not in off.text


def test_a_lead_who_is_in_it_hears_as_a_member_alone(post: Correspondence, together: Relationship) -> None:
    cast = post.cast
    Participation.join(cast.alice, cast.program, "lead", post.moment, by=None)
    part(together, cast.dave, post.moment)
    cast.session.commit()
    mine = [one for one in post.pass_by() if one.recipient == cast.alice.email and "has ended" in one.subject]
    assert [one.subject for one in mine] == ["Mentoring: your relationship has ended"]


def test_an_end_on_its_last_day_or_one_that_is_no_early_one_sends_none_of_this(
    post: Correspondence, together: Relationship
) -> None:
    cast = post.cast
    post.moment = MONDAY + (together.ends_on - MONDAY.date())
    part(together, cast.dave, post.moment)
    cast.session.commit()
    assert not together.ended_early
    assert not [one for one in post.pass_by() if "has ended" in one.subject]


def test_what_ended_before_these_mails_were_known_is_history(post: Correspondence, together: Relationship) -> None:
    cast = post.cast
    post.register = register_of("invitation")
    session = cast.session
    session.execute(delete(Round).where(Round.kind.in_(END)))
    part(together, cast.dave, post.moment)
    session.commit()
    post.register = register_of(*END)
    assert post.pass_by(bell=False, minutes=1) == []
